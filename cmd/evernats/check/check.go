package check

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// The kinds of findings.
const (
	Missing = "missing" // a name that isn't here
	Absent  = "absent"  // a package that isn't here
	Unkeyed = "unkeyed" // a struct that is filled without naming its fields
	Differs = "differs" // something that behaves differently
	Assigns = "assigns" // a variable of the package that is set
)

// A Finding is a place to look at before switching.
type Finding struct {
	Kind   string `json:"kind"`
	Module string `json:"module,omitempty"` // of a library, with its version
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Name   string `json:"name"`
	Text   string `json:"text"`
}

// compiles tells whether the program compiles with this library in spite of it.
func (f Finding) compiles() bool { return f.Kind == Differs || f.Kind == Assigns }

// Check looks for what keeps the packages from switching.
func Check(cfg Config) (*Result, error) {
	known, err := knownAPI()
	if err != nil {
		return nil, err
	}
	return check(cfg, known)
}

func check(cfg Config, known *api) (*Result, error) {
	l, err := load(cfg)
	if err != nil {
		return nil, err
	}
	r := &Result{Packages: l.packages, Using: distinct(slices.DeleteFunc(slices.Clone(l.own), func(p *packages.Package) bool { return !usesNATS(p) })), Replaced: l.replaced, Findings: []Finding{}}
	if l.replaced != "" {
		// Who is there in its place isn't nats.go, to which the list applies.
		return r, nil
	}
	seen := make(map[Finding]bool)
	look := func(pkgs []*packages.Package, libraries bool) {
		for _, p := range pkgs {
			c := checker{api: known, pkg: p, dir: cfg.Dir}
			if libraries && p.Module != nil {
				c.module = strings.TrimSpace(p.Module.Path + " " + p.Module.Version)
				if usesNATS(p) && !slices.Contains(r.Libraries, c.module) {
					r.Libraries = append(r.Libraries, c.module)
				}
			}
			for _, f := range c.findings() {
				// A package and the same with its tests say the same.
				if !seen[f] {
					seen[f] = true
					r.Findings = append(r.Findings, f)
				}
			}
		}
	}
	look(l.own, false)
	look(l.libraries, true)
	slices.Sort(r.Libraries)
	slices.SortFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Module, b.Module), cmp.Compare(a.File, b.File),
			a.Line-b.Line, a.Column-b.Column, cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return r, nil
}

// distinct counts packages, each with its tests as one.
func distinct(pkgs []*packages.Package) int {
	paths := make(map[string]bool)
	for _, p := range pkgs {
		paths[strings.TrimSuffix(p.PkgPath, "_test")] = true
	}
	return len(paths)
}

// checker checks one package.
type checker struct {
	*api
	pkg         *packages.Package
	module, dir string
	// owners are the types that nats.go's fields and interface methods belong to.
	owners map[*types.Package]map[types.Object]string
	found  []Finding
}

func (c *checker) findings() []Finding {
	c.owners = make(map[*types.Package]map[types.Object]string)
	for _, f := range c.pkg.Syntax {
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err == nil && within(path, natsPath) && !c.packages[below(path)] {
				c.add(Absent, spec.Pos(), path, "this package isn't in evernats")
			}
		}
		ast.Inspect(f, c.node)
	}
	for id, obj := range c.pkg.TypesInfo.Uses {
		name := c.nameOf(obj)
		switch {
		case name == "" || !c.packages[below(obj.Pkg().Path())]: // the package is in the list
		case !c.names[typeOf(name)]: // and of a type that is missing only the type
			if typeOf(name) == name {
				c.add(Missing, id.Pos(), name, "not in evernats yet")
			}
		case !c.names[name]:
			c.add(Missing, id.Pos(), name, "not in evernats yet")
		case c.used[name] != "":
			c.add(Differs, id.Pos(), name, c.used[name])
		}
	}
	return c.found
}

// assignable are the variables that are there to be set: nothing but the program
// reads them, with either library.
var assignable = []string{"DefaultOptions"}

// node looks at what shows in the form of the code.
func (c *checker) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			c.compared(n.X, n.Y)
		}
	case *ast.SwitchStmt:
		if n.Tag != nil {
			for _, s := range n.Body.List {
				c.compared(s.(*ast.CaseClause).List...)
			}
		}
	case *ast.CallExpr:
		if f, ok := c.object(n.Fun).(*types.Func); ok && f.FullName() == "errors.Is" && len(n.Args) == 2 {
			c.compared(n.Args[1])
		}
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			c.assigned(n.Lhs...)
		}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			c.assigned(n.Key, n.Value)
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			c.assigned(n.X)
		}
	case *ast.CompositeLit:
		c.literal(n)
	case *ast.SelectorExpr:
		c.inherited(n)
	}
	return true
}

// compared looks at values that an error is compared with.
func (c *checker) compared(exprs ...ast.Expr) {
	for _, e := range exprs {
		if name := c.nameOf(c.object(e)); c.api.compared[name] != "" {
			c.add(Differs, e.Pos(), name, c.api.compared[name])
		}
	}
}

// assigned looks at what a value is put into, or may be through a pointer.
func (c *checker) assigned(exprs ...ast.Expr) {
	for _, e := range exprs {
		v, ok := c.object(e).(*types.Var)
		if !ok || v.IsField() {
			continue
		}
		if name := c.nameOf(v); name != "" && c.names[name] && !slices.Contains(assignable, name) {
			c.add(Assigns, e.Pos(), name, "setting it changes what your packages call so, not what evernats returns")
		}
	}
}

// inherited looks at a method that a type has of another which is missing, and so hasn't.
func (c *checker) inherited(n *ast.SelectorExpr) {
	s := c.pkg.TypesInfo.Selections[n]
	if s == nil {
		return
	}
	named, ok := types.Unalias(s.Recv()).(*types.Named)
	if !ok {
		return
	}
	of, from := c.nameOf(named.Obj()), typeOf(c.nameOf(s.Obj()))
	if of != "" && from != "" && of != from && c.names[of] && !c.names[from] {
		c.add(Missing, n.Sel.Pos(), of+"."+n.Sel.Name, "not in evernats yet")
	}
}

// literal looks for structs that are filled in the order of their fields.
func (c *checker) literal(n *ast.CompositeLit) {
	if len(n.Elts) == 0 {
		return
	}
	if _, keyed := n.Elts[0].(*ast.KeyValueExpr); keyed {
		return
	}
	named, ok := types.Unalias(c.pkg.TypesInfo.TypeOf(n)).(*types.Named)
	if !ok {
		return
	}
	if name := c.nameOf(named.Obj()); c.unkeyed[name] {
		c.add(Unkeyed, n.Pos(), name, "its fields are others here, or in another order: name those that you fill")
	}
}

// object is what an expression names, if it names something.
func (c *checker) object(e ast.Expr) types.Object {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return c.object(e.X)
	case *ast.Ident:
		return c.pkg.TypesInfo.Uses[e]
	case *ast.SelectorExpr:
		return c.pkg.TypesInfo.Uses[e.Sel]
	}
	return nil
}

func (c *checker) add(kind string, at token.Pos, name, text string) {
	p := c.pkg.Fset.Position(at)
	c.found = append(c.found, Finding{
		Kind: kind, Module: c.module, File: shortened(p.Filename, c.dir, c.pkg), Line: p.Line, Column: p.Column,
		Name: name, Text: text,
	})
}

package natsgo

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/types"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// generated is how the generated Go files begin.
const generated = "// Code generated from nats.go"

// instead are the functions behind which others stand than the library's own: the
// program sets the options of those connections elsewhere.
var instead = map[string]string{
	"Connect":           "libdefaults.Connect",
	"GetDefaultOptions": "libdefaults.Options",
}

// source writes the Go files that hand names on, those that have something in
// them.
func (a *api) source(files map[string][]byte) error {
	both, err := a.both()
	if err != nil {
		return err
	}
	// As they stand in the library, so that those that share a comment stay
	// together.
	slices.SortFunc(both, func(x, y types.Object) int {
		px, py := a.ours.Fset.Position(x.Pos()), a.ours.Fset.Position(y.Pos())
		if c := strings.Compare(px.Filename, py.Filename); c != 0 {
			return c
		}
		return px.Offset - py.Offset
	})
	known := make(map[string]bool)
	for _, obj := range both {
		known[obj.Name()] = true
	}
	said := comments(a.ours.Syntax)
	into := make(map[string]*writer)
	to := func(name string) *writer {
		if into[name] == nil {
			into[name] = &writer{api: a, said: said, known: known, imports: make(map[string]bool)}
		}
		return into[name]
	}
	for _, obj := range both {
		switch o := obj.(type) {
		case *types.TypeName:
			to("types.go").value("type", o)
		case *types.Const:
			to("constants.go").value("const", o)
		case *types.Var:
			to("variables.go").value("var", o)
		case *types.Func:
			to("functions.go").function(o)
		}
	}
	for name, w := range into {
		name = path.Join("natsgo", a.name, name)
		if files[name], err = w.file(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// writer writes one file.
type writer struct {
	*api
	said    map[string]comment
	known   map[string]bool
	body    bytes.Buffer
	imports map[string]bool // what the body needs, the package itself aside
}

// value hands a type, a constant or a variable on.
func (w *writer) value(keyword string, obj types.Object) {
	said := w.said[obj.Name()]
	fmt.Fprintf(&w.body, "%s%s %s = evernats.%[3]s", w.doc(said.doc), keyword, obj.Name())
	if said.line != "" {
		fmt.Fprintf(&w.body, " // %s", w.links(said.line))
	}
	w.body.WriteString("\n\n")
}

// function hands a function on by calling it: unlike a variable it can't be set,
// and the documentation lists it among the functions.
func (w *writer) function(f *types.Func) {
	sig := f.Signature()
	var params, args []string
	for i := range sig.Params().Len() {
		p := sig.Params().At(i)
		name := p.Name()
		if name == "" || name == "_" {
			name = fmt.Sprintf("p%d", i)
		}
		typ, arg := types.TypeString(p.Type(), w.qualify), name
		if sig.Variadic() && i == sig.Params().Len()-1 {
			typ = "..." + strings.TrimPrefix(typ, "[]")
			arg += "..."
		}
		params, args = append(params, name+" "+typ), append(args, arg)
	}
	target := "evernats." + f.Name()
	if other := instead[f.Name()]; other != "" && w.name == "" {
		target = other
		w.imports[oursPath+"/libdefaults"] = true
	}
	results := types.TypeString(types.NewSignatureType(nil, nil, nil, nil, sig.Results(), false), w.qualify)
	results = strings.TrimPrefix(results, "func()")
	give := "return "
	if sig.Results().Len() == 0 {
		give = ""
	}
	fmt.Fprintf(&w.body, "%sfunc %s(%s)%s {\n\t%s%s(%s)\n}\n\n", w.doc(w.said[f.Name()].doc),
		f.Name(), strings.Join(params, ", "), results, give, target, strings.Join(args, ", "))
}

// qualify names the package of a type, and notes that it is imported: none for
// those that are handed on.
func (w *writer) qualify(p *types.Package) string {
	if p == w.ours.Types {
		return ""
	}
	w.imports[p.Path()] = true
	return p.Name()
}

var link = regexp.MustCompile(`\[(\*?)([A-Z]\w*)((?:\.\w+)?)\]`)

// links lets the links of a comment point at the library where the name isn't
// handed on.
func (w *writer) links(text string) string {
	return link.ReplaceAllStringFunc(text, func(m string) string {
		parts := link.FindStringSubmatch(m)
		if w.known[parts[2]] {
			return m
		}
		return "[" + parts[1] + "evernats." + parts[2] + parts[3] + "]"
	})
}

func (w *writer) doc(text string) string {
	var b strings.Builder
	for line := range strings.Lines(w.links(text)) {
		b.WriteString(strings.TrimRight("// "+line, " \n") + "\n")
	}
	return b.String()
}

// file is the whole file.
func (w *writer) file() ([]byte, error) {
	var std, ours strings.Builder
	for _, p := range slices.Sorted(maps.Keys(w.imports)) {
		if strings.HasPrefix(p, oursPath) {
			fmt.Fprintf(&ours, "\t%q\n", p)
		} else {
			fmt.Fprintf(&std, "\t%q\n", p)
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s by test/natsgo/gen. DO NOT EDIT.\n\npackage %s\n\nimport (\n%s\n\tevernats %q\n%s)\n\n%s",
		generated, w.version, w.ours.Types.Name(), &std, w.ours.PkgPath, &ours, &w.body)
	return format.Source(b.Bytes())
}

// comment is what is said of a name, above it or behind it.
type comment struct{ doc, line string }

// comments finds what is said of each package-level name. Of names that stand
// together the first may speak for all.
func comments(files []*ast.File) map[string]comment {
	found := make(map[string]comment)
	for _, f := range files {
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					found[d.Name.Name] = comment{doc: d.Doc.Text()}
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					specComments(found, d, spec)
				}
			}
		}
	}
	return found
}

func specComments(found map[string]comment, d *ast.GenDecl, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		doc := s.Doc
		if doc == nil {
			doc = d.Doc
		}
		found[s.Name.Name] = comment{doc: doc.Text()}
	case *ast.ValueSpec:
		doc := s.Doc
		if doc == nil && !d.Lparen.IsValid() {
			doc = d.Doc
		}
		for _, n := range s.Names {
			found[n.Name] = comment{doc: doc.Text(), line: strings.TrimSpace(s.Comment.Text())}
		}
	}
}

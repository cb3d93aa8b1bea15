package nats

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every exported name has a comment: functions, methods, types, their fields and
// methods, constants and variables. Names that stand together without an empty
// line between them may share one that says all of them.
func TestEveryExportedNameIsDocumented(t *testing.T) {
	var files []string
	for _, dir := range []string{".", "jetstream", "micro", "encoders/builtin", "health"} {
		found, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*.go"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no files in %s: %v", dir, err)
		}
		files = append(files, found...)
	}
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		u := undocumented{fset: token.NewFileSet()}
		f, err := parser.ParseFile(u.fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			u.decl(decl)
		}
		for _, name := range u.names {
			t.Errorf("%s: %s has no comment", file, name)
		}
		seen += u.seen
	}
	if seen < 400 {
		t.Errorf("found %d exported names only: they are no longer recognised", seen)
	}
}

// What the test finds is what it is meant to find.
func TestUndocumentedNamesAreFound(t *testing.T) {
	const source = `package p

// F is said.
func F() {}
func G() {}
func g() {}

// T is said.
type T struct {
	// A and B are said together.
	A int
	B int
	C int

	D int
	E int // E is said.
	f int
}
func (T) M() {}
func (t) M() {}

type I interface { N() }

// All of them are said.
const (
	X = iota // x
	Y
)

var Z int
`
	u := undocumented{fset: token.NewFileSet()}
	f, err := parser.ParseFile(u.fset, "", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range f.Decls {
		u.decl(decl)
	}
	if got, want := strings.Join(u.names, " "), "G T.C T.D T.M I I.N Y Z"; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

// undocumented collects the exported names that nothing is said of.
type undocumented struct {
	fset  *token.FileSet
	names []string
	seen  int
}

func (u *undocumented) check(name string, said bool) {
	u.seen++
	if !said {
		u.names = append(u.names, name)
	}
}

func (u *undocumented) decl(decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			recv := d.Recv.List[0].Type
			if star, ok := recv.(*ast.StarExpr); ok {
				recv = star.X
			}
			if generic, ok := recv.(*ast.IndexExpr); ok {
				recv = generic.X
			}
			of := recv.(*ast.Ident).Name
			if !ast.IsExported(of) {
				return
			}
			name = of + "." + name
		}
		if d.Name.IsExported() {
			u.check(name, d.Doc != nil)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			u.spec(d, spec)
		}
	}
}

func (u *undocumented) spec(d *ast.GenDecl, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if !s.Name.IsExported() {
			return
		}
		u.check(s.Name.Name, s.Doc != nil || d.Doc != nil)
		switch typ := s.Type.(type) {
		case *ast.StructType:
			u.fields(s.Name.Name, typ.Fields)
		case *ast.InterfaceType:
			u.fields(s.Name.Name, typ.Methods)
		}
	case *ast.ValueSpec:
		for _, n := range s.Names {
			if n.IsExported() {
				u.check(n.Name, s.Doc != nil || s.Comment != nil || !d.Lparen.IsValid() && d.Doc != nil)
			}
		}
	}
}

func (u *undocumented) fields(of string, list *ast.FieldList) {
	shared, end := "", 0
	for _, f := range list.List {
		first := u.fset.Position(f.Pos()).Line
		if f.Doc != nil {
			shared = f.Doc.Text()
		} else if first != end+1 {
			shared = ""
		}
		end = u.fset.Position(f.End()).Line
		for _, n := range f.Names {
			if n.IsExported() {
				said := f.Doc != nil || f.Comment != nil ||
					regexp.MustCompile(`\b`+n.Name+`\b`).MatchString(shared)
				u.check(of+"."+n.Name, said)
			}
		}
	}
}

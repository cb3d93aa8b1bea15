package natsgo

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// instead are the functions behind which others stand than the library's own: the
// program sets the options of those connections elsewhere.
var instead = map[string]string{
	"Connect":           "libdefaults.Connect",
	"GetDefaultOptions": "libdefaults.Options",
}

// source writes the Go files that hand names on.
func (a *apis) source() (map[string][]byte, error) {
	both, err := a.both()
	if err != nil {
		return nil, err
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
	w := writer{apis: a, said: comments(a.ours.Syntax), known: make(map[string]bool)}
	for _, obj := range both {
		w.known[obj.Name()] = true
	}
	bodies := make(map[string]*bytes.Buffer)
	for _, f := range []string{typesFile, constantsFile, variablesFile, functionsFile} {
		bodies[f] = new(bytes.Buffer)
	}
	for _, obj := range both {
		switch o := obj.(type) {
		case *types.TypeName:
			w.value(bodies[typesFile], "type", o)
		case *types.Const:
			w.value(bodies[constantsFile], "const", o)
		case *types.Var:
			w.value(bodies[variablesFile], "var", o)
		case *types.Func:
			w.function(bodies[functionsFile], o)
		}
	}
	files := make(map[string][]byte)
	for name, body := range bodies {
		if files[name], err = w.file(body.String()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return files, nil
}

type writer struct {
	*apis
	said  map[string]comment
	known map[string]bool
}

// value hands a type, a constant or a variable on.
func (w *writer) value(to *bytes.Buffer, keyword string, obj types.Object) {
	said := w.said[obj.Name()]
	fmt.Fprintf(to, "%s%s %s = evernats.%[3]s", w.doc(said.doc), keyword, obj.Name())
	if said.line != "" {
		fmt.Fprintf(to, " // %s", w.links(said.line))
	}
	to.WriteString("\n\n")
}

// function hands a function on by calling it: unlike a variable it can't be set,
// and the documentation lists it among the functions.
func (w *writer) function(to *bytes.Buffer, f *types.Func) {
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
	target := instead[f.Name()]
	if target == "" {
		target = "evernats." + f.Name()
	}
	results := types.TypeString(types.NewSignatureType(nil, nil, nil, nil, sig.Results(), false), w.qualify)
	results = strings.TrimPrefix(results, "func()")
	give := "return "
	if sig.Results().Len() == 0 {
		give = ""
	}
	fmt.Fprintf(to, "%sfunc %s(%s)%s {\n\t%s%s(%s)\n}\n\n", w.doc(w.said[f.Name()].doc),
		f.Name(), strings.Join(params, ", "), results, give, target, strings.Join(args, ", "))
}

// qualify names the package of a type: none for those that are handed on.
func (w *writer) qualify(p *types.Package) string {
	if p == w.ours.Types {
		return ""
	}
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

// file is a whole file with the imports that the body needs.
func (w *writer) file(body string) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "// Code generated from nats.go %s by test/natsgo/gen. DO NOT EDIT.\n\npackage nats\n\nimport (\n", w.version)
	for _, p := range w.ours.Types.Imports() {
		if regexp.MustCompile(`\b` + p.Name() + `\.[A-Z]\w*\b`).MatchString(code(body)) {
			fmt.Fprintf(&b, "\t%q\n", p.Path())
		}
	}
	fmt.Fprintf(&b, "\n\tevernats %q\n", oursPath)
	if strings.Contains(body, "libdefaults.") {
		fmt.Fprintf(&b, "\t%q\n", oursPath+"/libdefaults")
	}
	b.WriteString(")\n\n" + body)
	return format.Source([]byte(b.String()))
}

// code is a text without its comments.
func code(text string) string {
	return regexp.MustCompile(`(?m)^//.*$`).ReplaceAllString(text, "")
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

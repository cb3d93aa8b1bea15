// Package apicompare lists a package's exported API, one declaration a line,
// so that two packages can be compared declaration by declaration.
package apicompare

import (
	"fmt"
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Load type-checks the package at path and lists its exported API.
func Load(path string) ([]string, error) {
	pkg, err := load(path)
	if err != nil {
		return nil, err
	}
	return List(pkg), nil
}

func load(path string) (*types.Package, error) {
	cfg := &packages.Config{Mode: packages.NeedName | packages.NeedTypes}
	pkgs, err := packages.Load(cfg, path)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("load %s: %w", path, p.Errors[0])
		}
	}
	if len(pkgs) != 1 {
		return nil, fmt.Errorf("load %s: found %d packages, want one", path, len(pkgs))
	}
	return pkgs[0].Types, nil
}

// List names every exported declaration of pkg in sorted order. Types of pkg
// itself are written without a package name, so that the lists of two packages
// with the same API are equal.
func List(pkg *types.Package) []string {
	l := lister{pkg: pkg}
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		if obj := scope.Lookup(name); obj.Exported() {
			l.object(obj)
		}
	}
	slices.Sort(l.lines)
	return l.lines
}

type lister struct {
	pkg   *types.Package
	lines []string
}

func (l *lister) add(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *lister) qualify(p *types.Package) string {
	if p == l.pkg {
		return ""
	}
	return p.Name()
}

func (l *lister) typeString(t types.Type) string { return types.TypeString(t, l.qualify) }

func (l *lister) object(obj types.Object) {
	switch o := obj.(type) {
	case *types.Const:
		l.add("const %s %s = %s", o.Name(), l.typeString(o.Type()), constantText(o.Val()))
	case *types.Var:
		l.add("var %s %s", o.Name(), l.typeString(o.Type()))
	case *types.Func:
		l.add("func %s%s", o.Name(), l.signature(o))
	case *types.TypeName:
		l.typeName(o)
	}
}

func (l *lister) signature(f *types.Func) string {
	return strings.TrimPrefix(l.typeString(f.Type()), "func")
}

func (l *lister) typeName(o *types.TypeName) {
	if o.IsAlias() {
		l.add("type %s = %s", o.Name(), l.typeString(types.Unalias(o.Type())))
		return
	}
	named := o.Type().(*types.Named)
	for i := range named.NumMethods() {
		if m := named.Method(i); m.Exported() {
			l.add("method (%s) %s%s", l.receiver(m), m.Name(), l.signature(m))
		}
	}
	switch u := named.Underlying().(type) {
	case *types.Struct:
		l.add("type %s struct", o.Name())
		l.fields(o.Name(), u)
	case *types.Interface:
		l.add("type %s interface", o.Name())
		for i := range u.NumMethods() {
			if m := u.Method(i); m.Exported() {
				l.add("imethod %s.%s%s", o.Name(), m.Name(), l.signature(m))
			}
		}
	default:
		l.add("type %s %s", o.Name(), l.typeString(u))
	}
}

func (l *lister) receiver(m *types.Func) string {
	return l.typeString(m.Type().(*types.Signature).Recv().Type())
}

func (l *lister) fields(owner string, s *types.Struct) {
	for i := range s.NumFields() {
		f := s.Field(i)
		if !f.Exported() {
			continue
		}
		name := f.Name()
		if f.Embedded() {
			name = "embedded " + name
		}
		line := fmt.Sprintf("field %s.%s %s", owner, name, l.typeString(f.Type()))
		if tag := s.Tag(i); tag != "" {
			line += " `" + tag + "`"
		}
		l.lines = append(l.lines, line)
	}
}

func constantText(v constant.Value) string { return v.ExactString() }

// Name returns the declared name of a line: "Conn.Publish" for a method,
// "Options.Url" for a field, "ErrTimeout" for a variable.
func Name(line string) string {
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "method":
		recv, rest, _ := strings.Cut(rest, ") ")
		recv = strings.TrimLeft(recv, "(*")
		name, _, _ := strings.Cut(rest, "(")
		return recv + "." + name
	case "field":
		rest = strings.Replace(rest, ".embedded ", ".", 1)
	case "func", "imethod":
		name, _, _ := strings.Cut(rest, "(")
		return name
	}
	name, _, _ := strings.Cut(rest, " ")
	return name
}

// Fields lists the exported fields of each exported struct of the package at path,
// in the order in which they are declared.
func Fields(path string) (map[string][]string, error) {
	pkg, err := load(path)
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		s, ok := scope.Lookup(name).Type().Underlying().(*types.Struct)
		if _, isType := scope.Lookup(name).(*types.TypeName); !ok || !isType || !scope.Lookup(name).Exported() {
			continue
		}
		for i := range s.NumFields() {
			if f := s.Field(i); f.Exported() {
				all[name] = append(all[name], f.Name())
			}
		}
	}
	return all, nil
}

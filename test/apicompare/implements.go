package apicompare

import (
	"go/types"
	"slices"
)

// Implements lists, for each exported interface of the package at path that has a method
// nobody outside can write, which of its exported types implement it, and which of its
// functions return something that does under a name of its own. Such interfaces are those of
// options: no other declaration says where an option may be used.
func Implements(path string) ([]string, error) {
	pkg, err := load(path)
	if err != nil {
		return nil, err
	}
	return implements(pkg), nil
}

func implements(pkg *types.Package) []string {
	l := lister{pkg: pkg}
	scope := pkg.Scope()
	closed := closedInterfaces(scope)
	for _, name := range scope.Names() {
		obj := scope.Lookup(name)
		if !obj.Exported() {
			continue
		}
		for _, of := range closed {
			switch o := obj.(type) {
			case *types.TypeName:
				if !types.IsInterface(o.Type()) {
					l.implementing(o.Name(), o.Type(), of)
				}
			case *types.Func:
				if results := o.Type().(*types.Signature).Results(); results.Len() > 0 && !types.IsInterface(results.At(0).Type()) {
					l.result(o.Name(), results.At(0).Type(), of)
				}
			}
		}
	}
	slices.Sort(l.lines)
	return l.lines
}

// closedInterfaces are the exported interfaces with an unexported method.
func closedInterfaces(scope *types.Scope) []*types.TypeName {
	var found []*types.TypeName
	for _, name := range scope.Names() {
		o, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || !o.Exported() {
			continue
		}
		u, ok := o.Type().Underlying().(*types.Interface)
		if !ok {
			continue
		}
		for i := range u.NumMethods() {
			if !u.Method(i).Exported() {
				found = append(found, o)
				break
			}
		}
	}
	return found
}

func (l *lister) implementing(name string, t types.Type, of *types.TypeName) {
	u := of.Type().Underlying().(*types.Interface)
	switch {
	case types.Implements(t, u):
		l.add("implements %s %s", name, of.Name())
	case types.Implements(types.NewPointer(t), u):
		l.add("implements *%s %s", name, of.Name())
	}
}

// result is for what a function returns whose type has no exported name.
func (l *lister) result(name string, t types.Type, of *types.TypeName) {
	named, ok := types.Unalias(t).(*types.Named)
	if ok && !named.Obj().Exported() && types.Implements(t, of.Type().Underlying().(*types.Interface)) {
		l.add("implements %s() %s", name, of.Name())
	}
}

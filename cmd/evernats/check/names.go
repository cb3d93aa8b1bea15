package check

import (
	"go/types"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// learnOwners notes which type the fields and interface methods of nats.go belong
// to.
func (c *checker) learnOwners(nats *types.Package) {
	for _, name := range nats.Scope().Names() {
		t, ok := nats.Scope().Lookup(name).(*types.TypeName)
		if !ok || t.IsAlias() {
			continue
		}
		switch u := t.Type().Underlying().(type) {
		case *types.Struct:
			for f := range u.Fields() {
				c.owners[f] = name
			}
		case *types.Interface:
			for m := range u.ExplicitMethods() {
				c.owners[m] = name
			}
		}
	}
}

// nameOf is the name of something that nats.go's root package declares: of a field
// or a method with its type's. It is empty for everything else.
func (c *checker) nameOf(obj types.Object) string {
	if obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != natsPath || !obj.Exported() {
		return ""
	}
	if obj.Parent() == obj.Pkg().Scope() {
		return obj.Name()
	}
	if owner := c.owners[obj]; owner != "" {
		return owner + "." + obj.Name()
	}
	f, ok := obj.(*types.Func)
	if !ok || f.Signature().Recv() == nil {
		return ""
	}
	recv := f.Signature().Recv().Type()
	if p, ok := recv.(*types.Pointer); ok {
		recv = p.Elem()
	}
	if named, ok := recv.(*types.Named); ok {
		return named.Obj().Name() + "." + obj.Name()
	}
	return ""
}

// shortened is a file's name as whoever asked would write it: from where the check
// runs if it is below, and within its module if it is a library's.
func shortened(file, dir string, p *packages.Package) string {
	if here, err := filepath.Abs(dir); err == nil {
		if rel, err := filepath.Rel(here, file); err == nil && !strings.HasPrefix(rel, "..") {
			return rel
		}
	}
	if p.Module != nil && p.Module.Dir != "" {
		if rel, ok := strings.CutPrefix(file, p.Module.Dir+string(os.PathSeparator)); ok {
			return rel
		}
	}
	return file
}

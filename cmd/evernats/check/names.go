package check

import (
	"go/types"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/tools/go/packages"
)

// owner is the type that a field or an interface method of nats.go belongs to.
func (c *checker) owner(obj types.Object) string {
	owners, learnt := c.owners[obj.Pkg()]
	if !learnt {
		owners = ownersIn(obj.Pkg())
		c.owners[obj.Pkg()] = owners
	}
	return owners[obj]
}

func ownersIn(nats *types.Package) map[types.Object]string {
	owners := make(map[types.Object]string)
	for _, name := range nats.Scope().Names() {
		t, ok := nats.Scope().Lookup(name).(*types.TypeName)
		if !ok || t.IsAlias() {
			continue
		}
		switch u := t.Type().Underlying().(type) {
		case *types.Struct:
			for f := range u.Fields() {
				owners[f] = name
			}
		case *types.Interface:
			for m := range u.ExplicitMethods() {
				owners[m] = name
			}
		}
	}
	return owners
}

// nameOf is the name of something that nats.go declares: of a field or a method
// with its type's, outside of the root package with the package's path below it, as
// in "micro.Service.Stop". It is empty for everything else.
func (c *checker) nameOf(obj types.Object) string {
	if obj == nil || obj.Pkg() == nil || !within(obj.Pkg().Path(), natsPath) || !obj.Exported() {
		return ""
	}
	name := c.nameWithin(obj)
	if in := below(obj.Pkg().Path()); in != "" && name != "" {
		name = in + "." + name
	}
	return name
}

func (c *checker) nameWithin(obj types.Object) string {
	if obj.Parent() == obj.Pkg().Scope() {
		return obj.Name()
	}
	if owner := c.owner(obj); owner != "" {
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

// typeOf is the type's name of a field's or a method's, and any other name itself.
func typeOf(name string) string {
	from := 0
	if r, _ := utf8.DecodeRuneInString(name); !unicode.IsUpper(r) {
		from = strings.Index(name, ".") + 1 // past the package
	}
	if dot := strings.Index(name[from:], "."); dot >= 0 {
		return name[:from+dot]
	}
	return name
}

// written is a name as a program writes it that renames no import.
func written(name string) string {
	if r, _ := utf8.DecodeRuneInString(name); unicode.IsUpper(r) {
		return "nats." + name
	}
	return path.Base(name)
}

// below is a package's path below nats.go's.
func below(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, natsPath), "/")
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

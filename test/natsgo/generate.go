package natsgo

import (
	"fmt"
	"go/types"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/evernats/nats/test/apicompare"
)

const (
	oursPath      = "github.com/evernats/nats"
	referencePath = "github.com/nats-io/nats.go"
)

// handedOn are the packages whose names the module natsgo hands on, below the
// path of either library. Of the root nats.go has names that aren't here; of the
// others there is all.
var handedOn = []string{"", "encoders/builtin", "jetstream", "micro"}

// byHand is a package that stands in natsgo as it is in nats.go, since this library
// has none.
const byHand = "util"

// The files that are generated beside the Go files, as seen from the root of the
// repository.
const (
	missingFile = "natsgo/missing.txt"
	namesFile   = "cmd/evernats/check/names.txt"
)

// api is one package as both libraries have it.
type api struct {
	name            string // its path below the library's: "", "micro"
	ours, reference *packages.Package
	version         string // of nats.go
}

// Generate returns the text of each generated file.
func Generate() (map[string][]byte, error) {
	apis, err := load()
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte)
	for _, a := range apis {
		if err := a.source(files); err != nil {
			return nil, err
		}
	}
	files[missingFile] = []byte(apis[0].missing())
	util, err := apicompare.Load(path.Join(referencePath, byHand))
	if err != nil {
		return nil, err
	}
	files[namesFile] = []byte(names(apis, util))
	return files, nil
}

// load loads the packages that are handed on, the root first.
func load() ([]*api, error) {
	var paths []string
	for _, name := range handedOn {
		paths = append(paths, path.Join(oursPath, name), path.Join(referencePath, name))
	}
	cfg := &packages.Config{Mode: packages.LoadSyntax | packages.NeedModule}
	pkgs, err := packages.Load(cfg, paths...)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*packages.Package)
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		found[p.PkgPath] = p
	}
	var apis []*api
	for _, name := range handedOn {
		a := &api{name: name, ours: found[path.Join(oursPath, name)], reference: found[path.Join(referencePath, name)]}
		if a.ours == nil || a.reference == nil {
			return nil, fmt.Errorf("one of the two packages %q wasn't found", name)
		}
		a.version = a.reference.Module.Version
		apis = append(apis, a)
	}
	return apis, nil
}

// both are the package-level names that nats.go and this library export.
func (a *api) both() ([]types.Object, error) {
	var found []types.Object
	scope := a.ours.Types.Scope()
	for _, name := range a.reference.Types.Scope().Names() {
		theirs, ours := a.reference.Types.Scope().Lookup(name), scope.Lookup(name)
		if ours == nil || !ours.Exported() {
			continue
		}
		if fmt.Sprintf("%T", theirs) != fmt.Sprintf("%T", ours) {
			return nil, fmt.Errorf("%s is of another kind in nats.go: %s", ours, theirs)
		}
		found = append(found, ours)
	}
	return found, nil
}

// missing lists what a program written for nats.go doesn't find, by kind, with
// counts. Of a type that is missing as a whole its parts aren't counted.
func (a *api) missing() string {
	ours := a.declared()
	kinds := []string{"type", "func", "method", "field", "imethod", "var", "const"}
	byKind := make(map[string][]string)
	total := 0
	for _, line := range apicompare.List(a.reference.Types) {
		name := apicompare.Name(line)
		if ours[name] {
			continue
		}
		if owner, _, isPart := strings.Cut(name, "."); isPart && !ours[owner] {
			continue
		}
		kind, _, _ := strings.Cut(line, " ")
		if !slices.Contains(byKind[kind], name) {
			byKind[kind] = append(byKind[kind], name)
			total++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Generated. Names of the root package of nats.go %s that aren't here: %d.\n", a.version, total)
	for _, kind := range kinds {
		names := byKind[kind]
		if len(names) == 0 {
			continue
		}
		slices.Sort(names)
		fmt.Fprintf(&b, "\n# %s: %d\n", kind, len(names))
		for _, name := range names {
			fmt.Fprintf(&b, "%s %s\n", kind, name)
		}
	}
	return b.String()
}

// names lists the names of nats.go's API that this library has, parts of types
// among them, for whoever looks them up without having the library's source; and
// the structs that a program can't fill without naming the fields.
func names(apis []*api, util []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Generated. What this library has of nats.go %s.\n", apis[0].version)
	list := func(pkg string, names, unkeyed []string) {
		prefix := ""
		if pkg != "" {
			prefix = pkg + "."
			fmt.Fprintf(&b, "package %s\n", pkg)
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			fmt.Fprintf(&b, "%s%s\n", prefix, name)
		}
		for _, name := range unkeyed {
			fmt.Fprintf(&b, "unkeyed %s%s\n", prefix, name)
		}
	}
	for _, a := range apis {
		var names []string
		ours := a.declared()
		for _, line := range apicompare.List(a.reference.Types) {
			if name := apicompare.Name(line); ours[name] {
				names = append(names, name)
			}
		}
		list(a.name, names, a.reorderedStructs())
	}
	for i, line := range util {
		util[i] = apicompare.Name(line)
	}
	list(byHand, util, nil)
	return b.String()
}

// declared are the names of this library, parts of types among them.
func (a *api) declared() map[string]bool {
	names := make(map[string]bool)
	for _, line := range apicompare.List(a.ours.Types) {
		names[apicompare.Name(line)] = true
	}
	return names
}

// reorderedStructs are the structs whose fields aren't those of nats.go in the
// same order. Those with fields that aren't exported can't be filled without
// naming the fields in nats.go either.
func (a *api) reorderedStructs() []string {
	var names []string
	for _, name := range a.reference.Types.Scope().Names() {
		theirs := structOf(a.reference.Types, name)
		ours := structOf(a.ours.Types, name)
		if theirs == nil || ours == nil || len(theirs) == 0 {
			continue
		}
		exported := !slices.ContainsFunc(theirs, func(f string) bool { return !types.NewVar(0, nil, f, nil).Exported() })
		if exported && !slices.Equal(theirs, ours) {
			names = append(names, name)
		}
	}
	return names
}

// structOf returns the names of an exported struct's fields, in their order.
func structOf(pkg *types.Package, name string) []string {
	obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
	if !ok || !obj.Exported() {
		return nil
	}
	s, ok := obj.Type().Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	var fields []string
	for f := range s.Fields() {
		fields = append(fields, f.Name())
	}
	return fields
}

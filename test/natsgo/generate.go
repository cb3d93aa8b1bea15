package natsgo

import (
	"errors"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/evernats/nats/test/apicompare"
)

const (
	oursPath      = "github.com/evernats/nats"
	referencePath = "github.com/nats-io/nats.go"
)

// The files that are generated, as seen from the root of the repository.
const (
	typesFile     = "natsgo/types.go"
	constantsFile = "natsgo/constants.go"
	variablesFile = "natsgo/variables.go"
	functionsFile = "natsgo/functions.go"
	missingFile   = "natsgo/missing.txt"
	namesFile     = "cmd/evernats/check/names.txt"
)

// apis are the two packages that are compared.
type apis struct {
	ours, reference *packages.Package
	version         string // of nats.go
}

// Generate returns the text of each generated file.
func Generate() (map[string][]byte, error) {
	a, err := load()
	if err != nil {
		return nil, err
	}
	files, err := a.source()
	if err != nil {
		return nil, err
	}
	files[missingFile] = []byte(a.missing())
	files[namesFile] = []byte(a.names())
	return files, nil
}

func load() (*apis, error) {
	cfg := &packages.Config{Mode: packages.LoadSyntax | packages.NeedModule}
	pkgs, err := packages.Load(cfg, oursPath, referencePath)
	if err != nil {
		return nil, err
	}
	a := &apis{}
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		switch p.PkgPath {
		case oursPath:
			a.ours = p
		case referencePath:
			a.reference = p
		}
	}
	if a.ours == nil || a.reference == nil {
		return nil, errors.New("one of the two packages wasn't found")
	}
	a.version = a.reference.Module.Version
	return a, nil
}

// both are the package-level names that nats.go and this library export.
func (a *apis) both() ([]types.Object, error) {
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
func (a *apis) missing() string {
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
func (a *apis) names() string {
	ours := a.declared()
	seen := make(map[string]bool)
	for _, line := range apicompare.List(a.reference.Types) {
		if name := apicompare.Name(line); ours[name] {
			seen[name] = true
		}
	}
	var lines []string
	for name := range seen {
		lines = append(lines, name)
	}
	slices.Sort(lines)
	for _, name := range a.reorderedStructs() {
		lines = append(lines, "unkeyed "+name)
	}
	return fmt.Sprintf("# Generated. What this library has of nats.go %s.\n%s\n", a.version, strings.Join(lines, "\n"))
}

// declared are the names of this library, parts of types among them.
func (a *apis) declared() map[string]bool {
	names := make(map[string]bool)
	for _, line := range apicompare.List(a.ours.Types) {
		names[apicompare.Name(line)] = true
	}
	return names
}

// reorderedStructs are the structs whose fields aren't those of nats.go in the
// same order. Those with fields that aren't exported can't be filled without
// naming the fields in nats.go either.
func (a *apis) reorderedStructs() []string {
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

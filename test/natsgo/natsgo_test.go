package natsgo

import (
	"bytes"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/evernats/nats"
	"github.com/evernats/nats/test/apicompare"
)

const (
	natsgoPath = "github.com/evernats/nats/natsgo"
	regenerate = "run go generate in test/natsgo"
)

func text(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is checked in is what would be generated: from the nats.go that this
// module requires, and from this library as it stands. Nothing that was generated
// once stays behind.
func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if !bytes.Equal(text(t, name), want) {
			t.Errorf("%s is stale: %s", name, regenerate)
		}
	}
	root := filepath.Join("..", "..")
	found := 0
	err = filepath.WalkDir(filepath.Join(root, "natsgo"), func(file string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".go" {
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if bytes.HasPrefix(text(t, name), []byte(generated)) {
			found++
			if files[name] == nil {
				t.Errorf("%s isn't generated any more: remove it", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if found < 9 {
		t.Errorf("%d generated files found; they are no longer recognised", found)
	}
}

// A library finds in natsgo the very declarations of nats.go: the same list of
// names, save those of the root package in missing.txt, with the same types, values
// and signatures.
func TestHandsOnWhatNatsGoDeclares(t *testing.T) {
	apis, err := load()
	if err != nil {
		t.Fatal(err)
	}
	atLeast := map[string]int{"": 190, "encoders/builtin": 3, "jetstream": 300, "micro": 51}
	for _, a := range apis {
		t.Run(a.reference.Name, func(t *testing.T) {
			missing := make(map[string]bool)
			if a.name == "" {
				missing = listedAsMissing(t)
			}
			if handed := compareWithShim(t, a, missing); handed < atLeast[a.name] || handed == 0 {
				t.Errorf("%d names are handed on; they are no longer recognised", handed)
			}
		})
	}
	if len(apis) != len(atLeast) {
		t.Errorf("%d packages are handed on, want %d", len(apis), len(atLeast))
	}
}

// A package that is written by hand declares what nats.go's does.
func TestUtilIsComplete(t *testing.T) {
	reference, err := apicompare.Load(path.Join(referencePath, byHand))
	if err != nil {
		t.Fatal(err)
	}
	got := apicompare.List(loadOne(t, path.Join(natsgoPath, byHand)))
	if len(reference) == 0 || !slices.Equal(got, reference) {
		t.Errorf("natsgo has\n%s\nnats.go has\n%s", strings.Join(got, "\n"), strings.Join(reference, "\n"))
	}
}

func listedAsMissing(t *testing.T) map[string]bool {
	t.Helper()
	missing := make(map[string]bool)
	for line := range strings.Lines(string(text(t, missingFile))) {
		if kind, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok && kind != "#" {
			missing[name] = true
		}
	}
	return missing
}

// compareWithShim compares a package of natsgo with nats.go's and with this
// library's. It returns how many names are handed on.
func compareWithShim(t *testing.T, a *api, missing map[string]bool) (handed int) {
	t.Helper()
	shim := loadOne(t, path.Join(natsgoPath, a.name))
	if shim.Name() != a.reference.Types.Name() {
		t.Errorf("the package is called %s, nats.go's is %s", shim.Name(), a.reference.Types.Name())
	}
	// Aliases are looked through: a handed-on type is the library's.
	ours := apicompare.List(a.ours.Types)
	for _, name := range a.reference.Types.Scope().Names() {
		theirs := a.reference.Types.Scope().Lookup(name)
		if !theirs.Exported() {
			continue
		}
		got := shim.Scope().Lookup(name)
		if (got == nil) != missing[name] {
			t.Errorf("%s: in natsgo: %v, in missing.txt: %v", name, got != nil, missing[name])
		}
		if got == nil {
			continue
		}
		handed++
		want := a.ours.Types.Scope().Lookup(name)
		if g, w := a.declaration(got), a.declaration(want); g != w {
			t.Errorf("natsgo has  %s\nevernats has %s", g, w)
		}
	}
	for _, name := range shim.Scope().Names() {
		if obj := shim.Scope().Lookup(name); obj.Exported() && a.reference.Types.Scope().Lookup(name) == nil {
			t.Errorf("natsgo exports %s, which nats.go doesn't have", name)
		}
	}
	for _, line := range apicompare.List(a.reference.Types) {
		name := apicompare.Name(line)
		if owner, _, _ := strings.Cut(name, "."); missing[name] || missing[owner] || a.name == "" && name == "Version" {
			continue
		}
		if !slices.Contains(ours, line) {
			t.Errorf("neither in missing.txt nor the same here: %s", line)
		}
	}
	return handed
}

// declaration is a declaration as it is seen from outside, whichever of the two
// packages it stands in.
func (a *api) declaration(obj types.Object) string {
	anonymous := func(p *types.Package) string {
		if p.Path() == path.Join(natsgoPath, a.name) || p.Path() == path.Join(oursPath, a.name) {
			return ""
		}
		return p.Name()
	}
	s := obj.Name() + " " + types.TypeString(types.Unalias(obj.Type()), anonymous)
	if c, ok := obj.(*types.Const); ok {
		s += " = " + c.Val().ExactString()
	}
	return s
}

func loadOne(t *testing.T, path string) *types.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadTypes, Dir: filepath.Join("..", "..", "natsgo"),
		Env: append(os.Environ(), "GOWORK=off")}, path)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) != 1 {
		t.Fatalf("load %s: found %d packages, want one", path, len(pkgs))
	}
	if len(pkgs[0].Errors) > 0 {
		t.Fatalf("load %s: %v", path, pkgs[0].Errors)
	}
	return pkgs[0].Types
}

// The documentation's figure is that of the list.
func TestDocumentationCountsWhatIsMissing(t *testing.T) {
	list := string(text(t, missingFile))
	lines := 0
	for line := range strings.Lines(list) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines++
		}
	}
	count := regexp.MustCompile(`aren't here: (\d+)\.`).FindStringSubmatch(list)
	version := regexp.MustCompile(`nats\.go (v[\d.]+\d)`).FindStringSubmatch(list)
	if count == nil || version == nil {
		t.Fatalf("the list's first line says neither count nor version: %.80s", list)
	}
	said := regexp.MustCompile(`(?s)nats\.go (v[\d.]+\d)'s core.*?(\d+) names of its root`).FindSubmatch(text(t, "natsgo/doc.go"))
	if said == nil || string(said[1]) != version[1] || string(said[2]) != count[1] {
		t.Errorf("natsgo/doc.go says %q, missing.txt says %s and %s", said, version[1], count[1])
	}
	if count[1] != strconv.Itoa(lines) {
		t.Errorf("missing.txt says %s and has %d", count[1], lines)
	}
}

// Every package of nats.go that can be imported has its path here. Without that
// go mod tidy fails for a build that has a library whose tests import it.
func TestEveryPackageOfNatsGoHasItsPath(t *testing.T) {
	theirs := listPackages(t, "", nil, referencePath)
	ours := listPackages(t, filepath.Join("..", "..", "natsgo"), []string{"GOWORK=off"}, natsgoPath)
	if len(theirs) < 7 {
		t.Fatalf("nats.go has %q only", theirs)
	}
	for _, p := range theirs {
		if !slices.Contains(ours, p) {
			t.Errorf("nats.go has the package %q, natsgo doesn't", p)
		}
	}
}

// listPackages are the packages of a module that others can import, without the
// module's path.
func listPackages(t *testing.T, dir string, env []string, module string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-f", "{{if .GoFiles}}{{if ne .Name \"main\"}}{{.ImportPath}}{{end}}{{end}}", module+"/...")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", module, err)
	}
	var found []string
	for _, p := range strings.Fields(string(out)) {
		if p = strings.TrimPrefix(p, module); !strings.Contains(p, "/internal/") {
			found = append(found, p)
		}
	}
	return found
}

// A build that takes natsgo in needs its go.mod tidy: all indirect requirements
// are in it, and nothing of nats.go.
func TestModuleIsTidy(t *testing.T) {
	cmd := exec.Command("go", "mod", "tidy", "-diff")
	cmd.Dir = filepath.Join("..", "..", "natsgo")
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go mod tidy would change natsgo/go.mod: %v\n%s", err, out)
	}
	if mod := text(t, "natsgo/go.mod"); bytes.Contains(mod, []byte(referencePath)) {
		t.Errorf("natsgo requires what it stands in for:\n%s", mod)
	} else if want := oursPath + " v" + nats.Version + "\n"; !bytes.Contains(mod, []byte(want)) {
		t.Errorf("natsgo/go.mod doesn't require the version that is released with it, %s", want)
	}
}

package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The programs are a module of their own, outside of this repository's workspace.
func TestMain(m *testing.M) {
	if err := os.Setenv("GOWORK", "off"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	namesText = lacking(namesText)
	os.Exit(m.Run())
}

// lacking is a list of names without some, as if the library had no object stores: of
// nats.go's types and methods it has all, and tests need some that aren't there.
func lacking(names string) string {
	for _, name := range []string{
		"ObjectStore", "ObjectStoreConfig", "ObjectStoreManager", "GetObjectShowDeleted", "ErrObjectNotFound", "ErrDigestMismatch",
		"JetStreamContext.CreateObjectStore", "JetStreamContext.ObjectStore",
	} {
		line := "\n" + name + "\n"
		if !strings.Contains(names, line) {
			panic(name + " isn't in names.txt")
		}
		names = strings.Replace(names, line, "\n", 1)
	}
	return names
}

var programs = filepath.Join("testdata", "programs")

// found are the findings in one program: kind, line and name.
func found(r *Result) []string {
	var lines []string
	for _, f := range r.Findings {
		lines = append(lines, fmt.Sprintf("%s %s:%d %s", f.Kind, filepath.Base(f.File), f.Line, f.Name))
	}
	return lines
}

func TestFindings(t *testing.T) {
	for _, tc := range []struct {
		program string
		want    []string
	}{
		{"clean", nil},
		{"missing", []string{
			"missing main.go:11 ObjectStore",
			"missing main.go:17 GetObjectShowDeleted",
			"missing main.go:19 JetStreamContext.CreateObjectStore",
			"missing main.go:19 ObjectStoreConfig",
			"missing main.go:20 ErrObjectNotFound",
			"missing main_test.go:10 ErrDigestMismatch",
		}},
		{"compare", []string{
			"differs main.go:14 ErrConnectionReconnecting",
			"differs main.go:17 ErrConnectionReconnecting",
			"differs main.go:21 ErrConnectionReconnecting",
			"differs main.go:23 ErrConnectionReconnecting",
			"differs main.go:25 Statistics.Reconnects",
			"differs main.go:25 Statistics.Reconnects",
			"differs main.go:25 Version",
		}},
		{"assign", []string{
			"assigns main.go:13 ErrTimeout",
			"assigns main.go:14 ErrMaxPayload",
			"assigns main.go:14 ErrBadSubject",
			"assigns main.go:15 ErrInvalidMsg",
			"assigns main.go:16 ErrBadTimeout",
			"assigns main.go:19 micro.ErrRespond",
		}},
		{"absent", []string{"absent main.go:7 github.com/nats-io/nats.go/bench"}},
		{"throughlib", []string{"missing library.go:8 JetStreamContext.ObjectStore"}},
		{"indirect", []string{"differs main.go:16 Statistics.Reconnects", "missing library.go:8 JetStreamContext.ObjectStore"}},
		{"passed/...", []string{"missing main.go:12 JetStreamContext.ObjectStore", "differs main.go:14 Statistics.Reconnects", "missing library.go:8 JetStreamContext.ObjectStore"}},
		{"services", nil},
		{"nothing", nil},
	} {
		t.Run(tc.program, func(t *testing.T) {
			t.Parallel()
			r, err := Check(Config{Patterns: []string{"./" + tc.program}, Dir: programs, Tests: true, Deps: true})
			if err != nil {
				t.Fatal(err)
			}
			if got := found(r); !slices.Equal(got, tc.want) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
			for _, f := range r.Findings {
				if f.Column == 0 || f.Text == "" {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

func TestTestsAndLibrariesCanBeLeftOut(t *testing.T) {
	t.Parallel()
	r, err := Check(Config{Patterns: []string{"./missing", "./throughlib"}, Dir: programs})
	if err != nil {
		t.Fatal(err)
	}
	if got := found(r); len(got) != 5 || strings.Contains(strings.Join(got, " "), "_test.go") || len(r.Libraries) != 0 {
		t.Errorf("found %q, libraries %q", got, r.Libraries)
	}
	if r.Packages != 2 || r.Using != 2 {
		t.Errorf("%d packages, %d of them use nats.go; want 2 and 2", r.Packages, r.Using)
	}
}

// A package that imports nothing of nats.go may have what it uses from one that
// does: from the program's own, or from a library when those switch too.
func TestWhatIsPassedOn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		patterns []string
		deps     bool
		want     []string
		using    int
	}{
		{[]string{"./passed/..."}, false, []string{"missing main.go:12 JetStreamContext.ObjectStore", "differs main.go:14 Statistics.Reconnects"}, 1},
		{[]string{"./passed"}, true, []string{"missing main.go:12 JetStreamContext.ObjectStore", "differs main.go:14 Statistics.Reconnects", "missing library.go:8 JetStreamContext.ObjectStore"}, 0},
		{[]string{"./passed"}, false, nil, 0},
	} {
		r, err := Check(Config{Patterns: tc.patterns, Dir: programs, Deps: tc.deps})
		if err != nil {
			t.Fatal(err)
		}
		if got := found(r); !slices.Equal(got, tc.want) || r.Using != tc.using {
			t.Errorf("%v: found %q, %d packages import nats.go; want %q and %d", tc.patterns, got, r.Using, tc.want, tc.using)
		}
		if quiet := strings.Contains(r.text(false), "nothing to switch"); quiet != (tc.want == nil) {
			t.Errorf("%v: it says\n%s", tc.patterns, r.text(false))
		}
	}
}

// A struct that is filled in the order of its fields is found when the order is
// another here, and only then.
func TestUnkeyedStructs(t *testing.T) {
	t.Parallel()
	known, err := knownAPI()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"Statistics": {"unkeyed main.go:11 Statistics"},
		"ServerInfo": nil, // there, but with names
	} {
		known.unkeyed = map[string]bool{name: true}
		r, err := check(Config{Patterns: []string{"./unkeyed"}, Dir: programs}, known)
		if err != nil {
			t.Fatal(err)
		}
		if got := found(r); !slices.Equal(got, want) {
			t.Errorf("with another %s: found %q, want %q", name, got, want)
		}
	}
}

// What another package of nats.go has and this library hadn't is found like what
// the root has.
func TestNamesOfOtherPackages(t *testing.T) {
	t.Parallel()
	look := func(change func(*api)) *Result {
		t.Helper()
		known, err := knownAPI()
		if err != nil {
			t.Fatal(err)
		}
		change(known)
		r, err := check(Config{Patterns: []string{"./services"}, Dir: programs}, known)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, tc := range []struct {
		change func(*api)
		want   []string
	}{
		{func(a *api) { delete(a.names, "micro.AddService") }, []string{"missing main.go:17 micro.AddService"}},
		{func(a *api) { delete(a.names, "micro.Service.Stop") }, []string{"missing main.go:33 micro.Service.Stop"}},
		{func(a *api) { delete(a.names, "micro.EndpointStats.NumRequests") }, []string{"missing main.go:25 micro.EndpointStats.NumRequests"}},
		{func(a *api) { delete(a.names, "micro.Config") }, []string{"missing main.go:17 micro.Config"}}, // not its fields
		{func(a *api) { delete(a.names, "encoders/builtin.JsonEncoder") }, []string{"missing main.go:28 encoders/builtin.JsonEncoder"}},
		{func(a *api) { a.unkeyed["micro.ServiceIdentity"] = true }, []string{"unkeyed main.go:26 micro.ServiceIdentity"}},
		{func(a *api) { a.used["micro.Request.Respond"] = "differs" }, []string{"differs main.go:23 micro.Request.Respond"}},
		{func(a *api) { a.compared["micro.ErrConfigValidation"] = "differs" }, []string{"differs main.go:18 micro.ErrConfigValidation"}},
		{func(a *api) { delete(a.packages, "micro") }, []string{"absent main.go:10 github.com/nats-io/nats.go/micro"}}, // not its names
	} {
		if got := found(look(tc.change)); !slices.Equal(got, tc.want) {
			t.Errorf("found %q, want %q", got, tc.want)
		}
	}
	r := look(func(a *api) {
		delete(a.names, "micro.Service.Stop")
		delete(a.names, "encoders/builtin.JsonEncoder")
	})
	for _, want := range []string{"builtin.JsonEncoder: not in", ": micro.Service.Stop: not in"} {
		if got := r.text(true); !strings.Contains(got, want) || strings.Contains(got, "nats.micro") || strings.Contains(got, "encoders/") {
			t.Errorf("it says\n%s\nand not %q", got, want)
		}
	}
}

func TestWhatCantBeChecked(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"./broken":             "main.go:6:20: undefined: nats.Nothing",
		"./nosuch":             "directory not found",
		"example.com/none/...": errNoPackages.Error(),
	} {
		c := Command{Packages: []string{pattern}, Dir: programs, Tests: true, Deps: true}
		var out strings.Builder
		err := c.run(&out)
		var uncheckable *Uncheckable
		if !errors.As(err, &uncheckable) || uncheckable.ExitCode() != 2 {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		if !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("%s: it says %q and prints %q, want %q", pattern, err, out.String(), want)
		}
		if n := strings.Count(err.Error(), want); n > 1 {
			t.Errorf("%s: it says the same %d times: %v", pattern, n, err)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		program  string
		findings int
		want     []string
		not      []string
	}{
		{"clean", 0, []string{"All of it can switch", "go mod edit -replace github.com/nats-io/nats.go=github.com/evernats/nats/natsgo@latest\n\tgo mod tidy\n", "Or change the import line"}, nil},
		{"compare", 7, []string{"compare/main.go:21:12: nats.ErrConnectionReconnecting: no call returns it here: Drain goes on through a reconnect until DrainTimeout (and in 1 place more, see --all)\n", "All of it compiles with evernats.\n7 places would behave differently", "compare/main.go:14:12: nats.ErrConnectionReconnecting: no call", "go mod tidy"}, []string{"main.go:23:"}},
		{"missing", 6, []string{"missing/main.go:19:29: nats.ObjectStoreConfig: not in evernats yet\n", "It doesn't compile with evernats yet: 6 names, in 6 places."}, []string{"go mod edit"}},
		{"throughlib", 1, []string{"in the library example.com/library v1.2.3\nlibrary.go:8:15: nats.JetStreamContext.ObjectStore: not in evernats yet\n", "by 1 of 1 package here and by 1 library"}, []string{"go mod edit"}},
		{"nothing", 0, []string{"nothing to switch"}, []string{"go mod edit"}},
	} {
		c := Command{Packages: []string{"./" + tc.program}, Dir: programs, Tests: true, Deps: true}
		var out strings.Builder
		err := c.run(&out)
		if n, ok := err.(Findings); err != nil && !ok || int(n) != tc.findings {
			t.Errorf("%s: %v, want %d findings", tc.program, err, tc.findings)
		}
		for _, want := range tc.want {
			if !strings.Contains(filepath.ToSlash(out.String()), want) {
				t.Errorf("%s: %q is missing in\n%s", tc.program, want, out.String())
			}
		}
		for _, not := range tc.not {
			if strings.Contains(out.String(), not) {
				t.Errorf("%s: %q is in\n%s", tc.program, not, out.String())
			}
		}
	}
}

func TestAllPlacesAreShownWhenAsked(t *testing.T) {
	t.Parallel()
	c := Command{Packages: []string{"./compare"}, Dir: programs, All: true}
	var out strings.Builder
	if err := c.run(&out); err != Findings(7) {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "main.go:23:29") || strings.Contains(out.String(), "--all") {
		t.Errorf("it prints\n%s", out.String())
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	c := Command{Packages: []string{"./absent"}, Dir: programs, Tests: true, Deps: true, JSON: true}
	var out strings.Builder
	if err := c.run(&out); err != Findings(1) {
		t.Fatal(err)
	}
	var r Result
	if err := json.Unmarshal([]byte(out.String()), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) != 1 || r.Findings[0].Kind != Absent || r.Findings[0].Line != 7 {
		t.Errorf("%+v", r)
	}
}

// A build in which natsgo stands in already isn't taken for one that can't switch.
func TestReplacedAlready(t *testing.T) {
	t.Parallel()
	r, err := Check(Config{Patterns: []string{"."}, Dir: filepath.Join("..", "..", "..", "examples", "library"), Deps: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Replaced != "../../natsgo" || len(r.Findings) != 0 || !strings.Contains(r.text(false), "nothing to check") {
		t.Errorf("%+v", r)
	}
}

// The table of differences speaks of names that are there.
func TestDifferencesAreReadable(t *testing.T) {
	known, err := knownAPI()
	if err != nil {
		t.Fatal(err)
	}
	if len(known.names) < 520 || len(known.packages) != 5 || len(known.compared) == 0 || len(known.used) == 0 {
		t.Errorf("%d names, %d and %d differences", len(known.names), len(known.compared), len(known.used))
	}
}

package apicompare

import (
	_ "embed"
	"slices"
	"strings"
	"testing"

	_ "github.com/nats-io/nats.go"
	_ "github.com/nats-io/nats.go/encoders/builtin"
	_ "github.com/nats-io/nats.go/micro"
)

const (
	referencePath = "github.com/nats-io/nats.go"
	oursPath      = "github.com/evernats/nats"

	// maxAllowed keeps the allow-list a list of exceptions.
	maxAllowed = 40
)

var (
	//go:embed testdata/core.txt
	coreList string
	//go:embed testdata/encoded.txt
	encodedList string
	//go:embed allow.txt
	allowList string
)

func mustLoad(t *testing.T, path string) []string {
	t.Helper()
	lines, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// core is what the root package has of nats.go's: the core and the encoded
// connection.
func core(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, list := range []struct {
		name, text string
		lines      int
	}{{"core.txt", coreList, 399}, {"encoded.txt", encodedList, 26}} {
		lines := strings.Split(strings.TrimSpace(list.text), "\n")
		if len(lines) != list.lines {
			t.Fatalf("testdata/%s has %d lines, want %d", list.name, len(lines), list.lines)
		}
		all = append(all, lines...)
	}
	return all
}

// The list that the comparison rests on must itself be true of nats.go, or a
// typing error in it would become our API.
func TestCoreListMatchesReference(t *testing.T) {
	reference := mustLoad(t, referencePath)
	for _, want := range core(t) {
		if !slices.Contains(reference, want) {
			t.Errorf("testdata has a line that nats.go hasn't:\n  %s\nnats.go has: %s",
				want, strings.Join(named(reference, Name(want)), "; "))
		}
	}
}

// Each declaration of the core API exists here with the same name, type,
// constant value and struct tag, or allow.txt says why it doesn't.
func TestSameAPI(t *testing.T) {
	ours := mustLoad(t, oursPath)
	allowed, err := ParseAllowList(allowList)
	if err != nil {
		t.Fatal(err)
	}
	if len(allowed) >= maxAllowed {
		t.Errorf("allow.txt has %d entries, want fewer than %d", len(allowed), maxAllowed)
	}
	for _, problem := range Compare(core(t), ours, allowed) {
		t.Error(problem)
	}
}

// Packages beside the root are compared as a whole: whatever nats.go's has, ours
// has, with no exceptions.
func TestSameAPIOfPackages(t *testing.T) {
	for _, p := range []struct {
		name  string
		lines int // of nats.go's, so that a list that is read wrong is no success
	}{{"micro", 121}, {"encoders/builtin", 9}} {
		t.Run(p.name, func(t *testing.T) {
			reference := mustLoad(t, referencePath+"/"+p.name)
			if len(reference) != p.lines {
				t.Errorf("nats.go has %d declarations, want %d", len(reference), p.lines)
			}
			for _, problem := range Compare(reference, mustLoad(t, oursPath+"/"+p.name), nil) {
				t.Error(problem)
			}
		})
	}
}

// A type of the core list whose exported fields or methods differ beyond that
// list would break a program that embeds, converts or builds it without keys.
func TestSameTypesBeyondTheCoreList(t *testing.T) {
	reference, ours := mustLoad(t, referencePath), mustLoad(t, oursPath)
	allowed, err := ParseAllowList(allowList)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"type ", "const ", "var Err"} {
		for _, line := range reference {
			if !strings.HasPrefix(line, kind) {
				continue
			}
			got := named(ours, Name(line))
			if len(got) > 0 && !slices.Contains(got, line) && !allowed.Has(line) {
				t.Errorf("same name, other declaration:\n  nats.go:  %s\n  evernats: %s", line, got)
			}
		}
	}
}

// Structs have nats.go's fields first and in its order, and ours behind them: a
// program that writes one without keys, or converts it, meets no other.
func TestFieldsStandInTheSameOrder(t *testing.T) {
	reference, err := Fields(referencePath)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := Fields(oursPath)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for name, got := range ours {
		want := reference[name]
		if want == nil {
			continue
		}
		compared++
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s has the fields\n  %v\nnats.go has\n  %v", name, got, want)
		}
	}
	if compared < 6 {
		t.Errorf("only %d structs compared", compared)
	}
}

func TestCompareReportsEachKindOfDifference(t *testing.T) {
	reference := []string{
		"const A untyped int = 1",
		"field T.F int `json:\"f\"`",
		"func Gone()",
		"func Same(a int) error",
		"method (*T) M(x int)",
	}
	ours := []string{
		"const A untyped int = 2",
		"field T.F int",
		"func Extra()",
		"func Same(a int) error",
		"method (*T) M(x string)",
	}
	for _, tc := range []struct {
		name, allow string
		want        []string
	}{
		{"nothing allowed", "", []string{"const A", "field T.F", "func Gone", "method (*T) M"}},
		{"all explained", strings.Join([]string{
			"const A untyped int = 1 # why",
			"field T.F int `json:\"f\"` # why",
			"func Gone() # why",
			"method (*T) M(x int) # why",
		}, "\n"), nil},
		{"unused entry", strings.Join([]string{
			"const A untyped int = 1 # why",
			"field T.F int `json:\"f\"` # why",
			"func Gone() # why",
			"func Same(a int) error # why",
			"method (*T) M(x int) # why",
		}, "\n"), []string{"func Same"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			allowed, err := ParseAllowList(tc.allow)
			if err != nil {
				t.Fatal(err)
			}
			got := Compare(reference, ours, allowed)
			if len(got) != len(tc.want) {
				t.Fatalf("got %d problems %q, want %d", len(got), got, len(tc.want))
			}
			for i, want := range tc.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("problem %d is %q, want it to name %q", i, got[i], want)
				}
			}
		})
	}
}

func TestParseAllowListRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no reason":    "func Gone()",
		"empty reason": "func Gone() # ",
		"twice":        "func Gone() # a\nfunc Gone() # b",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseAllowList(text); err == nil {
				t.Errorf("ParseAllowList(%q) accepted it", text)
			}
		})
	}
}

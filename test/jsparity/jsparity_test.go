package jsparity

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	ours "github.com/evernats/nats/test/jsparity/evernats"
	reference "github.com/evernats/nats/test/jsparity/natsgo"
	"github.com/evernats/nats/test/jsparity/twins"
	"github.com/evernats/nats/test/parity/env"
)

const hang = 2 * env.Patience

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	code := m.Run()
	// nats.go keeps some of its own; those of ours must be gone.
	if err := goleak.Find(); code == 0 && err != nil && (strings.Contains(err.Error(), "github.com/evernats/nats/jetstream") || strings.Contains(err.Error(), "github.com/evernats/nats.(*js")) {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func TestTwinsDifferInTheImportLinesOnly(t *testing.T) {
	paths, err := filepath.Glob("natsgo/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%v, %v", paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		twin, err := os.ReadFile(filepath.Join("evernats", filepath.Base(path)))
		if err != nil || !bytes.Equal(twin, twins.Of(text)) {
			t.Errorf("%s has no true twin: run go generate (%v)", path, err)
		}
	}
}

func TestScenarios(t *testing.T) {
	twin := map[string]env.Scenario{}
	for _, s := range ours.All() {
		twin[s.Name] = s
	}
	all := reference.All()
	if len(all) < 147 {
		t.Errorf("%d scenarios, want at least 140", len(all))
	}
	explained := map[string]bool{}
	for _, s := range all {
		explained[s.Name] = true
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			ref, ok := run(t, "nats.go", s, reference.Sentinels())
			our, okOurs := run(t, "evernats", twin[s.Name], ours.Sentinels())
			if !ok || !okOurs {
				return
			}
			got, want := strings.Join(env.Compare(ref, our), "\n"), strings.TrimSpace(better[s.Name].diff)
			if got != want {
				t.Errorf("the libraries differ:\n%s\nand what is explained is:\n%s", got, want)
			}
		})
	}
	for name, b := range better {
		if !explained[name] || b.why == "" {
			t.Errorf("%q is explained by %q, and there is no such scenario or no reason", name, b.why)
		}
	}
}

// run tells the story to one library.
func run(t *testing.T, library string, s env.Scenario, sentinels []env.Sentinel) (transcript []env.Lane, ok bool) {
	ok = t.Run(library, func(t *testing.T) {
		e := env.New(t, sentinels)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Run(e)
		}()
		select {
		case <-done:
		case <-time.After(hang):
			t.Errorf("still at it after %s:\n%s", hang, e.Dump())
		}
		transcript = e.Transcript()
		if len(transcript) == 0 {
			t.Error("the scenario notes nothing")
		}
	})
	return transcript, ok
}

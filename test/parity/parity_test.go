package parity

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	ours "github.com/evernats/nats/test/parity/evernats"

	"github.com/evernats/nats/test/leak"
	"github.com/evernats/nats/test/parity/env"
	reference "github.com/evernats/nats/test/parity/natsgo"
	"github.com/evernats/nats/test/parity/twin"
)

// hang is longer than any wait of a scenario.
const hang = 2 * env.Patience

// Scenarios mostly wait for servers, so several run at once on few cores.
const parallel = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", parallel); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(leak.Rested{TestingM: m})
}

func TestTwinsDifferInTheImportLinesOnly(t *testing.T) {
	want, err := twin.Files(twin.ReferenceDir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := twin.Files(twin.OursDir)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		imports := 0
		for _, i := range twin.Imports {
			n := bytes.Count(text, []byte(i.Reference))
			if n > 1 {
				t.Errorf("%s has the import line %q %d times", name, i.Reference, n)
			}
			imports += n
		}
		if all := bytes.Count(text, []byte(`"github.com/nats-io/nats.go`)); imports == 0 || imports != all {
			t.Errorf("%s imports %d packages of nats.go, of which %d have a twin", name, all, imports)
		}
		if !bytes.Equal(got[name], twin.Of(text)) {
			t.Errorf("%s is not the twin of its original: run go generate", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s has no original: run go generate", name)
		}
	}
}

func TestScenarios(t *testing.T) {
	twins := map[string]env.Scenario{}
	for _, s := range ours.All() {
		twins[s.Name] = s
	}
	better := readBetter(t)
	all := reference.All()
	if len(all) < 60 {
		t.Errorf("%d scenarios, want at least 60", len(all))
	}
	seen := map[string]bool{}
	for _, s := range all {
		if seen[fileName(s.Name)] {
			t.Errorf("two scenarios are named %s", s.Name)
		}
		seen[fileName(s.Name)] = true
	}
	for name := range better {
		if !seen[name] {
			t.Errorf("testdata/better explains %s, which is no scenario", name)
		}
	}
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			ref, ok := run(t, "nats.go", s, reference.Sentinels())
			our, okOurs := run(t, "evernats", twins[s.Name], ours.Sentinels())
			if !ok || !okOurs {
				return
			}
			explained := better[fileName(s.Name)]
			if got, want := strings.Join(env.Compare(ref, our), "\n"), strings.Join(explained.diff, "\n"); got != want {
				t.Errorf("the libraries differ:\n%s\n%s", got, explained)
			}
			for _, wording := range env.Wordings(ref, our) {
				t.Logf("other words: %s", wording)
			}
		})
	}
}

// fileName is a scenario's name as that of a file can hold it.
func fileName(name string) string {
	return strings.NewReplacer("/", "-", ":", "", ",", "").Replace(name)
}

// run tells the story to one library. It is a subtest so that its world is
// gone before the other one's begins.
func run(t *testing.T, library string, s env.Scenario, sentinels []env.Sentinel) (transcript []env.Lane, ok bool) {
	ok = t.Run(library, func(t *testing.T) {
		e := env.New(t, sentinels)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Run(e)
		}()
		// A call that never returns must not cost the other scenarios' results.
		select {
		case <-done:
		case <-time.After(hang):
			t.Errorf("still at it after %s:\n%s", hang, e.Dump())
		}
		transcript = e.Transcript()
		if len(transcript) == 0 {
			t.Error("the scenario notes nothing")
		}
		if os.Getenv("PARITY_SHOW") != "" {
			t.Log("\n" + strings.TrimSpace(e.Dump()))
		}
	})
	return transcript, ok
}

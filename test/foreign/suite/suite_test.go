package main

import (
	"slices"
	"strings"
	"testing"
)

func TestFailuresAreExplained(t *testing.T) {
	all, err := readExpected()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Errorf("%d explanations", len(all))
	}
	e := expected{"TestA": "a", "TestB/b": "b"}
	for name, want := range map[string]string{"TestA": "a", "TestA/x/y": "a", "TestB": "", "TestB/b": "b", "TestB/bc": "", "TestC": ""} {
		if why, ok := e.why(name); why != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", name, why, ok)
		}
	}
}

func TestOnlyTheInnermostFailureCounts(t *testing.T) {
	got := leaves([]string{"TestA/x/y", "TestA/x", "TestA", "TestB", "TestBC/z", "TestBC"})
	if want := []string{"TestA/x/y", "TestB", "TestBC/z"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestImportsAreChanged(t *testing.T) {
	got := string(changed([]byte(`import (
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/encoders/protobuf/testdata"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)
	c.WaitForJetStream(t, nc)`)))
	want := `import (
	"github.com/evernats/nats"
	"suite/protobuf/testdata"
	"github.com/evernats/nats/jetstream"
	"github.com/nats-io/nuid"
)
	waitForJetStream(t, nc)`
	if got != want {
		t.Errorf("got:\n%s", got)
	}
	if !strings.Contains(waiting, "func waitForJetStream(t testing.TB, nc *nats.Conn)") {
		t.Error("nobody waits")
	}
}

package storm

import (
	"bytes"
	"strings"
	"testing"
)

// Clients that were all given the URL of one server are spread over the cluster after
// a few rounds of kicks, whatever their policy.
func TestKickedClientsSpread(t *testing.T) {
	c, err := parse(t, "--scenario", "kick", "--clients", "3000", "--compare")
	if err != nil {
		t.Fatal(err)
	}
	results, err := c.simulateAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		first, last := r.Rounds[0], r.Rounds[len(r.Rounds)-1]
		if crowdText(first) != "3,000 + 0 + 0" || crowdText(last) != "1,000 + 1,000 + 1,000" {
			t.Errorf("%s: from %v to %v", r.Policy.Name, first, last)
		}
		if n := len(r.Rounds) - 1; n > 10 {
			t.Errorf("%s: %d rounds", r.Policy.Name, n)
		}
		if r.Losses < 2000 || r.GaveUp != 0 {
			t.Errorf("%s: %+v", r.Policy.Name, r.Counts)
		}
	}
	var b bytes.Buffer
	writeTable(&b, results)
	for _, want := range []string{"kicked.", "rounds of kicks", "at first        3,000 + 0 + 0\n", "1,000 + 1,000 + 1,000"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table doesn't say %q:\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := writeJSON(&b, results); err != nil || !strings.Contains(b.String(), "clientsOfEachServerByRound") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// An operator whose clients have nowhere to go gives up in the end.
func TestKicksEnd(t *testing.T) {
	r := simulate(t, small(t, "--scenario", "kick", "--servers", "1"))
	if len(r.Rounds) != 1 || r.Losses != 0 {
		t.Errorf("%d rounds with one server, %d losses", len(r.Rounds)-1, r.Losses)
	}
	_, err := parse(t, "--scenario", "kick", "--pause", "0s")
	if err == nil || !strings.Contains(err.Error(), "--pause is 0") {
		t.Errorf("without a pause: %v", err)
	}
}

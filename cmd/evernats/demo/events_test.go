package demo

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestEventLines(t *testing.T) {
	var out bytes.Buffer
	e := newEvents(&Screen{W: &out})
	e.add(kindStep, "", "3 servers up", 80*time.Millisecond)
	e.add(kindConnected, "server 1", "given this one URL", 1500*time.Microsecond)
	e.discovered("server 2")
	e.discovered("server 2")
	e.add(kindDisconnected, "", "connection reset by peer", 0)
	e.add(kindInDoubt, "server 1", "2 messages written but not confirmed", 0)
	e.failedAttempt()
	e.add(kindReconnected, "server 2", "", 0)
	e.add(kindError, "", "slow consumer", 0)
	if e.expectEnd() {
		t.Error("closed before it was")
	}
	e.add(kindClosed, "", "for good", 0)

	elapsed := regexp.MustCompile(`(?m)^ +\d+\.\d{3}s  |after [\d.]+ [µm]s`)
	const want = `— 3 servers up (80.0 ms)
connected     to server 1 in 1.5 ms, given this one URL
discovered    server 2
disconnected  from server 1 #: connection reset by peer
in doubt      2 messages written but not confirmed to server 1
reconnected   to server 2 #, 1 failed attempt
error         slow consumer
`
	got := elapsed.ReplaceAllStringFunc(out.String(), func(s string) string {
		if strings.HasPrefix(s, "after") {
			return "#"
		}
		return ""
	})
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if n := len(e.list()); n != 7 {
		t.Errorf("%d events, want 7: what is told after the expected end doesn't count", n)
	}
}

// A busy machine can deliver the call for the return before that for the loss.
func TestLossAndReturnMaySwap(t *testing.T) {
	e := newEvents(&Screen{W: new(bytes.Buffer)})
	e.add(kindConnected, "server 1", "", 0)
	e.add(kindReconnected, "server 2", "", 0)
	if losses, back := e.balance(); losses != 0 || !back {
		t.Error(losses, back)
	}
	e.add(kindDisconnected, "", "", 0)
	if losses, back := e.balance(); losses != 1 || !back || len(e.gaps()) != 1 {
		t.Error(losses, back, e.gaps())
	}
	e.add(kindDisconnected, "", "", 0)
	if losses, back := e.balance(); losses != 2 || back {
		t.Error(losses, back)
	}
	e.add(kindClosed, "", "", 0)
	if !e.expectEnd() {
		t.Error("the connection was closed unasked and nobody noticed")
	}
}

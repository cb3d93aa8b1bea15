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

func TestScreen(t *testing.T) {
	var out bytes.Buffer
	plain := &Screen{W: &out}
	plain.Progress("1 message")
	plain.Line("killed")
	plain.Progress("2 messages")
	plain.End()
	if out.String() != "1 message\nkilled\n2 messages\n" {
		t.Errorf("without a terminal: %q", out.String())
	}
	out.Reset()
	terminal := &Screen{W: &out, Terminal: true}
	terminal.Progress("1 message")
	terminal.Line("killed")
	terminal.End()
	terminal.End()
	if want := eraseLine + "1 message" + eraseLine + "killed\n1 message" + eraseLine; out.String() != want {
		t.Errorf("on a terminal: %q", out.String())
	}
}

// What is drawn over must fit one row; what stays may take more.
func TestScreenOfANarrowTerminal(t *testing.T) {
	for _, tc := range []struct {
		width int
		shown string
	}{{11, "10 µs pass"}, {12, "10 µs passe"}, {13, "10 µs passed"}, {1, "10 µs passed"}, {0, "10 µs passed"}} {
		var out bytes.Buffer
		terminal := &Screen{W: &out, Terminal: true, Width: func() int { return tc.width }}
		terminal.Progress("10 µs passed")
		terminal.Line("a line that stays")
		if want := eraseLine + tc.shown + eraseLine + "a line that stays\n" + tc.shown; out.String() != want {
			t.Errorf("with %d columns: %q, want %q", tc.width, out.String(), want)
		}
	}
}

func TestFigures(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 µs", 138 * time.Microsecond: "138 µs", 1100 * time.Microsecond: "1.1 ms",
		231 * time.Millisecond: "231 ms", 2660 * time.Millisecond: "2.66 s",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v is shown as %s", d, got)
		}
	}
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is shown as %s", n, got)
		}
	}
	if count(1, "message") != "1 message" || count(2000, "message") != "2,000 messages" {
		t.Error(count(1, "message"), count(2000, "message"))
	}
}

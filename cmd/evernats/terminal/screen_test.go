package terminal

import (
	"bytes"
	"testing"
	"time"
)

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
		if got := Duration(d); got != want {
			t.Errorf("%v is shown as %s", d, got)
		}
	}
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := Thousands(n); got != want {
			t.Errorf("%d is shown as %s", n, got)
		}
	}
	if Count(1, "message") != "1 message" || Count(2000, "message") != "2,000 messages" {
		t.Error(Count(1, "message"), Count(2000, "message"))
	}
}

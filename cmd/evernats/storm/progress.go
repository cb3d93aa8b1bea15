package storm

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/evernats/nats/cmd/evernats/terminal"
)

const (
	eraseLine = "\r\x1b[K"
	barWidth  = 30
)

// bar shows how far a simulation is: one line that is drawn over on a terminal,
// a plain line every few seconds elsewhere.
type bar struct {
	f        *os.File
	terminal bool
	what     string
	drawn    time.Time
	open     bool
}

func newBar(f *os.File) *bar {
	return &bar{f: f, terminal: terminal.Is(f)}
}

func (b *bar) begin(i, of int, name string) {
	b.what = name
	if of > 1 {
		b.what = fmt.Sprintf("%d/%d %s", i, of, name)
	}
	b.drawn = time.Now()
	if b.terminal {
		b.draw(eraseLine + b.what + ": connecting the clients …")
	}
}

func (b *bar) show(p Progress) {
	every := 5 * time.Second
	if b.terminal {
		every = 100 * time.Millisecond
	}
	if time.Since(b.drawn) < every {
		return
	}
	b.drawn = time.Now()
	line := b.line(p)
	if b.terminal {
		b.draw(eraseLine + line)
		return
	}
	fmt.Fprintln(b.f, line)
}

func (b *bar) line(p Progress) string {
	part := float64(p.Counts.Connected) / float64(max(p.Clients, 1))
	full := int(part * barWidth)
	s := fmt.Sprintf("%s  [%s%s] %5.1f %% connected  %6.1f s  %s attempts",
		b.what, strings.Repeat("█", full), strings.Repeat("░", barWidth-full),
		100*part, p.Virtual.Seconds(), thousands(p.Counts.Attempts))
	if p.Counts.GaveUp > 0 {
		s += fmt.Sprintf("  %s gave up", thousands(p.Counts.GaveUp))
	}
	return s
}

func (b *bar) draw(s string) {
	fmt.Fprint(b.f, s)
	b.open = true
}

func (b *bar) end() {
	if b.open {
		fmt.Fprint(b.f, eraseLine)
	}
	b.open = false
}

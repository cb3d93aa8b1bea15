package demo

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Screen shows a run as it goes: lines that stay and, on a terminal, one line of
// figures below them that is drawn over.
type Screen struct {
	W        io.Writer
	Terminal bool
	Width    func() int // the terminal's columns; nil or 0 when they aren't known

	mu       sync.Mutex
	progress string
}

const eraseLine = "\r\x1b[K"

// Line shows a line that stays.
func (s *Screen) Line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.Terminal {
		fmt.Fprintln(s.W, text)
		return
	}
	fmt.Fprint(s.W, eraseLine, text, "\n", s.progress)
}

// Progress shows the figures of the moment.
func (s *Screen) Progress(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.Terminal {
		fmt.Fprintln(s.W, text)
		return
	}
	s.progress = s.fit(text)
	fmt.Fprint(s.W, eraseLine, s.progress)
}

// fit cuts a line to what the terminal has room for: one that goes on in a second
// row can't be drawn over. The last column stays free, since some terminals begin
// the next row with it.
func (s *Screen) fit(text string) string {
	if s.Width == nil {
		return text
	}
	runes := []rune(text)
	if room := s.Width() - 1; room > 0 && len(runes) > room {
		return string(runes[:room])
	}
	return text
}

// End takes the figures away.
func (s *Screen) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Terminal && s.progress != "" {
		fmt.Fprint(s.W, eraseLine)
		s.progress = ""
	}
}

// clock is a time since the start, in a column of its own.
func clock(d time.Duration) string { return fmt.Sprintf("%7.3fs", d.Seconds()) }

// duration shows three digits or so, in the unit that suits.
func duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.0f µs", float64(d)/float64(time.Microsecond))
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", ms(d))
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", ms(d))
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// thousands groups the digits of a number.
func thousands(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(uint64(n)) + " " + noun + "s"
}

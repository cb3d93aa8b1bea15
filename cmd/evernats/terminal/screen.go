package terminal

import (
	"fmt"
	"io"
	"sync"
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

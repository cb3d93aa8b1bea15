package send

import "time"

// A writer whose connection has something to write again and again lingers: starting a
// goroutine takes more of a publisher's time than waking one.
const (
	// lingerGap is how soon after the last write the next one must begin, and lingerAfter
	// how often in a row, for the writer to linger.
	lingerGap   = 100 * time.Millisecond
	lingerAfter = 32
	// lingerFor is how long it does without anything to write, up to twice that.
	lingerFor = time.Second
)

// lingering is what a connection has whose writer has lingered.
type lingering struct {
	more  chan struct{} // there is something to write; closed when the writer is to end
	timer *time.Timer
	set   bool // the timer is
	used  bool // the writer was woken since it was set
}

// quick notes that the writer begins; the writer's own.
func (s *Sender) quick(begin time.Duration) {
	switch {
	case begin-time.Duration(s.progress.Load()) > lingerGap:
		s.begins = 0
	case s.begins < lingerAfter:
		s.begins++
	}
}

// lingerLocked is called by the writer when it has nothing more to do. It returns what
// it is to wait on, or nil if it is to end.
func (s *Sender) lingerLocked() <-chan struct{} {
	if s.begins < lingerAfter || s.link == nil || s.writing {
		return nil
	}
	b := s.busyLocked()
	if b.linger == nil {
		b.linger = new(lingering)
	}
	g := b.linger
	if g.more == nil {
		g.more = make(chan struct{}, 1)
	}
	if !g.set {
		g.set = true
		s.arm(&g.timer, lingerFor, (*Sender).lingerDue)
	}
	s.lingers = true
	return g.more
}

// rouseLocked has a writer that lingers go on.
func (s *Sender) rouseLocked() {
	g := s.busy.linger
	s.lingers, g.used = false, true
	g.more <- struct{}{} // there is room: it was taken before the writer lingered again
}

// dismissLocked has a writer that lingers end.
func (s *Sender) dismissLocked() {
	if s.lingers {
		g := s.busy.linger
		s.lingers = false
		close(g.more)
		g.more = nil
	}
}

// lingerDue is the timer's.
func (s *Sender) lingerDue() {
	s.mu.Lock()
	g := s.busy.linger
	g.set = false
	switch {
	case !s.lingers: // it writes, and sets the timer when it lingers again
	case g.used:
		g.used, g.set = false, true
		g.timer.Reset(lingerFor)
	default:
		s.dismissLocked()
	}
	s.mu.Unlock()
}

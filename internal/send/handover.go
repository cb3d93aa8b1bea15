package send

// Beside queues control frames that aren't of the table's, in their place behind what
// is queued by now. Without a link they are forgotten.
func (s *Sender) Beside(frames []byte) {
	s.mu.Lock()
	if s.link != nil {
		s.buf.Control(frames)
		s.kickLocked()
	}
	s.mu.Unlock()
}

// Hold stops writing to the link, with control frames behind what was written, and
// returns a channel that is closed when the server has all of that, or the link is gone.
// What is published from then on waits for Switch, or the next link. It is nil when
// that can't be done now: writing waits for something else, or there is no link.
func (s *Sender) Hold(frames []byte) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || s.broken || s.refused == Closed || s.busy != nil && s.busy.settled != nil || !s.buf.SealBehind(frames) {
		return nil
	}
	held := make(chan struct{})
	s.busyLocked().settled = held
	s.kickLocked()
	return held
}

// Switch puts a fresh link to use in the place of one that was held, and that has
// answered for all that it was ever given: nothing is lost, in doubt or sent again, and
// nobody who publishes or waits notices. Where that isn't so it does nothing; busy says
// that it may be so in a moment, when a write has come back.
func (s *Sender) Switch(l Link, p Prefix) (done, busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.link == nil || s.broken || s.refused == Closed || !s.buf.Sealed() || s.buf.Unconfirmed().Msgs > 0:
		return false, false
	case s.writing:
		return false, true
	}
	s.buf.GaveUp() // the queue stays; the fences in it are asked for again
	s.wantFence = false
	s.attachLocked(l, p)
	return true, false
}

package nats

import "time"

const (
	// settleLimit bounds how long a link that is left voluntarily is waited for, and
	// settlePatience how long while nothing moves.
	settleLimit    = 2 * time.Second
	settlePatience = 500 * time.Millisecond
	settleStep     = 10 * time.Millisecond
)

// seal stops writing to the link, and returns a channel that is closed when the
// server has all that was written; nil if there is nothing to wait for.
func (s *sender) seal() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || s.link.Broken() != nil || s.refused == ErrConnectionClosed || !s.buf.Seal() {
		return nil
	}
	s.settled = make(chan struct{})
	s.kickLocked()
	return s.settled
}

// awaitSettled waits as long as the link moves, and for a limited time.
func (s *sender) awaitSettled(l *link, settled <-chan struct{}) {
	tick := time.NewTicker(settleStep)
	defer tick.Stop()
	begin := time.Since(s.nc.start)
	moved, reads := begin, l.Reads()
	for {
		select {
		case <-settled:
			return
		case <-tick.C:
		}
		now := time.Since(s.nc.start)
		if n := l.Reads(); n != reads || l.GetsOn(now, now-settleStep) {
			reads, moved = n, now
		}
		moved = max(moved, time.Duration(s.progress.Load()))
		if now-begin >= settleLimit || now-moved >= settlePatience {
			return
		}
	}
}

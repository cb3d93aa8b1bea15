package send

import "time"

const (
	// settleLimit bounds how long a link that is left voluntarily is waited for, and
	// settlePatience how long while nothing moves.
	settleLimit    = 2 * time.Second
	settlePatience = 500 * time.Millisecond
	settleStep     = 10 * time.Millisecond
	// closePatience is how long Close itself waits without progress.
	closePatience = time.Millisecond
)

// Seal stops writing to the link, and returns a channel that is closed when the
// server has all that was written, or the link is gone; nil if there is nothing to
// wait for.
func (s *Sender) Seal() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || s.broken || s.refused == Closed || !s.buf.Seal() {
		return nil
	}
	settled := make(chan struct{})
	s.busyLocked().settled = settled
	s.kickLocked()
	return settled
}

func (s *Sender) settledLocked() {
	if s.busy != nil && s.busy.settled != nil {
		close(s.busy.settled)
		s.busy.settled = nil
	}
}

// AwaitSettled waits for what Seal returned as long as the link moves, and for a
// limited time.
func (s *Sender) AwaitSettled(l Link, settled <-chan struct{}) {
	tick := time.NewTicker(settleStep)
	defer tick.Stop()
	begin := s.clock()
	moved, reads := begin, l.Reads()
	for {
		select {
		case <-settled:
			return
		case <-tick.C:
		}
		now := s.clock()
		if n := l.Reads(); n != reads || getsOn(l, now, now-settleStep) {
			reads, moved = n, now
		}
		moved = max(moved, time.Duration(s.progress.Load()))
		if now-begin >= settleLimit || now-moved >= settlePatience {
			return
		}
	}
}

// SettleForClose waits until the server has what was published, and gives up after
// a moment without progress. It returns nil when there is nothing more to wait for,
// else a channel that brings the end. Closing the socket any sooner could cost
// what it has taken: when an answer to a PING meets a closed socket, the system
// resets the connection, and what is under way is gone.
func (s *Sender) SettleForClose() <-chan error {
	s.mu.Lock()
	if s.link == nil || !s.writing && s.buf.Size() == 0 && s.buf.Unconfirmed().Msgs == 0 {
		s.mu.Unlock()
		return nil
	}
	s.buf.Unseal() // what a voluntary reconnect would have kept for the next link
	w := s.awaitLocked(s.buf.Seq(), false)
	s.waits.closer = w
	s.kickLocked()
	s.mu.Unlock()
	t := time.NewTimer(closePatience)
	defer t.Stop()
	for {
		s.mu.Lock()
		if s.link == nil {
			s.mu.Unlock()
			return nil
		}
		room := s.roomLocked()
		s.mu.Unlock()
		select {
		case <-w.done:
			return nil
		case <-room:
			t.Reset(closePatience)
		case <-t.C:
			return w.done
		}
	}
}

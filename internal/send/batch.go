package send

import "time"

const (
	// gatherBytes is how much gathers while messages come in a stream. Whoever
	// publishes then writes it by itself: its bytes are still in that processor's
	// cache, and no writer on another one fights for the lock.
	gatherBytes = 64 << 10
	// gatherFor bounds how long less than that waits for more.
	gatherFor = 200 * time.Microsecond
	// gatherLeast is what must have come within gatherFor for a stream to go on.
	gatherLeast = 8 << 10
)

// dueLocked says whether what is queued should be written by now.
func (s *Sender) dueLocked() bool {
	return !s.gathering || s.buf.Size() >= gatherBytes
}

// leaveLocked says whether whoever wrote n bytes to l may leave: nothing is left to
// write, or so little that more may join it.
func (s *Sender) leaveLocked(l Link, n int) bool {
	if s.link != l || s.wantFence || s.owed > 0 || s.busy != nil && s.busy.detached != nil {
		return false
	}
	s.gathering = s.now && n >= gatherLeast && s.buf.Size() < gatherBytes &&
		s.cfg.Limit >= 4*gatherBytes && s.refused == 0
	if !s.gathering {
		return !s.buf.Ready()
	}
	s.arm(&s.busyLocked().gather, gatherFor, (*Sender).gatherDue)
	return true
}

// gatherDue is the timer's: what has gathered waits no longer.
func (s *Sender) gatherDue() {
	s.mu.Lock()
	switch {
	case !s.gathering || s.writing:
	case s.buf.Size() == 0:
		s.gathering = false
	default:
		s.sendLocked()
	}
	s.mu.Unlock()
}

package nats

import "time"

const (
	// quietBefore is how long the socket must have had nothing to take for whoever
	// waits for an answer to write by itself: that spares a lone request the
	// writer's waking up, while what comes in quick succession is gathered by the
	// writer.
	quietBefore = 30 * time.Microsecond
	// gatherBytes is how much gathers while messages come in a stream. Whoever
	// publishes then writes it by itself: its bytes are still in that processor's
	// cache, and no writer on another one fights for the lock.
	gatherBytes = 64 << 10
	// gatherFor bounds how long less than that waits for more.
	gatherFor = 200 * time.Microsecond
	// gatherLeast is what must have come within gatherFor for a stream to go on.
	gatherLeast = 8 << 10
)

// gathering is the state of a stream of messages, guarded by the sender's lock.
type gathering struct {
	on    bool // what is queued waits until it is gatherBytes, or for the timer
	timer *time.Timer
}

// dueLocked says whether what is queued should be written by now.
func (s *sender) dueLocked() bool {
	return !s.gather.on || s.buf.Size() >= gatherBytes
}

// sendLocked sees to it that what is queued gets written. In a stream of
// messages, and after a quiet moment, it hands the system as much as it takes at
// once, without the lock and without ever waiting; otherwise, and for the rest,
// the writer does it. It is called and returns with the lock held.
func (s *sender) sendLocked() {
	l := s.link
	if s.writing || l == nil || l.Broken() != nil {
		return
	}
	now := time.Since(s.nc.start)
	if !l.WritesNow() || !s.gather.on && now-time.Duration(s.progress.Load()) < quietBefore {
		s.kickLocked()
		return
	}
	s.fences.beforeBatchLocked(s)
	batch := s.buf.Batch(s.batch[:0], gatherBytes)
	if len(batch) == 0 {
		return
	}
	s.writing = true // nobody else writes meanwhile
	s.batch = batch
	s.mu.Unlock()
	n, _ := l.TryWrite(batch...) // the writer finds out about an error
	s.mu.Lock()
	all := n == s.buf.Out()
	clear(batch)
	s.progress.Store(int64(now))
	s.buf.Wrote(n)
	s.earlyPongsLocked()
	s.written += uint64(n)
	s.wakeLocked()
	if all && s.leaveLocked(l, n) {
		s.writing = false
		return
	}
	s.starting = true
	go s.run()
}

// leaveLocked says whether whoever wrote n bytes to l may leave: nothing is left to
// write, or so little that more may join it.
func (s *sender) leaveLocked(l *link, n int) bool {
	if s.link != l || s.fences.want || s.controls.owed > 0 || len(s.detached) > 0 {
		return false
	}
	s.gather.on = l.WritesNow() && n >= gatherLeast && s.buf.Size() < gatherBytes &&
		s.limit >= 4*gatherBytes && s.refused == nil
	if !s.gather.on {
		return !s.buf.Ready()
	}
	if s.gather.timer == nil {
		s.gather.timer = time.AfterFunc(gatherFor, s.gatherDue)
	} else {
		s.gather.timer.Reset(gatherFor)
	}
	return true
}

// gatherDue is the timer's: what has gathered waits no longer.
func (s *sender) gatherDue() {
	s.mu.Lock()
	switch {
	case !s.gather.on || s.writing:
	case s.buf.Size() == 0:
		s.gather.on = false
	default:
		s.sendLocked()
	}
	s.mu.Unlock()
}

package send

import "time"

// quietBefore is how long the socket must have had nothing to take for whoever
// waits for an answer to write by itself: that spares a lone request the
// writer's waking up, while what comes in quick succession is gathered by the
// writer.
const quietBefore = 30 * time.Microsecond

// sendLocked sees to it that what is queued gets written. In a stream of
// messages, and after a quiet moment, it hands the system as much as it takes at
// once, without the lock and without ever waiting; otherwise, and for the rest,
// the writer does it. It is called and returns with the lock held.
func (s *Sender) sendLocked() {
	l := s.link
	if s.writing || l == nil || s.broken {
		return
	}
	now := s.clock()
	if !s.now || !s.gathering && now-time.Duration(s.progress.Load()) < quietBefore {
		s.kickLocked()
		return
	}
	s.fenceBeforeBatchLocked()
	list := s.listLocked()
	batch := s.buf.Batch(*list, gatherBytes)
	*list = batch
	if len(batch) == 0 {
		s.putListLocked(list)
		return
	}
	s.writing = true // nobody else writes meanwhile
	s.mu.Unlock()
	n := l.WriteNow(batch) // the writer finds out about an error
	s.mu.Lock()
	s.putListLocked(list)
	all := n == s.buf.Out()
	s.progress.Store(int64(now))
	s.wroteLocked(n)
	s.wakeLocked()
	if all && s.leaveLocked(l, n) {
		s.writing = false
		return
	}
	s.startLocked()
}

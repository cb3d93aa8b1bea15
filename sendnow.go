package nats

import "time"

// quietBefore is how long the socket must have had nothing to take for a publish
// to write by itself: that spares a lone message the writer's waking up, while
// what comes in quick succession is gathered by the writer.
const quietBefore = 30 * time.Microsecond

// sendLocked sees to it that what is queued gets written. After a quiet moment it
// hands the system as much as it takes at once, without the lock and without ever
// waiting; otherwise, and for the rest, the writer does it. It is called and
// returns with the lock held.
func (s *sender) sendLocked() {
	l := s.link
	if s.writing || l == nil || l.broken.Load() != nil {
		return
	}
	now := time.Since(s.nc.start)
	if l.now == nil || now-time.Duration(s.progress.Load()) < quietBefore {
		s.kickLocked()
		return
	}
	s.fences.beforeBatchLocked(s)
	batch := s.buf.Batch(s.batch[:0], writeBatch)
	if len(batch) == 0 {
		return
	}
	s.writing = true // nobody else writes meanwhile
	s.batch = batch
	s.mu.Unlock()
	n, _ := l.now.Write(batch[0]) // the writer finds out about an error
	s.mu.Lock()
	clear(batch)
	s.progress.Store(int64(now))
	s.buf.Wrote(n)
	s.earlyPongsLocked()
	s.written += uint64(n)
	s.wakeLocked()
	if s.link == l && !s.fences.want && !s.buf.Ready() && s.idle == nil && len(s.detached) == 0 {
		s.writing = false
		return
	}
	s.starting = true
	go s.run()
}

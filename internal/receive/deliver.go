package receive

import "unsafe"

// deliver hands a run to the subscription: one lock and one wake-up for all of
// it. Only the reader calls it.
func (s *Sub[M, H, S]) deliver(r run[H, S]) {
	switch {
	case s.kind == Inline:
		s.deliverInline(r)
	case s.gated:
		s.deliverGated(r)
	default:
		s.admit(r)
	}
}

// admit puts a run where the consumer takes it from.
func (s *Sub[M, H, S]) admit(r run[H, S]) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		r.lent.drop()
		return
	}
	if s.max.Load() > 0 {
		r = s.trimLocked(r)
	}
	if r.msgs == 0 {
		s.mu.Unlock()
		return
	}
	told, over := false, false
	if s.kind == Channel {
		told = s.offerLocked(r)
	} else {
		s.received += uint64(r.msgs)
		told = s.enqueueLocked(r)
	}
	if s.usedUpLocked() {
		if s.run != nil {
			s.rouseLocked() // the handler's goroutine ends it
		} else {
			over = true
		}
	}
	s.mu.Unlock()
	if over {
		s.Remove(false)
	}
	if told {
		s.table.host.SlowConsumer(s.owner)
	}
}

// enqueueLocked puts messages where their consumer takes them from, and says
// whether it has become slow.
func (s *Sub[M, H, S]) enqueueLocked(r run[H, S]) (told bool) {
	waiting, waitingBytes := s.pending.load()
	limit, bytes := s.msgLimit, s.byteLimit
	if s.kind == Sync {
		if n := s.table.syncLen; limit <= 0 || n < limit {
			limit = n
		}
	}
	if s.unbound {
		limit, bytes = 0, 0
	}
	if limit > 0 && waiting+r.msgs > limit || bytes > 0 && waitingBytes+r.bytes > bytes {
		a := admission{msgs: waiting, bytes: waitingBytes, limit: limit}
		if s.lends {
			r = s.admitLentLocked(r, &a)
		} else {
			r = s.admitLocked(r, &a)
		}
		told = a.told
	} else if s.slow {
		s.recoveredLocked()
	}
	if r.msgs > 0 {
		if s.lends {
			s.enqueueLentLocked(r.lent)
		} else {
			s.queue.join(r.queue)
		}
		msgs, bytes := s.pending.add(r.msgs, r.bytes)
		s.maxMsgs = max(s.maxMsgs, msgs)
		s.maxBytes = max(s.maxBytes, bytes)
		if s.run != nil {
			s.rouseLocked()
		} else {
			s.signal()
		}
	}
	return told
}

// signal wakes one who waits in Next.
func (s *Sub[M, H, S]) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// trimLocked cuts off what is beyond the auto-unsubscribe count: the server may
// have sent it before it knew.
func (s *Sub[M, H, S]) trimLocked(r run[H, S]) run[H, S] {
	left := uint64(0)
	if s.received < s.max.Load() {
		left = s.max.Load() - s.received
	}
	if uint64(r.msgs) <= left {
		return r
	}
	if s.lends {
		return trimLent(r, left)
	}
	var kept run[H, S]
	for st := r.next(); left > 0; st = r.next() {
		for i := range st[:min(uint64(len(st)), left)] {
			kept.add(st[i : i+1])
		}
		left -= min(uint64(len(st)), left)
	}
	return kept
}

// admission is what is known while the messages of a run are admitted one by one: what
// waits, how many may, and whether the consumer has become slow.
type admission struct {
	msgs, bytes, limit int
	told               bool
}

// fitsLocked says whether a message of a size is within the limits. One that isn't is
// dropped.
func (s *Sub[M, H, S]) fitsLocked(a *admission, size int) bool {
	if a.limit > 0 && a.msgs+1 > a.limit || s.byteLimit > 0 && a.bytes+size > s.byteLimit {
		// The most that waited counts the one that there was no room for.
		s.maxMsgs = max(s.maxMsgs, a.msgs+1)
		s.maxBytes = max(s.maxBytes, a.bytes+size)
		a.told = s.dropLocked(1) || a.told
		return false
	}
	if s.slow {
		s.recoveredLocked()
	}
	a.msgs++
	a.bytes += size
	return true
}

// admitLocked takes the messages of a run that are within the limits, one by
// one, and drops the others.
func (s *Sub[M, H, S]) admitLocked(r run[H, S], a *admission) (kept run[H, S]) {
	for st := r.next(); st != nil; st = r.next() {
		for i := range st {
			if s.fitsLocked(a, st[i].queued()) {
				kept.add(st[i : i+1])
			}
		}
	}
	return kept
}

// dropLocked counts dropped messages and says whether they begin a series.
func (s *Sub[M, H, S]) dropLocked(n int) (first bool) {
	s.dropped += n
	s.slowTold = true
	if s.slow {
		return false
	}
	s.slow = true
	s.tellLocked(Slow)
	return true
}

func (s *Sub[M, H, S]) recoveredLocked() {
	s.slow = false
	s.table.host.Recovered(s.owner, s.dropped)
	if !s.draining {
		s.tellLocked(Active)
	}
}

// offerLocked offers messages to the program's channel, and says whether the
// consumer has become slow. What comes behind the end is nobody's.
func (s *Sub[M, H, S]) offerLocked(r run[H, S]) (told bool) {
	sent, last, open := s.feed.offer(r)
	if !open {
		return false
	}
	s.received += uint64(r.msgs)
	if sent < r.msgs {
		told = s.dropLocked(r.msgs - sent)
	}
	if s.slow && last {
		s.recoveredLocked()
	}
	return told
}

// deliverInline serves the client's own subscriptions on the reader.
func (s *Sub[M, H, S]) deliverInline(r run[H, S]) {
	s.mu.Lock()
	s.received += uint64(r.msgs)
	s.mu.Unlock()
	for st := r.next(); st != nil; {
		after := r.next()
		if s.inRuns {
			s.more.runs(unsafe.Slice(public[M](&st[0]), len(st)), after != nil)
		} else {
			for i := range st {
				s.call(public[M](&st[i]))
			}
		}
		st = after
	}
}

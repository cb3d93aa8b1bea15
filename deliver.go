package nats

// deliver hands a run to the subscription: one lock and one wake-up for all of
// it. Only the reader calls it.
func (s *Subscription) deliver(r run) {
	if s.take != nil {
		s.deliverInline(r)
		return
	}
	if j := s.js.Load(); j != nil {
		r = j.arrive(r)
		defer j.arrived()
	}
	s.mu.Lock()
	if s.closed || s.typ == ChanSubscription && s.out == nil {
		s.mu.Unlock()
		return
	}
	if s.max.Load() > 0 {
		r = s.trimLocked(r)
	}
	s.received += uint64(r.msgs)
	if r.msgs == 0 {
		s.mu.Unlock()
		return
	}
	told, over := false, false
	if s.typ == ChanSubscription {
		told = s.offerLocked(r)
	} else {
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
		s.remove(false)
	}
	if told {
		s.conn.events.asyncError(s.conn, s, ErrSlowConsumer)
	}
}

// enqueueLocked puts messages where their consumer takes them from, and says
// whether it has become slow.
func (s *Subscription) enqueueLocked(r run) (told bool) {
	waiting, waitingBytes := s.pending.load()
	limit, bytes := s.msgLimit, s.byteLimit
	if s.typ == SyncSubscription {
		if n := s.conn.Opts.syncQueueLen(); limit <= 0 || n < limit {
			limit = n
		}
	}
	if j := s.js.Load(); j != nil && j.ordered != nil {
		limit, bytes = 0, 0 // flow control bounds it
	}
	if limit > 0 && waiting+r.msgs > limit || bytes > 0 && waitingBytes+r.bytes > bytes {
		r, told = s.admitLocked(r, waiting, waitingBytes, limit)
	} else if s.slow {
		s.recoveredLocked()
	}
	if r.msgs > 0 {
		s.queue.join(r)
		s.admitted += uint64(r.msgs)
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

// signal wakes one NextMsg.
func (s *Subscription) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// trimLocked cuts off what is beyond the auto-unsubscribe count: the server may
// have sent it before it knew.
func (s *Subscription) trimLocked(r run) run {
	left := uint64(0)
	if s.received < s.max.Load() {
		left = s.max.Load() - s.received
	}
	if uint64(r.msgs) <= left {
		return r
	}
	var kept run
	for st := r.next(); left > 0; st = r.next() {
		for i := range st[:min(uint64(len(st)), left)] {
			kept.add(st[i : i+1])
		}
		left -= min(uint64(len(st)), left)
	}
	return kept
}

// admitLocked takes the messages of a run that are within the limits, one by
// one, and drops the others. told says that the consumer has become slow.
func (s *Subscription) admitLocked(r run, msgs, bytes, limit int) (kept run, told bool) {
	for st := r.next(); st != nil; st = r.next() {
		for i := range st {
			size := st[i].queued()
			if limit > 0 && msgs+1 > limit || s.byteLimit > 0 && bytes+size > s.byteLimit {
				told = s.dropLocked() || told
				continue
			}
			if s.slow {
				s.recoveredLocked()
			}
			msgs++
			bytes += size
			kept.add(st[i : i+1])
		}
	}
	return kept, told
}

// dropLocked counts a dropped message and says whether it is the first of a
// series.
func (s *Subscription) dropLocked() (first bool) {
	s.dropped++
	s.slowTold = true
	if s.slow {
		return false
	}
	s.slow = true
	s.tellLocked(SubscriptionSlowConsumer)
	return true
}

func (s *Subscription) recoveredLocked() {
	s.slow = false
	if !s.draining {
		s.tellLocked(SubscriptionActive)
	}
}

// offerLocked offers messages to the program's channel, and says whether the
// consumer has become slow. The channel is never waited for, and the lock is held
// throughout: once the subscription has ended nothing is sent any more, so that the
// program may close the channel.
func (s *Subscription) offerLocked(r run) (told bool) {
	sent, last := 0, false
	for st := r.next(); st != nil; st = r.next() {
		for i := range st {
			select {
			case s.out <- &st[i]:
				sent++
				last = true
			default:
				told = s.dropLocked() || told
				last = false
			}
		}
	}
	s.admitted += uint64(sent)
	if s.slow && last {
		s.recoveredLocked()
	}
	return told
}

// deliverInline serves the client's own subscriptions on the reader.
func (s *Subscription) deliverInline(r run) {
	s.mu.Lock()
	s.received += uint64(r.msgs)
	s.admitted += uint64(r.msgs)
	s.mu.Unlock()
	for st := r.next(); st != nil; st = r.next() {
		for i := range st {
			s.take(&st[i])
		}
	}
}

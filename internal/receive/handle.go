package receive

// rouseLocked starts the handler's goroutine unless it runs already.
func (s *Sub[M, H, S]) rouseLocked() {
	if !s.running {
		s.running = true
		go s.run()
	}
}

// handle is the goroutine of a subscription with a handler, which exists while
// there is something to handle: it takes all that is pending at once and calls
// the handler for one message after another.
func (s *Sub[M, H, S]) handle() {
	s.mu.Lock()
	for !s.closed {
		if s.emptyLocked() {
			if !s.drained && !s.usedUpLocked() {
				s.running = false
				s.mu.Unlock()
				return
			}
			s.mu.Unlock() // nothing is left, and nothing can come
			s.Remove(false)
			s.mu.Lock()
			break
		}
		over := false
		s.handling = true
		if s.lends {
			taken := s.more.lent.queue.take()
			s.mu.Unlock()
			over = s.handleLent(taken)
		} else {
			taken := s.queue
			s.queue = queue[H, S]{}
			s.mu.Unlock()
			over = s.handleAll(taken)
		}
		s.mu.Lock()
		s.handling = false
		if over && !s.closed {
			s.mu.Unlock()
			s.Remove(false)
			s.mu.Lock()
		}
	}
	var done func(string)
	if s.more != nil {
		done = s.more.closed
	}
	s.mu.Unlock()
	if done != nil {
		done(s.subject)
	}
}

// emptyLocked says that nothing waits for the handler's goroutine.
func (s *Sub[M, H, S]) emptyLocked() bool {
	if s.lends {
		l := s.more.lent
		if l.queue.head == nil {
			l.endPiece()
		}
		return l.queue.head == nil
	}
	return s.queue.first == nil
}

// handleAll calls the handler for what was taken, and says whether the rest was dropped.
func (s *Sub[M, H, S]) handleAll(taken queue[H, S]) (over bool) {
	for !over {
		st := taken.next()
		if st == nil {
			break
		}
		if isBarrier(st) {
			s.passBarrier(&st[0])
		} else {
			over = s.handleEach(st)
		}
	}
	s.passBarriers(taken)
	return over
}

// handleEach calls the handler for one message after another, and says whether
// the rest is to be dropped.
func (s *Sub[M, H, S]) handleEach(msgs []Msg[H, S]) (over bool) {
	for i := range msgs {
		if s.gone.Load() { // unsubscribed meanwhile
			return true
		}
		m := &msgs[i]
		s.handled++
		size := m.queued()
		s.call(public[M](m))
		// What is being handled is still pending, so that a limit bounds what
		// the program holds.
		s.pending.handled(size)
		if limit := s.max.Load(); limit > 0 && s.handled >= limit {
			return true
		}
	}
	return false
}

package nats

// rouseLocked starts the handler's goroutine unless it runs already.
func (s *Subscription) rouseLocked() {
	if !s.running {
		s.running = true
		go s.run()
	}
}

// handle is the goroutine of a subscription with a handler, which exists while
// there is something to handle: it takes all that is pending at once and calls
// the handler for one message after another.
func (s *Subscription) handle() {
	s.mu.Lock()
	for !s.closed {
		if s.head == nil {
			if !s.drained {
				s.running = false
				s.mu.Unlock()
				return
			}
			s.mu.Unlock() // nothing is left, and nothing can come
			s.remove(false)
			s.mu.Lock()
			break
		}
		m := s.head
		s.head, s.tail = nil, nil
		s.handling = true
		s.mu.Unlock()

		over := false
		for m != nil && !over {
			if s.gone.Load() { // unsubscribed meanwhile: the rest is dropped
				break
			}
			next := m.next
			m.next = nil
			if m.wsz == barrierMark {
				s.passBarrier(m)
				m = next
				continue
			}
			s.handled++
			size := m.queued()
			s.cb(m)
			// What is being handled is still pending, so that a limit bounds what
			// the program holds.
			s.pending.took(size)
			limit := s.max.Load()
			over = limit > 0 && s.handled >= limit
			m = next
		}
		s.passBarriers(m)
		s.mu.Lock()
		s.handling = false
		if over && !s.closed {
			s.mu.Unlock()
			s.remove(false)
			s.mu.Lock()
		}
	}
	done := s.onClosed
	s.mu.Unlock()
	if done != nil {
		done(s.Subject)
	}
}

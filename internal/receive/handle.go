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
// the handler for one message after another. A new goroutine has 2 KB of stack, of which the
// handler and what it publishes are to have as much as possible, since a larger one takes
// longer than a publish. So all that lies below the handler is this one frame.
func (s *Sub[M, H, S]) handle() {
	var taken queue[H, S]
	for over := false; s.takeNext(&taken, nil, over); {
		over = false
		for !over {
			st := taken.next()
			if st == nil {
				break
			}
			if isBarrier(st) {
				s.passBarrier(&st[0])
				continue
			}
			for i := range st {
				if over = s.gone.Load(); over { // unsubscribed meanwhile
					break
				}
				m := &st[i]
				s.handled++
				size := m.queued()
				s.call(public[M](m))
				// What is being handled is still pending, so that a limit bounds what
				// the program holds.
				s.pending.handled(size)
				if limit := s.max.Load(); limit > 0 && s.handled >= limit {
					over = true
					break
				}
			}
		}
		s.passBarriers(taken)
	}
}

// lend is handle where messages are lent.
func (s *Sub[M, H, S]) lend() {
	var taken lentQueue
	for over := false; s.takeNext(nil, &taken, over); {
		over = s.handleLent(taken)
	}
}

// takeNext takes what is pending; false: there is nothing, and the goroutine ends. over says
// that the rest of what was taken before was dropped.
func (s *Sub[M, H, S]) takeNext(taken *queue[H, S], lent *lentQueue, over bool) bool {
	s.mu.Lock()
	s.handling = false
	if over && !s.closed {
		s.mu.Unlock()
		s.Remove(false)
		s.mu.Lock()
	}
	if !s.closed && s.emptyLocked() {
		if !s.drained && !s.usedUpLocked() {
			s.running = false
			s.mu.Unlock()
			return false
		}
		s.mu.Unlock() // nothing is left, and nothing can come
		s.Remove(false)
		s.mu.Lock()
	} else if !s.closed {
		s.handling = true
		if lent != nil {
			*lent = s.more.lent.queue.take()
		} else {
			*taken, s.queue = s.queue, queue[H, S]{}
		}
		s.mu.Unlock()
		return true
	}
	var done func(string)
	if s.more != nil {
		done = s.more.closed
	}
	s.mu.Unlock()
	if done != nil {
		done(s.subject)
	}
	return false
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

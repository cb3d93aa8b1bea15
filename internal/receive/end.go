package receive

// CutOff ends what is sent on the program's channels. It comes before anybody can
// see that the connection is closed: whoever does may close the channels.
func (t *Table[M, H, S]) CutOff() {
	t.mu.Lock()
	t.cut = true
	t.mu.Unlock()
	for _, s := range t.all() {
		s.feed.end()
	}
}

// CloseAll ends every subscription because the connection is closed. The client's
// own go on: answers may be under way while Close waits for the server.
func (t *Table[M, H, S]) CloseAll() {
	t.mu.Lock()
	t.closed = true
	subs := t.byID
	t.byID, t.byName = nil, nil
	t.mu.Unlock()
	left := int64(0)
	for _, s := range subs {
		if s.drains() {
			left += s.waiting()
			s.end(true)
		}
	}
	t.mu.Lock()
	t.left = left
	t.mu.Unlock()
}

// CloseOwn ends the client's own subscriptions.
func (t *Table[M, H, S]) CloseOwn() {
	t.mu.Lock()
	own := t.own
	t.own = nil
	t.mu.Unlock()
	for _, s := range own {
		s.end(true)
	}
}

// Remove takes the subscription out of the table and ends it. The server is told
// unless it knows.
func (s *Sub[M, H, S]) Remove(tell bool) {
	t := s.table
	t.mu.Lock()
	if t.removeLocked(s) {
		if tell || s.gated || t.uneven || t.move != nil {
			t.host.Control(unsubscribed(s.sid), len(t.byID))
		}
		if t.move != nil { // whose server doesn't know
			t.besideLocked(unsubscribed(s.sid))
		}
	}
	t.mu.Unlock()
	s.end(false)
	t.host.Gone()
}

// end ends the subscription for its consumer: what is pending is dropped. Whatever
// ends a subscription comes here, once it is out of the table. What feeds the program
// (the channel, the listeners, the handler's goroutine) is taken away under the lock
// that it is fed under; who learns of the end finds it gone.
func (s *Sub[M, H, S]) end(connEnded bool) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.gone.Store(true)
	s.feed.end()
	s.connEnded = connEnded
	rest := s.queue
	s.queue = queue[H, S]{}
	var lent lentQueue
	if s.lends {
		lent = s.more.lent.endLocked()
	}
	var done func(string)
	if s.more != nil {
		done = s.more.closed
	}
	if s.run != nil && done != nil {
		// The handler's goroutine calls it, after its last message.
		done = nil
		s.rouseLocked()
	}
	if s.done != nil {
		close(s.done)
	}
	s.endListenersLocked()
	unsubscribed := !s.draining && !s.usedUpLocked()
	s.mu.Unlock()
	if g := s.gate(); g != nil {
		g.Ended(connEnded, unsubscribed)
	}
	s.passBarriers(rest)
	lent.drop()
	if done != nil {
		go done(s.subject)
	}
}

// Over returns a channel that is closed when the subscription has ended.
func (s *Sub[M, H, S]) Over() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = make(chan struct{})
		if s.closed {
			close(s.done)
		}
	}
	return s.done
}

// endErrorLocked says why a subscription that has ended can't be used.
func (s *Sub[M, H, S]) endErrorLocked() error {
	switch {
	case s.connEnded:
		return ConnectionClosed
	case s.usedUpLocked():
		return MaxMessages
	case s.closed:
		return BadSubscription
	}
	return nil
}

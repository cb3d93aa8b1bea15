package receive

import "time"

// Next takes the next message of a subscription without a handler, and waits for it
// at most timeout. With a timeout of zero or less it takes what is there. On one with
// a channel of the program's it reads that channel.
//
// Errors: [NoMessage], [SlowConsumer] once after messages were dropped, [MaxMessages],
// [BadSubscription], [ConnectionClosed], [HasHandler], and what it was refused with.
func (s *Sub[M, H, S]) Next(timeout time.Duration) (*M, error) {
	if m, err := s.pop(); m != nil || err != nil {
		return m, err
	}
	if timeout <= 0 {
		return nil, NoMessage
	}
	t := time.NewTimer(timeout)
	defer t.Stop()
	for {
		select {
		case <-s.wake:
		case m := <-s.feed.from():
			return s.fromChannel(m)
		case <-s.done:
		case <-t.C:
			return nil, NoMessage
		}
		if m, err := s.pop(); m != nil || err != nil {
			return m, err
		}
	}
}

// NextUntil is [Sub.Next] that waits until done is closed.
func (s *Sub[M, H, S]) NextUntil(done <-chan struct{}) (*M, error) {
	for {
		if m, err := s.pop(); m != nil || err != nil {
			return m, err
		}
		select {
		case <-s.wake:
		case m := <-s.feed.from():
			return s.fromChannel(m)
		case <-s.done:
		case <-done:
			return nil, NoMessage
		}
	}
}

// pop takes the first pending message. It returns neither message nor error when
// there is nothing to take yet.
func (s *Sub[M, H, S]) pop() (*M, error) {
	s.mu.Lock()
	if s.table == nil {
		s.mu.Unlock()
		return nil, BadSubscription
	}
	if s.connEnded {
		s.mu.Unlock()
		return nil, ConnectionClosed
	}
	if s.kind == Channel {
		err := s.endErrorLocked()
		if err == nil {
			err = s.deniedLocked()
		}
		s.mu.Unlock()
		if err != nil {
			return nil, err // after the end the channel is the program's alone
		}
		select {
		case m := <-s.feed.from():
			return s.fromChannel(m)
		default:
			return nil, nil
		}
	}
	if s.wake == nil {
		err := s.endErrorLocked()
		s.mu.Unlock()
		if err == nil || err == MaxMessages {
			err = HasHandler
		}
		return nil, err
	}
	if err := s.deniedLocked(); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	if s.slowTold && !s.closed {
		s.slowTold = false
		s.mu.Unlock()
		return nil, SlowConsumer
	}
	if s.queue.first == nil {
		err := s.endErrorLocked()
		s.mu.Unlock()
		return nil, err
	}
	m := s.queue.pop()
	if s.queue.first != nil {
		s.signal()
	}
	s.pending.took(m.queued())
	over := s.usedUpLocked() || s.drained && s.queue.first == nil
	var then func()
	if g := s.gate(); g != nil {
		then = g.Taken(s.deliveredLocked())
	}
	s.mu.Unlock()
	if then != nil {
		then()
	}
	if over {
		s.Remove(false)
	}
	return public[M](m), nil
}

// deniedLocked returns the error of a subscription that the server refused. One who
// waits was woken for it, and wakes the next.
func (s *Sub[M, H, S]) deniedLocked() error {
	if s.more == nil || s.more.denied == nil {
		return nil
	}
	s.signal()
	return s.more.denied
}

// fromChannel is what was read from the program's own channel, which the program
// may have closed.
func (s *Sub[M, H, S]) fromChannel(m *M) (*M, error) {
	if m == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.endErrorLocked(); err != nil {
			return nil, err
		}
		return nil, BadSubscription
	}
	return m, nil
}

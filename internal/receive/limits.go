package receive

// lockQueue checks that the subscription lives and that the client, not the program's
// channel, holds what is pending. It returns with the lock held, and what is an
// error without it.
func (s *Sub[M, H, S]) lockQueue() error {
	s.mu.Lock()
	switch {
	case s.table == nil || s.closed:
		s.mu.Unlock()
		return BadSubscription
	case s.kind == Channel:
		s.mu.Unlock()
		return HasChannel
	}
	return nil
}

// Pending returns how many messages, and bytes of headers and data in them, were
// received and wait for the consumer; the one that a handler is at work on is
// still counted. Errors: [BadSubscription], [HasChannel].
func (s *Sub[M, H, S]) Pending() (msgs, bytes int, err error) {
	if err := s.lockQueue(); err != nil {
		return -1, -1, err
	}
	defer s.mu.Unlock()
	msgs, bytes = s.pending.load()
	return msgs, bytes, nil
}

// MaxPending returns the largest values that Pending ever had, since the beginning or
// ClearMaxPending. The errors are those of Pending.
func (s *Sub[M, H, S]) MaxPending() (msgs, bytes int, err error) {
	if err := s.lockQueue(); err != nil {
		return -1, -1, err
	}
	defer s.mu.Unlock()
	return s.maxMsgs, s.maxBytes, nil
}

// ClearMaxPending begins MaxPending anew. The errors are those of Pending.
func (s *Sub[M, H, S]) ClearMaxPending() error {
	if err := s.lockQueue(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.maxMsgs, s.maxBytes = 0, 0
	return nil
}

// Limits returns how many messages and bytes may be pending. The errors are those of
// Pending.
func (s *Sub[M, H, S]) Limits() (msgs, bytes int, err error) {
	if err := s.lockQueue(); err != nil {
		return -1, -1, err
	}
	defer s.mu.Unlock()
	return s.msgLimit, s.byteLimit, nil
}

// SetLimits sets how many messages and bytes may be pending; negative values are no
// limit, zero is [BadLimit]. The other errors are those of Pending.
func (s *Sub[M, H, S]) SetLimits(msgs, bytes int) error {
	if err := s.lockQueue(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if msgs == 0 || bytes == 0 {
		return BadLimit
	}
	s.msgLimit, s.byteLimit = msgs, bytes
	return nil
}

// Delivered returns how many messages the consumer has got; [BadSubscription] says
// that the subscription has ended.
func (s *Sub[M, H, S]) Delivered() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.table == nil || s.closed {
		return -1, BadSubscription
	}
	return int64(s.deliveredLocked()), nil
}

// Dropped returns how many messages were dropped because the consumer was slow;
// [BadSubscription] says that the subscription has ended.
func (s *Sub[M, H, S]) Dropped() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.table == nil || s.closed {
		return -1, BadSubscription
	}
	return s.dropped, nil
}

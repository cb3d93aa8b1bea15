package nats

// waiting is the number of messages that wait for the consumer.
func (s *Subscription) waiting() int64 {
	if s.typ == ChanSubscription {
		return int64(len(s.ch))
	}
	msgs, _ := s.pending.load()
	return int64(msgs)
}

// lockQueue checks that the subscription lives and that the client, not the user's
// channel, holds what is pending. It returns with the lock held, and what is an
// error without it.
func (s *Subscription) lockQueue() error {
	if s == nil {
		return ErrBadSubscription
	}
	s.mu.Lock()
	switch {
	case s.conn == nil || s.closed:
		s.mu.Unlock()
		return ErrBadSubscription
	case s.typ == ChanSubscription:
		s.mu.Unlock()
		return ErrTypeSubscription
	}
	return nil
}

// Pending returns how many messages, and bytes of headers and data in them, were
// received and wait for the consumer; the one that a handler is at work on is
// still counted. Errors: [ErrBadSubscription]; [ErrTypeSubscription]
// for a subscription on a channel, where the channel knows.
func (s *Subscription) Pending() (int, int, error) {
	if err := s.lockQueue(); err != nil {
		return -1, -1, err
	}
	defer s.mu.Unlock()
	msgs, bytes := s.pending.load()
	return msgs, bytes, nil
}

// QueuedMsgs returns the first value of [Subscription.Pending].
//
// Deprecated: use [Subscription.Pending].
func (s *Subscription) QueuedMsgs() (int, error) {
	m, _, err := s.Pending()
	return m, err
}

// MaxPending returns the largest values that [Subscription.Pending] ever had,
// since the beginning or [Subscription.ClearMaxPending]. The errors are those of
// [Subscription.Pending].
func (s *Subscription) MaxPending() (int, int, error) {
	if err := s.lockQueue(); err != nil {
		return -1, -1, err
	}
	defer s.mu.Unlock()
	return s.maxMsgs, s.maxBytes, nil
}

// ClearMaxPending begins [Subscription.MaxPending] anew. The errors are those of
// [Subscription.Pending].
func (s *Subscription) ClearMaxPending() error {
	if err := s.lockQueue(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.maxMsgs, s.maxBytes = 0, 0
	return nil
}

// PendingLimits returns how many messages and bytes may be pending; negative
// values are no limit. The errors are those of [Subscription.Pending].
func (s *Subscription) PendingLimits() (int, int, error) {
	if err := s.lockQueue(); err != nil {
		return -1, -1, err
	}
	defer s.mu.Unlock()
	return s.msgLimit, s.byteLimit, nil
}

// SetPendingLimits sets how many messages and bytes of data may be pending. Past
// either, messages are dropped and the error handler is told [ErrSlowConsumer]
// once, until the consumer has caught up. Negative values are no limit; zero is
// [ErrInvalidArg]. The defaults are [DefaultSubPendingMsgsLimit], for a
// subscription without a handler [SyncQueueLen], and
// [DefaultSubPendingBytesLimit]. Other errors: [ErrBadSubscription];
// [ErrTypeSubscription] for a subscription on a channel, where the channel's
// size is the limit.
func (s *Subscription) SetPendingLimits(msgLimit, bytesLimit int) error {
	if err := s.lockQueue(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if msgLimit == 0 || bytesLimit == 0 {
		return ErrInvalidArg
	}
	s.msgLimit, s.byteLimit = msgLimit, bytesLimit
	return nil
}

// Delivered returns how many messages the consumer has got. [ErrBadSubscription]
// says that the subscription has ended.
func (s *Subscription) Delivered() (int64, error) {
	if s == nil {
		return -1, ErrBadSubscription
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil || s.closed {
		return -1, ErrBadSubscription
	}
	return int64(s.deliveredLocked()), nil
}

// Dropped returns how many messages were dropped because the consumer was slow.
// [ErrBadSubscription] says that the subscription has ended.
func (s *Subscription) Dropped() (int, error) {
	if s == nil {
		return -1, ErrBadSubscription
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil || s.closed {
		return -1, ErrBadSubscription
	}
	return s.dropped, nil
}

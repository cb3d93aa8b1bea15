package nats

// Pending returns how many messages, and bytes of headers and data in them, were
// received and wait for the consumer; the one that a handler is at work on is
// still counted. Errors: [ErrBadSubscription]; [ErrTypeSubscription]
// for a subscription on a channel, where the channel knows.
func (s *Subscription) Pending() (int, int, error) {
	if s == nil {
		return -1, -1, ErrBadSubscription
	}
	msgs, bytes, err := s.in.Pending()
	return msgs, bytes, ofReceive(err)
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
	if s == nil {
		return -1, -1, ErrBadSubscription
	}
	msgs, bytes, err := s.in.MaxPending()
	return msgs, bytes, ofReceive(err)
}

// ClearMaxPending begins [Subscription.MaxPending] anew. The errors are those of
// [Subscription.Pending].
func (s *Subscription) ClearMaxPending() error {
	if s == nil {
		return ErrBadSubscription
	}
	return ofReceive(s.in.ClearMaxPending())
}

// PendingLimits returns how many messages and bytes may be pending; negative
// values are no limit. The errors are those of [Subscription.Pending].
func (s *Subscription) PendingLimits() (int, int, error) {
	if s == nil {
		return -1, -1, ErrBadSubscription
	}
	msgs, bytes, err := s.in.Limits()
	return msgs, bytes, ofReceive(err)
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
	if s == nil {
		return ErrBadSubscription
	}
	return ofReceive(s.in.SetLimits(msgLimit, bytesLimit))
}

// Delivered returns how many messages the consumer has got. [ErrBadSubscription]
// says that the subscription has ended.
func (s *Subscription) Delivered() (int64, error) {
	if s == nil {
		return -1, ErrBadSubscription
	}
	n, err := s.in.Delivered()
	return n, ofReceive(err)
}

// Dropped returns how many messages were dropped because the consumer was slow.
// [ErrBadSubscription] says that the subscription has ended.
func (s *Subscription) Dropped() (int, error) {
	if s == nil {
		return -1, ErrBadSubscription
	}
	n, err := s.in.Dropped()
	return n, ofReceive(err)
}

package nats

import (
	"github.com/evernats/nats/internal/notify"
	"github.com/evernats/nats/internal/receive"
)

// Subscription is interest in a subject. Make one with the Subscribe methods of
// [Conn]; it lives through reconnects, with its queue group and what is left of
// its auto-unsubscribe count, until it is unsubscribed, drained, used up or the
// connection is closed.
type Subscription struct {
	// Subject is the subject it was made with, wildcards included.
	Subject string

	// Queue is the queue group, empty for none. Each message goes to one member
	// of the group.
	Queue string

	in receive.Sub[Msg, Header, Subscription]
}

// conn is the connection of a subscription, nil when it was never made.
func (s *Subscription) conn() *Conn {
	if t := s.in.Table(); t != nil {
		return t.Host().(receiving).nc
	}
	return nil
}

// IsValid says whether the subscription can still receive: false once it was
// unsubscribed, drained or used up, or the connection is closed.
func (s *Subscription) IsValid() bool { return s != nil && s.in.Valid() }

// IsDraining says whether the subscription is being drained: unsubscribed, with
// its last messages still being handled.
func (s *Subscription) IsDraining() bool { return s != nil && s.in.IsDraining() }

// Type says how messages reach the program.
func (s *Subscription) Type() SubscriptionType {
	if s == nil {
		return NilSubscription
	}
	switch s.in.Kind() {
	case receive.Sync:
		return SyncSubscription
	case receive.Channel:
		return ChanSubscription
	case receive.Inline:
		if j, ok := s.in.Gate().(*jsSub); ok && j.pull != nil {
			return PullSubscription
		}
	}
	return AsyncSubscription
}

// SetClosedHandler sets a function that is called with the subject once the
// subscription has ended and its last message has been handled.
func (s *Subscription) SetClosedHandler(handler func(subject string)) { s.in.OnClosed(handler) }

// StatusChanged returns a channel on which the listed statuses of the
// subscription are announced, without a list all of them; the present one comes
// first. The channel holds 10 announcements; past that the oldest makes room.
// It is closed when the subscription has ended.
func (s *Subscription) StatusChanged(statuses ...SubStatus) <-chan SubStatus {
	if len(statuses) == 0 {
		statuses = []SubStatus{SubscriptionActive, SubscriptionDraining, SubscriptionClosed, SubscriptionSlowConsumer}
	}
	l := statusListener{notify.NewListener(statuses)}
	s.in.Listen(&l)
	return l.C()
}

// statusListener is a channel that StatusChanged returned.
type statusListener struct{ notify.Listener[SubStatus] }

var subStatuses = [...]SubStatus{
	receive.Active: SubscriptionActive, receive.Draining: SubscriptionDraining,
	receive.Closed: SubscriptionClosed, receive.Slow: SubscriptionSlowConsumer,
}

func (l *statusListener) Tell(st receive.Status) { l.Listener.Tell(subStatuses[st]) }

// Unsubscribe ends the subscription at once. Messages that were received and not
// yet handled are dropped; [Subscription.Drain] handles them first.
//
// Errors: [ErrBadSubscription] when it has ended already,
// [ErrConnectionClosed], [ErrConnectionDraining].
func (s *Subscription) Unsubscribe() error {
	if err := s.unsubscribe(0); err != nil {
		return err
	}
	if j, ok := s.in.Gate().(*jsSub); ok {
		return j.remove()
	}
	return nil
}

// AutoUnsubscribe ends the subscription after max messages in all, those that
// came before the call included, and those that were dropped because the consumer
// was slow. The count goes on through reconnects. A max of zero or less is
// Unsubscribe, and so is one that has been reached already.
//
// Errors: [ErrBadSubscription] when it has ended, [ErrConnectionClosed],
// [ErrConnectionDraining].
func (s *Subscription) AutoUnsubscribe(max int) error {
	return s.unsubscribe(max)
}

func (s *Subscription) unsubscribe(limit int) error {
	nc, err := s.usable()
	if err != nil {
		return err
	}
	if nc.drain.Active() {
		return ErrConnectionDraining
	}
	s.in.Unsubscribe(limit)
	return nil
}

// usable returns the connection of a subscription that has not ended.
func (s *Subscription) usable() (*Conn, error) {
	if s == nil {
		return nil, ErrBadSubscription
	}
	nc := s.conn()
	switch {
	case nc == nil:
		return nil, ErrBadSubscription
	case nc.IsClosed():
		return nil, ErrConnectionClosed
	case !s.in.Valid():
		return nil, ErrBadSubscription
	}
	return nc, nil
}

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
// since the beginning or [Subscription.ClearMaxPending]; a message that was dropped, since
// there was no room for it, counts as one that waited. The errors are those of
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

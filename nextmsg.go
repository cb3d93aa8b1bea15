package nats

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/evernats/nats/internal/receive"
)

// NextMsg returns the next message of a subscription that has no handler, waiting
// for it at most timeout. With a timeout of zero or less it takes what is there.
// On a subscription with a channel of the program's it reads that channel.
//
// Errors: [ErrTimeout]; [ErrNoResponders] in place of the server's note that
// nobody got a message for which the subscription awaits answers;
// [ErrSlowConsumer], once after messages were dropped;
// [ErrMaxMessages] when the auto-unsubscribe count is used up;
// [ErrBadSubscription], [ErrConnectionClosed]; [ErrSyncSubRequired] for a
// subscription with a handler; [ErrPermissionViolation] with
// [PermissionErrOnSubscribe].
func (s *Subscription) NextMsg(timeout time.Duration) (*Msg, error) {
	if s == nil {
		return nil, ErrBadSubscription
	}
	m, err := s.in.Next(timeout)
	if err != nil {
		return nil, s.ofNext(err)
	}
	return answer(m)
}

// NextMsgWithContext is [Subscription.NextMsg] that waits until ctx is done, and
// then returns its error.
func (s *Subscription) NextMsgWithContext(ctx context.Context) (*Msg, error) {
	if ctx == nil {
		return nil, ErrInvalidContext
	}
	if s == nil {
		return nil, ErrBadSubscription
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m, err := s.in.NextUntil(ctx.Done())
	switch err {
	case nil:
		return answer(m)
	case receive.NoMessage:
		return nil, ctx.Err()
	}
	return nil, s.ofNext(err)
}

// ofNext is ofReceive for NextMsg, which has another error for pull consumers.
func (s *Subscription) ofNext(err error) error {
	if err == receive.HasHandler && s.Type() == PullSubscription {
		return ErrTypeSubscription
	}
	return ofReceive(err)
}

// answer turns the server's note that nobody listens into the error it means.
func answer(m *Msg) (*Msg, error) {
	if isNoResponders(m) {
		return nil, ErrNoResponders
	}
	return m, nil
}

// Msgs returns an iterator over the messages of a subscription that has no
// handler. It waits for each as long as it takes. An
// error is yielded with a nil message and ends the iteration; when the
// subscription or the connection has ended that is the last thing it yields.
func (s *Subscription) Msgs() iter.Seq2[*Msg, error] {
	return s.iterate(forever, false)
}

// MsgsTimeout is [Subscription.Msgs] that waits at most timeout for each
// message. [ErrTimeout] is yielded when none came, and the iteration goes on. A
// timeout of zero or less takes what is there.
func (s *Subscription) MsgsTimeout(timeout time.Duration) iter.Seq2[*Msg, error] {
	return s.iterate(timeout, true)
}

// forever is how long Msgs waits at a time.
const forever = 24 * time.Hour

func (s *Subscription) iterate(wait time.Duration, tell bool) iter.Seq2[*Msg, error] {
	return func(yield func(*Msg, error) bool) {
		for {
			m, err := s.NextMsg(wait)
			switch {
			case err == nil:
				if !yield(m, nil) {
					return
				}
			case errors.Is(err, ErrTimeout):
				if tell && !yield(nil, err) {
					return
				}
			case errors.Is(err, ErrSlowConsumer):
				if !yield(nil, err) {
					return
				}
			default:
				yield(nil, err)
				return
			}
		}
	}
}

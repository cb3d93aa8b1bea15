package nats

import (
	"errors"
	"iter"
	"time"
)

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

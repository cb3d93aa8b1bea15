package nats

import (
	"context"
	"time"
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
	m, err := s.pop()
	if m != nil || err != nil {
		return m, err
	}
	if timeout <= 0 {
		return nil, ErrTimeout
	}
	t := time.NewTimer(timeout)
	defer t.Stop()
	for {
		select {
		case <-s.wake:
		case m := <-s.ch:
			return s.fromChan(m)
		case <-s.done:
		case <-t.C:
			return nil, ErrTimeout
		}
		if m, err := s.pop(); m != nil || err != nil {
			return m, err
		}
	}
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
	for {
		if m, err := s.pop(); m != nil || err != nil {
			return m, err
		}
		select {
		case <-s.wake:
		case m := <-s.ch:
			return s.fromChan(m)
		case <-s.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pop takes the first pending message. It returns neither message nor error when
// there is nothing to take yet.
func (s *Subscription) pop() (*Msg, error) {
	s.mu.Lock()
	if s.conn == nil {
		s.mu.Unlock()
		return nil, ErrBadSubscription
	}
	if s.connEnded {
		s.mu.Unlock()
		return nil, ErrConnectionClosed
	}
	if s.typ == ChanSubscription {
		err := s.endErrorLocked()
		if err == nil {
			err = s.deniedLocked()
		}
		s.mu.Unlock()
		if err != nil {
			return nil, err // after the end the channel is the program's alone
		}
		select {
		case m := <-s.ch:
			return s.fromChan(m)
		default:
			return nil, nil
		}
	}
	if s.wake == nil {
		err := s.endErrorLocked()
		s.mu.Unlock()
		if s.typ == PullSubscription && err == nil {
			return nil, ErrTypeSubscription
		}
		if err == nil || err == ErrMaxMessages {
			err = ErrSyncSubRequired
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
		return nil, ErrSlowConsumer
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
	flow := ""
	if j := s.js.Load(); j != nil {
		flow = j.dueLocked(s.deliveredLocked())
	}
	s.mu.Unlock()
	if flow != "" {
		s.conn.publish(atOnce, flow, "", nil, nil)
	}
	if over {
		s.remove(false)
	}
	return answer(m)
}

// deniedLocked returns the error of a subscription that the server refused. One who
// waits was woken for it, and wakes the next.
func (s *Subscription) deniedLocked() error {
	if s.denied != nil {
		s.signal()
	}
	return s.denied
}

// fromChan is what was read from the program's own channel, which the program
// may have closed.
func (s *Subscription) fromChan(m *Msg) (*Msg, error) {
	if m == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.endErrorLocked(); err != nil {
			return nil, err
		}
		return nil, ErrBadSubscription
	}
	return answer(m)
}

// answer turns the server's note that nobody listens into the error it means.
func answer(m *Msg) (*Msg, error) {
	if isNoResponders(m) {
		return nil, ErrNoResponders
	}
	return m, nil
}

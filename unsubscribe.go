package nats

import "github.com/evernats/nats/internal/wire"

// Unsubscribe ends the subscription at once. Messages that were received and not
// yet handled are dropped; [Subscription.Drain] handles them first.
//
// Errors: [ErrBadSubscription] when it has ended already,
// [ErrConnectionClosed], [ErrConnectionDraining].
func (s *Subscription) Unsubscribe() error {
	if err := s.unsubscribe(0); err != nil {
		return err
	}
	if j := s.js.Load(); j != nil {
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
	if nc.drain.active() {
		return ErrConnectionDraining
	}
	if limit <= 0 {
		s.remove(true)
		return nil
	}
	// Under the table's lock, so that the count is the one of the connection that it
	// is told on.
	nc.subs.mu.Lock()
	s.mu.Lock()
	s.max.Store(uint64(limit))
	left := int64(limit) - int64(s.base) // as the server counts
	if s.received >= uint64(limit) {
		left = 0 // at once
	}
	frame := wire.AppendUnsub(nil, s.sid, left)
	over := s.usedUpLocked()
	s.mu.Unlock()
	if !over && s.countedByServer() {
		nc.out.control(frame, len(nc.subs.byID))
	}
	nc.subs.mu.Unlock()
	if over {
		s.remove(true)
	}
	return nil
}

// usable returns the connection of a subscription that has not ended.
func (s *Subscription) usable() (*Conn, error) {
	if s == nil {
		return nil, ErrBadSubscription
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil, ErrBadSubscription
	}
	if s.conn.IsClosed() {
		return nil, ErrConnectionClosed
	}
	if s.closed {
		return nil, ErrBadSubscription
	}
	return s.conn, nil
}

// remove takes the subscription out of the table and ends it. The server is told
// unless it knows.
func (s *Subscription) remove(tell bool) {
	nc := s.conn
	nc.subs.mu.Lock()
	_, there := nc.subs.byID[s.sid]
	delete(nc.subs.byID, s.sid)
	delete(nc.subs.own, s.sid)
	if there {
		nc.subs.unnameLocked(s)
		nc.subs.shrinkLocked()
	}
	if there && (tell || !s.countedByServer()) {
		nc.out.control(wire.AppendUnsub(nil, s.sid, 0), len(nc.subs.byID))
	}
	nc.subs.mu.Unlock()
	s.close(false)
	nc.drain.poke()
}

// countedByServer says whether the server may end the subscription by its count. It doesn't
// know which messages of a consumer are for the program.
func (s *Subscription) countedByServer() bool { return s.js.Load() == nil }

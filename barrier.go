package nats

import (
	"sync/atomic"

	"github.com/evernats/nats/internal/notify"
)

// Barrier calls f once every message that the client has received so far has
// been handled by its subscription's handler. Subscriptions without a handler
// don't count. It returns at once; f runs on a goroutine of the client's, or
// before Barrier returns when there is no subscription with a handler.
// [ErrConnectionClosed] says that f will not be called, [ErrInvalidArg] that it is
// nil.
func (nc *Conn) Barrier(f func()) error {
	if nc.IsClosed() {
		return ErrConnectionClosed
	}
	if f == nil {
		return ErrInvalidArg
	}
	var subs []*Subscription
	for _, s := range nc.subs.all() {
		if s.run != nil {
			subs = append(subs, s)
		}
	}
	if len(subs) == 0 {
		f()
		return nil
	}
	left := new(atomic.Int64)
	left.Store(int64(len(subs)) + 1)
	done := func() {
		if left.Add(-1) == 0 {
			nc.events.Post(notify.Barrier, f)
		}
	}
	for _, s := range subs {
		s.afterPending(done)
	}
	done()
	return nil
}

// afterPending calls done when the handler has got through what is pending now.
func (s *Subscription) afterPending(done func()) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		done()
		return
	}
	if s.barriers == nil {
		s.barriers = make(map[*Msg]func())
	}
	b := make([]Msg, 1)
	s.barriers[&b[0]] = done
	s.queue.push(b)
	s.rouseLocked()
	s.mu.Unlock()
}

// passBarrier calls the function of a barrier whose turn has come.
func (s *Subscription) passBarrier(b *Msg) {
	s.mu.Lock()
	f := s.barriers[b]
	delete(s.barriers, b)
	s.mu.Unlock()
	f()
}

// passBarriers lets the barriers pass among messages that are dropped.
func (s *Subscription) passBarriers(dropped run) {
	for st := dropped.next(); st != nil; st = dropped.next() {
		if isBarrier(st) {
			s.passBarrier(&st[0])
		}
	}
}

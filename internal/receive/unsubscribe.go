package receive

import "github.com/evernats/nats/internal/wire"

// Unsubscribe ends the subscription after limit messages in all, those that came
// before the call and those that were dropped included. A limit of zero or less, or
// one that has been reached, ends it at once.
func (s *Sub[M, H, S]) Unsubscribe(limit int) {
	if limit <= 0 {
		s.Remove(true)
		return
	}
	// Under the table's lock, so that the count is the one of the connection that it
	// is told on.
	t := s.table
	t.mu.Lock()
	s.mu.Lock()
	s.max.Store(uint64(limit))
	left := int64(limit) - int64(s.base) // as the server counts
	if s.received >= uint64(limit) {
		left = 0 // at once
	}
	over := s.usedUpLocked()
	s.mu.Unlock()
	if !over && !s.gated {
		t.host.Control(wire.AppendUnsub(nil, s.sid, left), len(t.byID))
	}
	t.mu.Unlock()
	if over {
		s.Remove(true)
	}
}

// unsubscribed is what the server is told of a subscription that ends at once.
func unsubscribed(sid uint64) []byte { return wire.AppendUnsub(nil, sid, 0) }

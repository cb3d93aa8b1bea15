package nats

import (
	"time"

	"github.com/evernats/nats/internal/wire"
)

// drainSub starts the drain of one subscription.
func (nc *Conn) drainSub(s *Subscription) {
	nc.subs.mu.Lock()
	s.mu.Lock()
	if s.closed || s.draining {
		s.mu.Unlock()
		nc.subs.mu.Unlock()
		return
	}
	s.draining = true
	s.tellLocked(SubscriptionDraining)
	s.mu.Unlock()
	nc.out.control(wire.AppendUnsub(nil, s.sid, 0))
	nc.subs.mu.Unlock()

	w, err := nc.out.fence()
	if err != nil {
		return // closed: everything has ended
	}
	go func() {
		// When the fence is answered all messages have come in. A connection that
		// died has none left to bring either, so an error is as good an answer.
		select {
		case <-w.done:
		case <-s.done:
			nc.out.forget(w)
			return
		}
		s.lastOneIn()
	}()
}

// lastOneIn ends a draining subscription as soon as nothing is pending.
func (s *Subscription) lastOneIn() {
	s.mu.Lock()
	s.drained = true
	empty := s.queue.first == nil
	switch {
	case s.closed:
		s.mu.Unlock()
		return
	case s.run != nil:
		s.rouseLocked() // the handler's goroutine ends it
		s.mu.Unlock()
		return
	case s.onDrained != nil:
		s.mu.Unlock()
		s.onDrained()
		return
	}
	s.mu.Unlock()
	if s.typ == ChanSubscription {
		s.awaitEmptyChan()
		return
	}
	if empty {
		s.remove(false)
	}
}

// awaitEmptyChan waits until the user has read the channel empty. A channel
// can't tell, so this looks again and again.
func (s *Subscription) awaitEmptyChan() {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for len(s.ch) > 0 {
		select {
		case <-tick.C:
		case <-s.done:
			return
		}
	}
	s.remove(false)
}

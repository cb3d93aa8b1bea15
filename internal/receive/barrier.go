package receive

import "sync/atomic"

// Barrier calls passed once every message that was received so far has been handled
// by its subscription's handler. It returns false, and doesn't call it, when no
// subscription has one.
func (t *Table[M, H, S]) Barrier(passed func()) bool {
	var subs []*Sub[M, H, S]
	for _, s := range t.all() {
		if s.run != nil {
			subs = append(subs, s)
		}
	}
	if len(subs) == 0 {
		return false
	}
	left := new(atomic.Int64)
	left.Store(int64(len(subs)) + 1)
	done := func() {
		if left.Add(-1) == 0 {
			passed()
		}
	}
	for _, s := range subs {
		s.afterPending(done)
	}
	done()
	return true
}

// afterPending calls done when the handler has got through what is pending now.
func (s *Sub[M, H, S]) afterPending(done func()) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		done()
		return
	}
	x := s.extrasLocked()
	if s.lends {
		x.lent.queue.push(&lentRun{passed: done})
	} else {
		if x.barriers == nil {
			x.barriers = make(map[*Msg[H, S]]func())
		}
		b := make([]Msg[H, S], 1)
		x.barriers[&b[0]] = done
		s.queue.push(b)
	}
	s.rouseLocked()
	s.mu.Unlock()
}

// passBarrier calls the function of a barrier whose turn has come.
func (s *Sub[M, H, S]) passBarrier(b *Msg[H, S]) {
	s.mu.Lock()
	f := s.more.barriers[b]
	delete(s.more.barriers, b)
	s.mu.Unlock()
	f()
}

// passBarriers lets the barriers pass among messages that are dropped.
func (s *Sub[M, H, S]) passBarriers(dropped queue[H, S]) {
	for st := dropped.next(); st != nil; st = dropped.next() {
		if isBarrier(st) {
			s.passBarrier(&st[0])
		}
	}
}

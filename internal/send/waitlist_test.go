package send

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
)

// A list of waiters does what the plainest one does.
func TestWaitListAgainstAModel(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var l waitList
		var model []*Waiter
		pos, seq := uint64(1), uint64(0)
		take := func(ok func(w *Waiter) bool) (taken []*Waiter) {
			var stay []*Waiter
			for _, w := range model {
				if ok(w) {
					taken = append(taken, w)
				} else {
					stay = append(stay, w)
				}
			}
			model = stay
			return taken
		}
		check := func(what string, got, want []*Waiter) {
			t.Helper()
			answer := errors.New(what)
			tellAll(got, answer)
			for _, w := range want {
				select {
				case err := <-w.done:
					if err != answer {
						t.Fatalf("seed %d, %s: told %v", seed, what, err)
					}
				default:
					t.Fatalf("seed %d, %s: one of %d isn't told", seed, what, len(want))
				}
			}
			for _, w := range model {
				if len(w.done) > 0 {
					t.Fatalf("seed %d, %s: one too many is told", seed, what)
				}
			}
			if l.empty() != (len(model) == 0) || len(l.q) > 2*len(model)+1 {
				t.Fatalf("seed %d, %s: %d places for %d", seed, what, len(l.q), len(model))
			}
		}
		for range 300 {
			switch op := rnd.IntN(20); {
			case op < 12:
				pos++
				seq += rnd.Uint64N(3)
				w := &Waiter{pos: pos, seq: seq, done: make(chan error, 1)}
				l.add(w)
				model = append(model, w)
			case op < 16 && len(model) > 0:
				w := model[rnd.IntN(len(model))]
				l.forget(w)
				take(func(x *Waiter) bool { return x == w })
				l.forget(w) // does nothing
				check("forget", nil, nil)
			case op == 16:
				p := pos - rnd.Uint64N(10)
				check("takeTo", l.takeTo(p), take(func(w *Waiter) bool { return w.pos <= p }))
			case op == 17:
				q := seq - min(seq, rnd.Uint64N(10))
				check("takeOlder", l.takeOlder(q), take(func(w *Waiter) bool { return w.seq <= q }))
			case op == 18:
				first := seq - min(seq, rnd.Uint64N(10))
				last := first + rnd.Uint64N(4)
				check("takeSpan", l.takeSpan(first, last), take(func(w *Waiter) bool { return w.seq >= first && w.seq <= last }))
			case op == 19 && rnd.IntN(5) == 0:
				check("takeAll", l.takeAll(), take(func(*Waiter) bool { return true }))
			}
		}
	}
}

// The work that many waiters make grows with their number and not with its square:
// when each gives up, the newest first, and when the messages of each are given up
// one by one.
func TestWaitersTakeTimeInProportion(t *testing.T) {
	waiting := func(n int) (*Sender, []*Waiter) {
		s, _ := newSender(usual)
		all := make([]*Waiter, n)
		s.mu.Lock()
		for i := range all {
			s.buf.Pub("a", "", nil, nil)
			all[i] = s.awaitLocked(s.buf.Seq(), true)
		}
		s.awaitLocked(s.buf.Seq(), false) // keeps the lists
		s.mu.Unlock()
		return s, all
	}
	for what, f := range map[string]func(s *Sender, all []*Waiter){
		"the oldest gives up first": func(s *Sender, all []*Waiter) {
			for _, w := range all {
				s.Forget(w)
			}
		},
		"the newest gives up first": func(s *Sender, all []*Waiter) {
			for i := len(all) - 1; i >= 0; i-- {
				s.Forget(all[i])
			}
		},
		"messages are given up, the newest first": func(s *Sender, all []*Waiter) {
			for i := len(all) - 1; i >= 0; i-- {
				s.mu.Lock()
				s.goneLocked(all[i].seq, all[i].seq, GaveWay)
				s.mu.Unlock()
			}
		},
	} {
		const n = 20_000
		s, all := waiting(n)
		f(s, all)
		if looked := s.waits.ones.looked; looked > 4*n {
			t.Errorf("%s: looked at %d waiters, of which there were %d", what, looked, n)
		}
	}
}

// Calls that wait without a connection and are given up leave nothing behind.
func TestWaitersThatGaveUpAreForgotten(t *testing.T) {
	s, _ := newSender(usual)
	var all sync.WaitGroup
	const n = 1000
	gaveUp := make(chan struct{})
	for range n {
		all.Go(func() {
			p := Publication{Always: true, Confirm: true, Urgent: true}
			if _, err := s.Publish(&p, "a", "", nil, nil); err != nil {
				t.Error(err)
				return
			}
			select {
			case err := <-p.Waiter.Done():
				t.Errorf("told %v", err)
			case <-gaveUp:
				s.Forget(p.Waiter)
			}
		})
	}
	eventually(t, "all wait", func() bool {
		msgs, _ := s.Published()
		return msgs == n
	})
	close(gaveUp)
	all.Wait()
	if s.waits != nil {
		t.Errorf("%d places left", len(s.waits.ones.q))
	}
}

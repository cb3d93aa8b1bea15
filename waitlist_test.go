package nats

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// A list of waiters does what the plainest one does.
func TestWaitListAgainstAModel(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var l waitList
		var model []*fenceWaiter
		pos, seq := uint64(1), uint64(0)
		take := func(ok func(w *fenceWaiter) bool) (taken []*fenceWaiter) {
			var stay []*fenceWaiter
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
		check := func(what string, got, want []*fenceWaiter) {
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
				w := &fenceWaiter{pos: pos, seq: seq, done: make(chan error, 1)}
				l.add(w)
				model = append(model, w)
			case op < 16 && len(model) > 0:
				w := model[rnd.IntN(len(model))]
				l.forget(w)
				take(func(x *fenceWaiter) bool { return x == w })
				l.forget(w) // does nothing
				check("forget", nil, nil)
			case op == 16:
				p := pos - rnd.Uint64N(10)
				check("takeTo", l.takeTo(p), take(func(w *fenceWaiter) bool { return w.pos <= p }))
			case op == 17:
				q := seq - min(seq, rnd.Uint64N(10))
				check("takeOlder", l.takeOlder(q), take(func(w *fenceWaiter) bool { return w.seq <= q }))
			case op == 18:
				first := seq - min(seq, rnd.Uint64N(10))
				last := first + rnd.Uint64N(4)
				check("takeSpan", l.takeSpan(first, last), take(func(w *fenceWaiter) bool { return w.seq >= first && w.seq <= last }))
			case op == 19 && rnd.IntN(5) == 0:
				check("takeAll", l.takeAll(), take(func(*fenceWaiter) bool { return true }))
			}
		}
	}
}

// The work that many waiters make grows with their number and not with its square:
// when each gives up, the newest first, and when the messages of each are given up
// one by one.
func TestWaitersTakeTimeInProportion(t *testing.T) {
	waiting := func(n int) (*sender, []*fenceWaiter) {
		nc, err := newConn(GetDefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		all := make([]*fenceWaiter, n)
		nc.out.mu.Lock()
		for i := range all {
			nc.out.buf.Pub("a", "", nil, nil)
			all[i] = nc.out.fences.await(nc.out.buf.Seq(), true)
		}
		nc.out.mu.Unlock()
		return &nc.out, all
	}
	for what, f := range map[string]func(s *sender, all []*fenceWaiter){
		"the oldest gives up first": func(s *sender, all []*fenceWaiter) {
			for _, w := range all {
				s.forget(w)
			}
		},
		"the newest gives up first": func(s *sender, all []*fenceWaiter) {
			for i := len(all) - 1; i >= 0; i-- {
				s.forget(all[i])
			}
		},
		"messages are given up, the newest first": func(s *sender, all []*fenceWaiter) {
			for i := len(all) - 1; i >= 0; i-- {
				s.mu.Lock()
				tell(s.fences.ones.takeSpan(all[i].seq, all[i].seq), ErrMessageDropped)
				s.mu.Unlock()
			}
		},
	} {
		const n = 20_000
		s, all := waiting(n)
		f(s, all)
		if looked := s.fences.ones.looked; looked > 4*n {
			t.Errorf("%s: looked at %d waiters, of which there were %d", what, looked, n)
		}
	}
}

// Calls that wait without a connection and are given up leave nothing behind.
func TestWaitersThatGaveUpAreForgotten(t *testing.T) {
	o := GetDefaultOptions()
	nc, err := newConn(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	const n = 1000
	for range n {
		all.Go(func() {
			if err := nc.PublishConfirmed(ctx, &Msg{Subject: "a"}); !errors.Is(err, context.Canceled) {
				t.Errorf("PublishConfirmed: %v", err)
			}
		})
	}
	for queued := uint64(0); queued < n; time.Sleep(time.Millisecond) {
		nc.out.mu.Lock()
		queued = nc.out.buf.Seq()
		nc.out.mu.Unlock()
	}
	cancel()
	all.Wait()
	nc.out.mu.Lock()
	left := len(nc.out.fences.ones.q)
	nc.out.mu.Unlock()
	if left != 0 {
		t.Errorf("%d places left", left)
	}
}

package reconnect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A fleet of 200 leaves its server in the first two fifths of the grace, and no 100 ms see
// more than a tenth of it go. The grace is nats-server's default, known or not.
func TestFleetSpreadsItsMoves(t *testing.T) {
	for _, grace := range []time.Duration{0, 10 * time.Second} {
		for seed := range uint64(50) {
			r := rand.New(rand.NewPCG(seed, 1))
			p := testPolicy()
			p.Migrate, p.NoRandomize = true, false
			var moves []time.Duration
			for range 200 {
				m := New(p, []string{"a", "b", "c"}, r.Int64N)
				m.Step(0, Event{Kind: Start}, nil)
				m.Step(0, Event{Kind: Established, Attempt: 1}, nil)
				from := m.url
				const begin = time.Minute
				m.Step(begin, Event{Kind: LameDuck, Epoch: 1, Delay: grace}, nil)
				at, ok := m.Deadline()
				if !ok {
					t.Fatal("no move is planned")
				}
				acts := m.Step(at, Event{Kind: Timeout}, nil)
				if len(acts) != 1 || acts[0].Kind != Dial || acts[0].URL == from {
					t.Fatalf("leaving %s: %v", from, acts)
				}
				moves = append(moves, at-begin)
			}
			slices.Sort(moves)
			if last := moves[len(moves)-1]; last >= 4*time.Second {
				t.Errorf("seed %d: the last one moves after %v", seed, last)
			}
			for i := range moves {
				n, _ := slices.BinarySearch(moves, moves[i]+100*time.Millisecond)
				if n-i > len(moves)/10 {
					t.Errorf("seed %d: %d move within 100 ms of %v", seed, n-i, moves[i])
				}
			}
		}
	}
}

// Whoever moves last has time for a first try that fails and for the longest overlap that
// there may be, before the lame duck hangs up.
func TestTheLastMoveHasTimeForASecondTry(t *testing.T) {
	const (
		grace   = 10 * time.Second
		failed  = 400 * time.Millisecond // a server that is just being started
		attempt = 300 * time.Millisecond // of the other one
		overlap = 5 * time.Second        // of servers that are slow, see overlap.QueuesStay and QueuesGone
	)
	p := testPolicy()
	p.Migrate = true
	m := New(p, []string{"a", "b", "c"}, func(n int64) int64 { return n - 1 })
	m.Step(0, Event{Kind: Start}, nil)
	m.Step(0, Event{Kind: Established, Attempt: 1}, nil)
	m.Step(0, Event{Kind: LameDuck, Epoch: 1}, nil)
	now, _ := m.Deadline()
	m.Step(now, Event{Kind: Timeout}, nil)
	now += failed
	m.Step(now, Event{Kind: Failed, Attempt: 2}, nil)
	now += attempt
	m.Step(now, Event{Kind: Established, Attempt: 3}, nil)
	now += overlap
	if at, ok := m.Deadline(); !ok || at < now {
		t.Fatalf("it waits until %v, and the overlap is over after %v", at, now)
	}
	acts := m.Step(now, Event{Kind: Ready, Attempt: 3}, nil)
	if len(acts) == 0 || acts[0].Kind != Switch || now > grace {
		t.Errorf("after %v: %v", now, acts)
	}
}

// Whatever the shuffle, the server that is left isn't dialled, as long as it is left.
func TestMoveNeverDialsTheOneThatLeaves(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := testPolicy()
		p.Migrate, p.NoRandomize = true, seed%2 == 0
		m := New(p, []string{"a", "b", "c"}, r.Int64N)
		m.Step(0, Event{Kind: Start}, nil)
		m.Step(0, Event{Kind: Established, Attempt: 1, Advertised: []string{"a", "d"}}, nil)
		from, now := m.url, time.Minute
		m.Step(now, Event{Kind: LameDuck, Epoch: 1}, nil)
		dialled := map[string]int{}
		var at time.Duration
		for m.move != nil {
			at, _ = m.Deadline()
			acts := m.Step(at, Event{Kind: Timeout}, nil)
			for len(acts) > 0 && acts[len(acts)-1].Kind == Dial {
				a := acts[len(acts)-1]
				dialled[a.URL]++
				acts = m.Step(at, Event{Kind: Failed, Attempt: a.Attempt, Advertised: []string{"a", "b", "c", "d"}}, nil)
			}
		}
		if at != now+hangsUpWithin {
			t.Errorf("seed %d: it gives up after %v", seed, at-now)
		}
		if dialled[from] > 0 || len(dialled) != 3 {
			t.Fatalf("seed %d: leaving %s it dialled %v", seed, from, dialled)
		}
		for u, n := range dialled {
			if n < 20 || n > 160 {
				t.Errorf("seed %d: %s was tried %d times in two minutes", seed, u, n)
			}
		}
	}
}

// Events of a move that come at the wrong moment, or with a number that isn't the
// move's, change nothing.
func TestEventsOfNoMove(t *testing.T) {
	p := testPolicy()
	p.Migrate = true
	to := func(events ...Event) *Machine {
		m := newTestMachine(p, "a", "b")
		for _, ev := range events {
			m.Step(time.Minute, ev, nil)
		}
		return m
	}
	start, up := Event{Kind: Start}, Event{Kind: Established, Attempt: 1}
	asked, prepared := Event{Kind: Migrate}, Event{Kind: Established, Attempt: 2}
	ready := Event{Kind: Ready, Attempt: 2}
	for name, tc := range map[string]struct {
		m      *Machine
		events []Event
	}{
		"before the start": {to(), []Event{ready, {Kind: NotReady}, {Kind: OldFinished}, {Kind: LameDuck}, {Kind: Stay}}},
		"no move":          {to(start, up), []Event{ready, {Kind: NotReady, Attempt: 2}, {Kind: OldFinished, Epoch: 1}, {Kind: LameDuck, Epoch: 2}, {Kind: Stay}}},
		"dialling":         {to(start, up, asked), []Event{ready, {Kind: NotReady, Attempt: 2}, {Kind: OldFinished, Epoch: 1}, {Kind: Lost, Epoch: 2}}},
		"overlapping":      {to(start, up, asked, prepared), []Event{{Kind: Ready, Attempt: 1}, {Kind: NotReady, Attempt: 3}, {Kind: OldFinished, Epoch: 1}, prepared, {Kind: Failed, Attempt: 2}}},
		"finishing":        {to(start, up, asked, prepared, ready), []Event{ready, {Kind: NotReady, Attempt: 2}, {Kind: OldFinished, Epoch: 2}, {Kind: Lost, Epoch: 3}, {Kind: LameDuck, Epoch: 1}}},
		"closed":           {to(start, up, asked, Event{Kind: Close}), []Event{asked, prepared, ready, {Kind: LameDuck, Epoch: 1}, {Kind: Stay}}},
	} {
		for _, ev := range tc.events {
			if acts := tc.m.Step(time.Minute, ev, nil); len(acts) > 0 {
				t.Errorf("%s: %v leads to %v", name, fmt.Sprint(ev.Kind), acts)
			}
		}
	}
}

// Who has asked for a move and doesn't want it any more gives it up, but not one that
// takes the connection away from a lame duck, whichever came first.
func TestAMoveThatIsWantedNoMore(t *testing.T) {
	p := testPolicy()
	p.Migrate = true
	asked, duck := Event{Kind: Migrate}, Event{Kind: LameDuck, Epoch: 1}
	for name, tc := range map[string]struct {
		events []Event
		stays  bool
	}{
		"asked":                  {[]Event{asked}, false},
		"a lame duck":            {[]Event{duck}, true},
		"a lame duck, and asked": {[]Event{duck, asked}, true},
		"asked, and a lame duck": {[]Event{asked, duck}, true},
	} {
		m := newTestMachine(p, "a", "b")
		for _, ev := range append([]Event{{Kind: Start}, {Kind: Established, Attempt: 1}}, tc.events...) {
			m.Step(time.Minute, ev, nil)
		}
		acts := m.Step(time.Minute, Event{Kind: Stay, OnlyAsked: true}, nil)
		if stays := m.move != nil; stays != tc.stays || stays == (len(acts) > 0) {
			t.Errorf("%s: there is a move: %v, and %v", name, stays, acts)
		}
		if m.Step(time.Minute, Event{Kind: Stay}, nil); m.move != nil {
			t.Errorf("%s: a drain doesn't end it", name)
		}
	}
}

package receive

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// twoLinks is a table with a link that is read, and a move to another one.
type twoLinks struct {
	t        *testing.T
	table    *table
	host     *testHost
	old, new *testLink
	move     *Move[message, header, subscription]

	mu     sync.Mutex
	beside string
	answer chan struct{} // of the new server, to the last question
	probes []string
}

func newTwoLinks(t *testing.T) *twoLinks {
	x := &twoLinks{t: t, old: newLink(), new: newLink()}
	x.table, x.host = newTable()
	x.table.Resume(x.old, func([]byte, []int, int) {})
	x.table.Read(x.old)
	t.Cleanup(func() {
		x.old.hangUp()
		x.new.hangUp()
		synctest.Wait()
	})
	return x
}

func (x *twoLinks) begin() {
	x.t.Helper()
	x.move = x.table.BeginMove(x.old, x.new, MoveConfig{
		Probes: "probe",
		Probed: func(subject string) { x.mu.Lock(); x.probes = append(x.probes, subject); x.mu.Unlock() },
		Beside: func(lines []byte) { x.beside += string(lines) },
		Asks:   func() <-chan struct{} { x.answer = make(chan struct{}); return x.answer },
	})
	if x.move == nil {
		x.t.Fatal("no move")
	}
	x.move.Subscribe()
}

// brings has a link bring messages of a subscription.
func (x *twoLinks) brings(l *testLink, sid int, data ...string) {
	var all []byte
	for _, d := range data {
		all = append(all, msg(sid, d)...)
	}
	l.reads <- all
	synctest.Wait()
}

// toldBeside is what the new link was told since the last time, line by line and sorted.
func (x *twoLinks) toldBeside() string {
	s := strings.Split(strings.TrimSpace(x.beside), "\r\n")
	x.beside = ""
	slices.Sort(s)
	return strings.Join(s, ", ")
}

// What both links bring is handed over once, in order, and the counters say so.
func TestMoveHandsOverOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTwoLinks(t)
		s := add(t, x.table, config{Subject: "x"})
		x.begin()
		x.brings(x.new, 1, "0") // which the old one brought before all this
		time.Sleep(2 * time.Second)
		x.brings(x.old, 1, "1", "2")
		x.brings(x.new, 1, "2", "3", "3")
		x.brings(x.old, 1, "3")
		if !x.move.Cut(false, func() bool { return true }) {
			t.Fatal("not cut")
		}
		x.brings(x.old, 1, "3", "4") // too late
		x.brings(x.new, 1, "4", "5")
		var got []string
		for range 6 {
			if n, _, _ := s.in.Pending(); n == 0 {
				break
			}
			m, err := s.in.Next(time.Second)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(m.Data))
		}
		if want := "1 2 3 3 4 5"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
		if n, _ := s.in.Delivered(); n != 6 {
			t.Errorf("%d delivered", n)
		}
		time.Sleep(time.Minute)
		x.brings(x.new, 1, "1")
		if n, _, _ := s.in.Pending(); n != 1 {
			t.Error("after the move nothing comes in")
		}
		select {
		case <-x.move.Ended():
		default:
			t.Error("the move hasn't ended")
		}
	})
}

// A move tells the new link of everything, and the old one of what concerns it.
func TestMoveTellsBothLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTwoLinks(t)
		add(t, x.table, config{Subject: "a"})
		add(t, x.table, config{Subject: "q", Queue: "g"})
		limited := add(t, x.table, config{Subject: "l"})
		limited.in.Unsubscribe(10)
		x.brings(x.old, 3, "1", "2")
		x.host.said()
		x.begin()
		sid := x.move.sid
		if got, want := x.toldBeside(), fmt.Sprintf("SUB a 1, SUB l 3, SUB probe.n.* %d, SUB q g 2", sid); got != want {
			t.Errorf("the new link is told %s, want %s", got, want)
		}
		if got, want := x.host.said(), fmt.Sprintf("SUB probe.o %d\r\n", sid); got != want {
			t.Errorf("the old link is told %q", got)
		}
		x.brings(x.new, int(sid), "")
		if len(x.probes) != 1 {
			t.Errorf("probes: %v", x.probes)
		}
		late := add(t, x.table, config{Subject: "late"})
		if got := x.toldBeside(); got != fmt.Sprintf("SUB late %d", sid+1) || x.host.said() == "" {
			t.Errorf("of a new one: %s", got)
		}
		late.in.Remove(true)
		if got := x.toldBeside(); got != fmt.Sprintf("UNSUB %d", sid+1) || x.host.said() == "" {
			t.Errorf("of its end: %s", got)
		}
		if !x.move.LeaveQueues() || x.host.said() != "UNSUB 2\r\n" {
			t.Error("the queue doesn't leave")
		}
		add(t, x.table, config{Subject: "q2", Queue: "g"})
		if got := x.toldBeside(); got != fmt.Sprintf("SUB q2 g %d", sid+2) || x.host.said() != "" {
			t.Errorf("of a new queue: %s", got)
		}
		// Both bring three, of which the new server has counted two.
		x.brings(x.old, 3, "3", "4", "5")
		x.brings(x.new, 3, "4", "5")
		x.move.Cut(false, func() bool { return true })
		if got := x.host.said(); !strings.Contains(got, "UNSUB 3 7\r\n") {
			t.Errorf("at the cut: %q, want five more than the two that it has counted", got)
		}
		time.Sleep(time.Minute)
	})
}

// A move that is given up leaves things as they were.
func TestAbandonedMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTwoLinks(t)
		plain := add(t, x.table, config{Subject: "x"})
		queue := add(t, x.table, config{Subject: "q", Queue: "g"})
		x.begin()
		if x.table.BeginMove(x.old, newLink(), MoveConfig{}) != nil {
			t.Error("two moves at once")
		}
		x.brings(x.new, 1, "1", "2")
		x.move.LeaveQueues()
		x.brings(x.new, 2, "1")
		x.host.said()
		if !x.move.Abandon() {
			t.Error("the queue isn't made again")
		}
		if got := x.host.said(); got != "UNSUB 3\r\nSUB q g 2\r\n" {
			t.Errorf("the old link is told %q, not of the probes' end and the queue", got)
		}
		x.brings(x.old, 1, "1", "2")
		x.brings(x.new, 1, "3")
		x.brings(x.new, 2, "2") // it is still a member there
		x.toldBeside()
		late := add(t, x.table, config{Subject: "late", Queue: "g"})
		if got := x.toldBeside(); got != "SUB late g 4" || x.host.said() != "SUB late g 4\r\n" {
			t.Errorf("of a new one the new link is told %q", got)
		}
		late.in.Remove(true)
		if got := x.toldBeside(); got != "UNSUB 4" {
			t.Errorf("of its end the new link is told %q", got)
		}
		if x.table.BeginMove(x.old, newLink(), MoveConfig{}) != nil {
			t.Error("two moves at once")
		}
		if got := string(x.move.Leave()); got != "UNSUB 2\r\n" {
			t.Errorf("the new link is told %q", got)
		}
		select {
		case <-x.move.Ended():
		default:
			t.Error("the move hasn't ended")
		}
		x.brings(x.new, 2, "3") // its last, which nobody else gets
		if n, _, _ := plain.in.Pending(); n != 2 {
			t.Errorf("the plain one has %d", n)
		}
		if n, _, _ := queue.in.Pending(); n != 3 {
			t.Errorf("the queue has %d", n)
		}
		third := newLink()
		if x.table.BeginMove(x.old, third, MoveConfig{Probes: "p"}) == nil {
			t.Error("there is no next move")
		}
		close(third.reads)
	})
}

// When the old link has ended what the new one holds comes out, and messages that are
// written in an unusual way pass through the same.
func TestMoveIsRescued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTwoLinks(t)
		s := add(t, x.table, config{Subject: "x"})
		x.begin()
		odd := []byte(strings.Replace(string(msg(1, "1")), "MSG ", "msg\t", 1))
		x.brings(x.old, 1, "1")
		x.new.reads <- odd
		x.brings(x.new, 1, "2")
		x.brings(x.new, 1, "3")
		time.Sleep(time.Minute)
		x.move.Cut(true, func() bool { return true })
		if n, _, _ := s.in.Pending(); n != 3 {
			t.Errorf("%d messages", n)
		}
		time.Sleep(time.Minute)
		if !strings.Contains(x.host.said(), string(wire.AppendUnsub(nil, x.move.sid, 0))) {
			t.Error("the probes stay")
		}
	})
}

// A subscription that drains in a move ends when nothing can come in for it any more: of
// a queue by either link; of a plain one when the old server has said so, or when that has
// ended and the new link has handed over what it holds.
func TestDrainInAMove(t *testing.T) {
	errLost := errors.New("lost")
	type steps = []func(x *twoLinks)
	oldAnswers := func(x *twoLinks) { x.host.answer(nil) }
	newAnswers := func(x *twoLinks) { close(x.answer) }
	newBrings := func(x *twoLinks) { x.brings(x.new, 1, "2") }
	oldEnds := func(x *twoLinks) { x.host.answer(errLost); x.old.hangUp() }
	newEnds := func(x *twoLinks) { x.new.hangUp() }
	cut := func(rescue bool) func(x *twoLinks) {
		return func(x *twoLinks) { x.move.Cut(rescue, func() bool { return true }) }
	}
	giveUp := func(x *twoLinks) { x.move.Abandon(); x.move.Leave() }
	for name, c := range map[string]struct {
		queue  string
		before steps // it drains
		then   steps // after the last of which it ends, and not before
		want   int   // messages, with the one that the old link has brought
	}{
		"queue":                           {"g", nil, steps{oldAnswers, newBrings, newAnswers}, 2},
		"queue, the new one first":        {"g", nil, steps{newBrings, newAnswers, oldAnswers}, 2},
		"queue, the new one ends":         {"g", nil, steps{oldAnswers, newBrings, newEnds}, 2},
		"queue, the move is given up":     {"g", nil, steps{giveUp, oldAnswers, newBrings, newAnswers}, 2},
		"queue, it was given up":          {"g", steps{giveUp}, steps{oldAnswers, newBrings, newEnds}, 2},
		"queue, the new one is in use":    {"g", steps{cut(false), func(x *twoLinks) { x.old.hangUp() }}, steps{newBrings, oldAnswers}, 2},
		"plain":                           {"", nil, steps{oldAnswers}, 1},
		"plain, it was given up":          {"", steps{giveUp}, steps{oldAnswers}, 1},
		"plain, the old one ends":         {"", nil, steps{newBrings, oldEnds, newAnswers, cut(true)}, 2},
		"plain, it ends behind the cut":   {"", nil, steps{newBrings, cut(false), func(x *twoLinks) { x.old.hangUp() }, newAnswers}, 2},
		"plain, both end":                 {"", nil, steps{newBrings, oldEnds, newEnds, cut(true)}, 2},
		"queue, the old one ends":         {"g", nil, steps{newBrings, oldEnds, newAnswers, cut(true)}, 2},
		"queue, and nobody answers again": {"g", nil, steps{oldEnds, newEnds, cut(true)}, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newTwoLinks(t)
			s := add(t, x.table, config{Subject: "x", Queue: c.queue})
			x.begin()
			x.brings(x.old, 1, "1")
			for _, f := range c.before {
				f(x)
			}
			synctest.Wait()
			s.in.Drain()
			got := 0
			for i, f := range c.then {
				synctest.Wait()
				for n, _, _ := s.in.Pending(); n > 0; n-- {
					if _, err := s.in.Next(time.Second); err != nil {
						t.Errorf("%s: %v", name, err)
					}
					got++
				}
				if !s.in.Valid() {
					t.Fatalf("%s: it has ended before step %d", name, i)
				}
				f(x)
			}
			for {
				if _, err := s.in.Next(time.Second); err != nil {
					break
				}
				got++
			}
			if s.in.Valid() || got != c.want {
				t.Errorf("%s: valid %v, %d messages, want %d", name, s.in.Valid(), got, c.want)
			}
			if len(x.table.leaving) > 0 {
				x.new.hangUp()
				synctest.Wait()
				if len(x.table.leaving) > 0 {
					t.Errorf("%s: a link that has ended is kept", name)
				}
			}
			time.Sleep(time.Minute)
		})
	}
}

// When a queue subscription has got all it may, both servers are told: neither knows what
// the other one has brought. One that goes back to the old server takes its count along.
func TestCountOfAQueueInAMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTwoLinks(t)
		s := add(t, x.table, config{Subject: "q", Queue: "g"})
		other := add(t, x.table, config{Subject: "q", Queue: "g"})
		s.in.Unsubscribe(4)
		other.in.Unsubscribe(10)
		x.begin()
		x.brings(x.old, 1, "1", "2")
		x.brings(x.new, 1, "3", "4", "5")
		x.brings(x.new, 2, "1")
		x.host.said()
		x.toldBeside()
		for range 4 {
			if _, err := s.in.Next(time.Second); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := x.host.said(), "UNSUB 1\r\n"; got != want {
			t.Errorf("the old server is told %q, want %q", got, want)
		}
		if got, want := x.toldBeside(), "UNSUB 1"; got != want {
			t.Errorf("the new server is told %q, want %q", got, want)
		}
		x.move.LeaveQueues()
		x.brings(x.old, 2, "2")
		x.host.said()
		x.move.Abandon()
		if got, want := x.host.said(), "UNSUB 3\r\nSUB q g 2\r\nUNSUB 2 8\r\n"; got != want {
			t.Errorf("the old server is told %q, want %q", got, want)
		}
		x.brings(x.new, 2, "3")
		x.move.Leave()
		x.brings(x.old, 2, "4", "5", "6", "7", "8", "9", "10") // seven of the eight that it may
		for range 10 {
			if _, err := other.in.Next(time.Second); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := x.host.said(), "UNSUB 2\r\n"; got != want {
			t.Errorf("the old server is told %q, want %q", got, want)
		}
	})
}

// When the new link has brought more than can be compared the move isn't to be. After Commit
// it takes twice as much, since the cut comes at once; what comes beyond that before the
// cut is lost, and from then on all is the program's.
func TestMoreThanCanBeCompared(t *testing.T) {
	const limit = 1 << 16
	all := bytes.Repeat(msg(1, ""), limit)
	for name, c := range map[string]struct {
		before, then int // messages that only the new link brings, before Commit and after it
		commits      bool
		kept         int // at the cut
	}{
		"as many as can be":       {limit, 0, true, limit},
		"one too many":            {limit + 1, 0, false, 0},
		"twice as many":           {limit, limit, true, 2 * limit},
		"one more than twice":     {limit, limit + 1, true, 0},
		"all of them at the last": {0, 2 * limit, true, 2 * limit},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newTwoLinks(t)
			s := add(t, x.table, config{Subject: "x"})
			_ = s.in.SetLimits(-1, -1)
			x.begin()
			bring := func(n int) {
				for ; n > 0; n -= limit {
					x.new.reads <- all[:min(n, limit)*len(all)/limit]
				}
				synctest.Wait()
			}
			bring(c.before)
			if got := x.move.Commit(); got != c.commits {
				t.Fatalf("%s: commits: %v", name, got)
			}
			if !c.commits {
				x.move.Abandon()
				x.move.Leave()
				x.brings(x.old, 1, "old")
				if n, _, _ := s.in.Pending(); n != 1 {
					t.Errorf("%s: %d messages", name, n)
				}
				return
			}
			bring(c.then)
			if !x.move.Crowded() {
				t.Errorf("%s: it isn't crowded", name)
			}
			x.move.Cut(true, func() bool { return true })
			if n, _, _ := s.in.Pending(); n != c.kept {
				t.Errorf("%s: %d messages, want %d", name, n, c.kept)
			}
			x.brings(x.new, 1, "new")
			if n, _, _ := s.in.Pending(); n != c.kept+1 {
				t.Errorf("%s: %d messages after the cut, want %d", name, n, c.kept+1)
			}
			time.Sleep(time.Minute)
		})
	}
}

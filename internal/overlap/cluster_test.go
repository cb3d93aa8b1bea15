package overlap

import (
	"container/heap"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"testing"
	"time"
)

// The servers of the model: the one that is left, the new one and another.
const (
	oldServer = iota
	newServer
	thirdServer
	servers
)

// world is a cluster with random delays, its publishers, and a client that moves by
// the steps of doc.go. Routes and links keep the order of what they carry.
type world struct {
	r      *rand.Rand
	now    time.Duration
	events events
	seq    int

	slowest    time.Duration // of a route or a link, ordinarily
	late       time.Duration // of what the third server says and hears
	last       map[[2]int]time.Duration
	subscribed [servers]bool          // at that server
	knows      [servers][servers]bool // [of][that the client is subscribed at]
	alive      [2]bool                // links

	f         *Filter[string]
	skew      time.Duration
	settle    time.Duration
	moved     bool // the cut was
	heardOld  time.Duration
	heardNew  time.Duration
	settling  bool
	got       []string
	published []string
	onlyHeld  int
	doubling  bool // queues leave, and the new server gives some messages twice
	doubles   int
	honest    bool // it doesn't
	hasty     bool // no time for the queues
	early     bool // they have begun to leave before
	brief     bool // they have left a Skew before the cut, and no longer
}

type event struct {
	at  time.Duration
	seq int
	do  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	x := old[len(old)-1]
	*e = old[:len(old)-1]
	return x
}

func (w *world) after(d time.Duration, do func()) {
	w.seq++
	heap.Push(&w.events, event{at: w.now + d, seq: w.seq, do: do})
}

// client is the client's end of the links.
const client = servers

// carry takes something from one server to another, or to the client, in order.
func (w *world) carry(from, to int, do func()) {
	way := [2]int{from, to}
	d := time.Duration(w.r.Int64N(int64(w.slowest)))
	if w.late > 0 && (from == thirdServer || to == thirdServer) {
		d += w.late
	}
	at := max(w.now+d, w.last[way])
	w.last[way] = at
	w.after(at-w.now, do)
}

// publish lets a server handle a message of a publisher of its own.
func (w *world) publish(at int, text string) {
	w.published = append(w.published, text)
	w.handle(at, text)
	for _, to := range []int{oldServer, newServer} {
		if to != at && w.knows[at][to] {
			w.carry(at, to, func() { w.handle(to, text) })
		}
	}
}

// handle is a message at a server that may have the client.
func (w *world) handle(at int, text string) {
	if at == thirdServer || !w.subscribed[at] {
		return
	}
	w.carry(at, client, func() { w.deliver(at, text) })
	if at == newServer && w.doubling && w.r.IntN(20) == 0 {
		w.doubles++
		w.after(time.Duration(w.r.Int64N(int64(w.slowest))), func() {
			w.carry(at, client, func() { w.deliver(at, text) })
		})
	}
}

// deliver is a message on a link.
func (w *world) deliver(link int, text string) {
	subject := []byte("s")
	switch {
	case !w.alive[link]:
	case link == oldServer:
		if w.f == nil || w.f.Old(w.now, 1, subject, nil, nil, []byte(text)) {
			w.got = append(w.got, text)
		}
	default:
		if w.f.New(w.now, 1, subject, nil, nil, []byte(text), func() string { return text }) == Deliver {
			w.got = append(w.got, text)
		}
	}
}

// interest makes a server know, and tell the others.
func (w *world) interest(at int) {
	w.subscribed[at] = true
	for other := range servers {
		if other != at {
			w.carry(at, other, func() { w.knows[other][at] = true })
		}
	}
}

// begin is steps 1 to 3.
func (w *world) begin() {
	w.f = New[string](w.now, maphash.MakeSeed(), Limits{})
	w.heardOld, w.heardNew = -1, -1
	began := w.now
	w.carry(client, newServer, func() { w.interest(newServer) })
	w.probe(began, oldServer, newServer, &w.heardNew)
	w.probe(began, newServer, oldServer, &w.heardOld)
}

// probe publishes on one link until it is heard on the other.
func (w *world) probe(began time.Duration, from, to int, heard *time.Duration) {
	if *heard >= 0 || !w.alive[0] || !w.alive[1] {
		return
	}
	w.carry(client, from, func() {
		if !w.subscribed[newServer] || !w.knows[from][to] {
			return
		}
		w.carry(from, to, func() {
			w.carry(to, client, func() {
				if *heard < 0 {
					*heard = w.now - began
					w.settled()
				}
			})
		})
	})
	w.after(2*time.Millisecond, func() { w.probe(began, from, to, heard) })
}

// settled is steps 4 and 5, when both probes are heard.
func (w *world) settled() {
	if w.heardOld < 0 || w.heardNew < 0 || w.settling {
		return
	}
	w.settling = true
	longest := max(w.heardOld, w.heardNew)
	skew, stay, gone := Skew(longest), QueuesStay(longest), QueuesGone(longest)
	if w.skew > 0 {
		skew, stay, gone = w.skew, w.settle, 2*w.skew
	}
	if w.brief {
		gone = skew
	}
	w.f.SetSkew(skew)
	w.doubling = w.early
	w.after(stay, func() {
		w.doubling = !w.honest
		w.after(3*skew/4, func() { w.doubling = false })
		if w.hasty {
			w.cut()
		}
		w.after(gone, w.cut)
	})
}

// cut is steps 7 and 8.
func (w *world) cut() {
	if w.moved || !w.alive[newServer] {
		return
	}
	w.moved = true
	cut := w.f.Cut
	if !w.alive[oldServer] {
		cut = w.f.Rescue
	}
	cut(w.now, func(text string) {
		w.got = append(w.got, text)
		w.onlyHeld++
	})
	w.carry(client, oldServer, func() {
		w.subscribed[oldServer] = false
		for other := range servers {
			w.carry(oldServer, other, func() { w.knows[other][oldServer] = false })
		}
	})
}

func newWorld(seed uint64) *world {
	w := &world{r: rand.New(rand.NewPCG(seed, 7)), last: map[[2]int]time.Duration{}, alive: [2]bool{true, true}}
	w.slowest = []time.Duration{100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond}[w.r.IntN(3)]
	w.subscribed[oldServer] = true
	for i := range servers {
		w.knows[i][oldServer] = true
	}
	return w
}

// run publishes while the client moves: 3 publishers at each server, whose messages
// are all different, or all the same. Those must be further apart than the links are,
// most of the time.
func (w *world) run(same bool) {
	const long = 1800 * time.Millisecond
	gap := time.Duration(w.r.Int64N(int64(5*time.Millisecond))) + 300*time.Microsecond
	if same {
		gap = max(gap, 3*12*w.slowest) // or the links never agree
	}
	for p := range 3 * servers {
		n := 0
		var next func()
		next = func() {
			text := fmt.Sprintf("%d:%d", p, n)
			if same {
				text = "same"
			}
			n++
			w.publish(p%servers, text)
			if w.now < long {
				w.after(time.Duration(w.r.Int64N(int64(2*gap*servers)))+1, next)
			}
		}
		w.after(time.Duration(w.r.Int64N(int64(gap)+1)), next)
	}
	w.after(20*time.Millisecond+time.Duration(w.r.Int64N(int64(10*time.Millisecond))), w.begin)
	for len(w.events) > 0 {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.do()
	}
}

// account says how many messages were lost, doubled and out of order.
func (w *world) account() (lost, doubled, disordered int) {
	count := map[string]int{}
	last := map[int]int{}
	for _, text := range w.got {
		count[text]++
		var p, n int
		if _, err := fmt.Sscanf(text, "%d:%d", &p, &n); err != nil {
			continue
		}
		if before, ok := last[p]; ok && n < before {
			disordered++
		}
		last[p] = n
	}
	sent := map[string]int{}
	for _, text := range w.published {
		sent[text]++
	}
	for text, n := range sent {
		lost += max(n-count[text], 0)
		doubled += max(count[text]-n, 0)
	}
	return lost, doubled, disordered
}

// A move loses nothing, doubles nothing and keeps each publisher's order, whatever
// the delays are, be the messages all different or all the same.
func TestMovesOfARandomCluster(t *testing.T) {
	held, doubles := 0, 0
	for seed := uint64(1); seed <= 25; seed++ {
		for _, same := range []bool{false, true} {
			w := newWorld(seed)
			w.honest = same // those doubles nobody can tell
			w.run(same)
			lost, doubled, disordered := w.account()
			if lost+doubled+disordered > 0 || !w.moved || len(w.got) == 0 {
				t.Fatalf("seed %d, same %v: %d lost, %d doubled, %d out of order of %d; moved: %v", seed, same, lost, doubled, disordered, len(w.published), w.moved)
			}
			if n, b := w.f.Held(); n != 0 || b != 0 || !w.f.Done(w.now) {
				t.Fatalf("seed %d: %d messages of %d bytes are left", seed, n, b)
			}
			held += w.onlyHeld
			doubles += w.doubles
		}
	}
	if held == 0 || doubles == 0 {
		t.Error("no cut ever found anything held, or nothing was doubled: the test is too tame")
	}
}

// When the old link dies in the overlap nothing is doubled or out of order, and no
// more is lost than was published between its death and the first message that the new
// one brings; when the new one dies, nothing is lost at all.
func TestDeathsInTheOverlap(t *testing.T) {
	saved := 0
	for seed := uint64(1); seed <= 25; seed++ {
		for _, dies := range []int{oldServer, newServer} {
			w := newWorld(seed)
			w.honest = true // those doubles can't be told without the old link
			at := 25*time.Millisecond + time.Duration(w.r.Int64N(int64(300*time.Millisecond)))
			w.after(at, func() {
				if w.f == nil || w.moved {
					return
				}
				w.alive[dies] = false
				if dies == newServer {
					w.f.Abandon()
					return
				}
				before := len(w.got)
				w.cut()
				saved += len(w.got) - before
			})
			w.run(false)
			lost, doubled, disordered := w.account()
			if doubled+disordered > 0 || dies == newServer && lost > 0 {
				t.Fatalf("seed %d, server %d dies: %d lost, %d doubled, %d out of order", seed, dies, lost, doubled, disordered)
			}
			if dies == oldServer && at > 200*time.Millisecond && lost > 0 {
				t.Fatalf("seed %d: %d lost though all servers had long known of the new one", seed, lost)
			}
		}
	}
	if saved == 0 {
		t.Error("no death ever found anything held: the test is too tame")
	}
}

// The times matter: with less of them each assumption's failure is seen. So the model
// can tell a right move from a wrong one.
func TestShorterTimesAreFound(t *testing.T) {
	find := func(name string, same bool, change func(*world), bad func(lost, doubled, disordered int) bool) {
		t.Helper()
		for seed := uint64(1); seed <= 300; seed++ {
			w := newWorld(seed)
			change(w)
			w.run(same)
			if bad(w.account()) {
				return
			}
		}
		t.Errorf("%s: not found in 300 seeds", name)
	}
	lost := func(lost, _, _ int) bool { return lost > 0 }
	find("a third server that learns of the move too late", false, func(w *world) { w.late = 1300 * time.Millisecond }, lost)
	find("no time to settle", false, func(w *world) { w.skew, w.settle, w.hasty = 100*time.Millisecond, 1, true }, lost)
	find("equal messages, and what only the old link brought isn't forgotten", true, func(w *world) { w.skew, w.settle = time.Hour, 300*time.Millisecond; w.hasty = true }, lost)
	find("queues that leave at the last moment", false, func(w *world) { w.hasty = true; w.early = true }, func(_, doubled, _ int) bool { return doubled > 0 })
	find("queues that have left for too short a time", false, func(w *world) { w.brief = true }, func(_, doubled, _ int) bool { return doubled > 0 })
	find("a skew of nothing", false, func(w *world) { w.skew, w.settle = 1, 300*time.Millisecond }, func(_, doubled, _ int) bool { return doubled > 0 })
}

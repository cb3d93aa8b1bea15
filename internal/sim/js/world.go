package js

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const ms = time.Millisecond

// World is one simulation: a cluster, its streams, and the clients.
type World struct {
	now       time.Duration
	queue     []event
	events    int
	seq       uint64
	rnd       *rand.Rand
	nodes     []*node
	meta      leader // of the cluster's API
	streams   []*Stream
	clients   []*Client
	objects   map[string]meta // by id: what is said of them when they are announced
	healed    bool            // nothing goes wrong any more
	Calm      bool            // links are lost, and nothing else
	Slow      bool            // links are away for long
	err       error
	spoiled   time.Duration // when an answer was lost or refused last, for no other reason
	consumes  []*Consume
	disturbed time.Duration // when something went wrong last, or was mended
	readers   []reader
	// What took longest: until an ordered consumer was made anew that could be, and the
	// same where it pushes.
	OrderedLag, PushLag time.Duration
	// Trace is called with what happens; nil for nobody.
	Trace func(now time.Duration, text string)
}

// event is something that will happen. seq orders events of the same moment.
type event struct {
	at  time.Duration
	seq uint64
	do  func()
}

func (e *event) before(o *event) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

// New makes a world with three nodes, which lead nothing yet.
func New(seed uint64) *World {
	w := &World{rnd: rand.New(rand.NewPCG(seed, 0x15)), queue: make([]event, 0, 256), objects: map[string]meta{}}
	for i := range 3 {
		w.nodes = append(w.nodes, &node{id: i, up: true})
	}
	w.meta = leader{w: w, name: "the API", at: w.rnd.IntN(3)}
	w.nodes[w.meta.at].leads = append(w.nodes[w.meta.at].leads, &w.meta)
	return w
}

// Now is the virtual time.
func (w *World) Now() time.Duration { return w.now }

// Err is what was wrong first.
func (w *World) Err() error { return w.err }

// Healed says that nothing goes wrong any more.
func (w *World) Healed() { w.healed = true }

// Fail notes that something is wrong, which ends the world.
func (w *World) Fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("at %v: %w", w.now, fmt.Errorf(format, args...))
		w.tracef("WRONG: %v", w.err)
	}
}

func (w *World) tracef(format string, args ...any) {
	if w.Trace != nil {
		w.Trace(w.now, fmt.Sprintf(format, args...))
	}
}

// After does something later. It can't be taken back.
func (w *World) After(d time.Duration, do func()) { w.at(w.now+max(d, 0), do) }

func (w *World) at(at time.Duration, do func()) {
	w.seq++
	e := event{at, w.seq, do}
	w.queue = append(w.queue, e)
	q, i := w.queue, len(w.queue)-1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&q[parent]) {
			break
		}
		q[i] = q[parent]
		i = parent
	}
	q[i] = e
}

func (w *World) pop() event {
	q := w.queue
	top, last := q[0], q[len(q)-1]
	q[len(q)-1].do = nil
	q = q[:len(q)-1]
	w.queue = q
	if len(q) == 0 {
		return top
	}
	i := 0
	for {
		first := 4*i + 1
		if first >= len(q) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(q)); c++ {
			if q[c].before(&q[least]) {
				least = c
			}
		}
		if !q[least].before(&last) {
			break
		}
		q[i] = q[least]
		i = least
	}
	q[i] = last
	return top
}

// maxEvents is more than a world has that works.
const maxEvents = 200_000

// Run goes on until done says so, something is wrong, or the time is over, and says
// whether done did.
func (w *World) Run(until time.Duration, done func() bool) bool {
	for w.err == nil {
		if done != nil && done() {
			return true
		}
		if len(w.queue) == 0 || w.queue[0].at > until {
			w.now = max(w.now, until)
			return false
		}
		e := w.pop()
		w.now = e.at
		if w.events++; w.events > maxEvents {
			w.Fail("%d things have happened, and it doesn't come to rest", maxEvents)
			return false
		}
		e.do()
	}
	return false
}

// between is a random time, at least a and below b.
func (w *World) between(a, b time.Duration) time.Duration {
	if b <= a {
		return a
	}
	return a + time.Duration(w.rnd.Int64N(int64(b-a)))
}

// one says with a chance of one in n that something is so.
func (w *World) one(n int) bool { return w.rnd.IntN(n) == 0 }

package ingest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var (
	seeds = flag.Int("seeds", 1000, "random scenarios")
	seed  = flag.Uint64("seed", 0, "play this one again, with its transcript")
)

func testConfig() Config {
	return Config{
		Flow: 4, Outstanding: 2, Patience: 30 * time.Second, Probe: time.Second, Rest: 2 * time.Second,
		Retry: 100 * time.Millisecond, Replay: time.Minute,
	}
}

// sent is what is on its way to the server.
type sent struct{ Action }

// said is what the server says.
type said struct {
	what       string
	batch, seq uint64
	flow       uint64
	op         Op
}

type batch struct {
	seq   uint64 // the newest message
	acked uint64 // the newest that was acknowledged
	down  bool   // the leader steps down
	lost  bool   // a link was, since it began
	flow  uint64
}

// model is a server with one stream, and a network, as the ADR describes them.
type model struct {
	rng     *rand.Rand
	m       *Machine
	now     time.Duration
	ids     bool
	up      bool
	out     []sent // towards the server
	in      []said
	batches map[uint64]*batch
	log     []uint64
	has     map[uint64]bool
	bad     uint64 // the message that is refused; 0: none
	away    int    // so many messages find nobody
	done    bool
	failed  *Action
	checked int // entries of the log
	text    strings.Builder
}

// note writes the transcript, which only one that is played again has.
func (w *model) note(format string, args ...any) {
	if *seed != 0 {
		fmt.Fprintf(&w.text, format+"\n", args...)
	}
}

func (w *model) act(acts []Action) {
	for _, a := range acts {
		w.note("%v %+v", w.now, a)
		switch a.Kind {
		case Send, Say:
			w.out = append(w.out, sent{Action: a})
		case Done:
			w.done = true
		case Fail:
			w.failed = &a
		}
	}
}

// serve has the server take the next of what was sent.
func (w *model) serve() {
	if len(w.out) == 0 || !w.up {
		return
	}
	a := w.out[0]
	w.out = w.out[1:]
	if w.away > 0 {
		w.away--
		w.answer(said{what: "nobody", batch: a.Batch, seq: a.Seq, op: a.Op})
		return
	}
	b := w.batches[a.Batch]
	if a.Op == Start {
		b = &batch{flow: 1}
		w.batches[a.Batch] = b
		w.answer(said{what: "ack", batch: a.Batch, flow: b.flow})
	}
	if b == nil {
		w.answer(said{what: "unknown", batch: a.Batch, seq: a.Seq, op: a.Op})
		return
	}
	want := b.seq + 1
	if a.Op == Ping {
		want = b.seq
	}
	if b.down && a.Op != Start && b.seq > b.acked {
		// The leader counts what it has stored; what it has passed on will be, too.
		told := b.seq - w.rng.Uint64N(b.seq-b.acked+1)
		w.answer(said{what: "gap", batch: a.Batch, seq: a.Seq})
		w.answer(said{what: "final", batch: a.Batch, seq: told})
		delete(w.batches, a.Batch)
		return
	}
	if a.Seq != want {
		w.answer(said{what: "gap", batch: a.Batch, seq: a.Seq})
		w.final(a.Batch)
		return
	}
	switch a.Op {
	case Ping:
		w.answer(said{what: "ack", batch: a.Batch, seq: b.acked, flow: b.flow})
	case End:
		w.final(a.Batch)
	default:
		if a.N == w.bad {
			w.answer(said{what: "objection", batch: a.Batch, seq: a.Seq})
			w.final(a.Batch)
			return
		}
		b.seq++
		if !w.has[a.N] || !w.ids {
			w.log = append(w.log, a.N)
			w.has[a.N] = true
		}
		if b.seq >= b.acked+b.flow {
			b.acked = b.seq
			b.flow = 1 + w.rng.Uint64N(4)
			w.answer(said{what: "ack", batch: a.Batch, seq: b.seq, flow: b.flow})
		}
	}
}

func (w *model) final(id uint64) {
	w.answer(said{what: "final", batch: id, seq: w.batches[id].seq})
	delete(w.batches, id)
}

func (w *model) answer(s said) { w.in = append(w.in, s) }

// hear has the machine take the next of what was said.
func (w *model) hear() {
	if len(w.in) == 0 || !w.up {
		return
	}
	s := w.in[0]
	w.in = w.in[1:]
	w.note("%v hears %+v", w.now, s)
	switch s.what {
	case "ack":
		w.act(w.m.Ack(w.now, s.batch, s.seq, s.flow, nil))
	case "gap":
		w.act(w.m.Gap(w.now, s.batch, nil))
	case "final":
		w.act(w.m.Final(w.now, s.batch, s.seq, nil))
	case "objection":
		w.act(w.m.Objection(w.now, s.batch, s.seq, nil))
	case "nobody":
		w.act(w.m.Nobody(w.now, s.batch, nil))
	case "unknown":
		if s.op == Start || s.op == Append {
			w.act(w.m.Objection(w.now, s.batch, s.seq, nil))
		} else {
			w.act(w.m.Unknown(w.now, s.batch, nil))
		}
	}
}

// lose ends the link: the server took some of what had left, and what it said is gone.
func (w *model) lose() {
	if !w.up {
		return
	}
	gone := w.rng.IntN(len(w.out) + 1)
	for range w.rng.IntN(gone + 1) {
		w.serve()
		gone--
	}
	gone = min(max(gone, 0), len(w.out))
	left := w.m.sent
	for _, s := range w.out[gone:] {
		if s.Kind == Send && s.Batch == w.m.Batch() {
			left = min(left, s.Seq-1)
		}
	}
	for _, b := range w.batches {
		b.lost, b.down = true, false
	}
	w.out, w.in, w.up = w.out[gone:], nil, false
	w.note("%v link down, up to %d left", w.now, left)
	w.m.LinkDown(w.now, left)
}

func (w *model) back() {
	if w.up {
		return
	}
	w.up = true
	queue := w.out
	w.out = nil
	w.note("%v link up", w.now)
	w.act(w.m.LinkUp(w.now, nil))
	w.out = append(w.out, queue...)
}

func (w *model) tick() {
	w.act(w.m.Tick(w.now, nil))
}

func (w *model) step(faults bool) {
	switch n := w.rng.IntN(100); {
	case n < 30:
		w.serve()
	case n < 60:
		w.hear()
	case n < 75:
		w.now += time.Duration(w.rng.IntN(300)) * time.Millisecond
		w.tick()
	case n < 80:
		w.back()
	case !faults:
	case n < 83:
		w.lose()
	case n < 84 && len(w.out) > 0:
		w.note("%v lost silently: %+v", w.now, w.out[0])
		w.out = w.out[1:]
	case n < 85:
		w.away = w.rng.IntN(4)
	case n < 87 && w.rng.IntN(2) == 0:
		for _, b := range w.batches {
			b.down = !b.lost
		}
		w.note("%v the leader steps down", w.now)
	case n < 88 && w.rng.IntN(4) == 0:
		w.note("%v the server forgets its batches", w.now)
		clear(w.batches)
	}
}

func (w *model) check(t *testing.T) {
	t.Helper()
	stored := w.m.Stored()
	for ; w.checked < len(w.log); w.checked++ {
		if w.log[w.checked] != uint64(w.checked)+1 {
			t.Fatalf("the log is %v", w.log)
		}
	}
	if stored > uint64(len(w.log)) {
		t.Fatalf("%d are said to be stored, %d are", stored, len(w.log))
	}
}

// Messages are stored once and in order whatever happens on the way, and when it fails it
// says the truth of what is stored.
func TestModel(t *testing.T) {
	from, to := uint64(1), uint64(*seeds)
	if *seed != 0 {
		from, to = *seed, *seed
	}
	fails := map[Reason]int{}
	for s := from; s <= to; s++ {
		w := &model{
			rng: rand.New(rand.NewPCG(s, 1)), m: New(testConfig()), batches: map[uint64]*batch{}, has: map[uint64]bool{},
			ids: s%2 == 0,
		}
		if s%5 == 0 {
			w.bad = 1 + w.rng.Uint64N(40)
		}
		w.play(t, s)
		if w.failed != nil {
			fails[w.failed.Why]++
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("failed, by reason: %v", fails)
}

func (w *model) play(t *testing.T, s uint64) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("again, with its transcript: -seed %d\n%s", s, w.text.String())
		}
	}()
	w.back()
	total := 10 + w.rng.Uint64N(60)
	for i := 0; w.failed == nil && i < 3000 && w.m.Last() < total; i++ {
		if w.rng.IntN(3) == 0 && w.m.Room() {
			w.act([]Action{w.m.Add(w.now, w.ids)})
		}
		if w.rng.IntN(200) == 0 {
			w.act(w.m.Flush(w.now, nil))
		}
		w.step(true)
		w.check(t)
	}
	w.done = false
	w.away = 0
	w.back()
	if w.failed == nil {
		w.act(w.m.Flush(w.now, nil))
	}
	for i := 0; w.failed == nil && !w.done && i < 3000; i++ {
		w.step(false)
		w.check(t)
	}
	stored := w.m.Stored()
	switch {
	case w.failed == nil && !w.done:
		t.Fatalf("it doesn't end: %+v", *w.m)
	case w.failed == nil && (stored != w.m.Last() || uint64(len(w.log)) != stored):
		t.Fatalf("done, and %d of %d are stored, %d in the log", stored, w.m.Last(), len(w.log))
	case w.failed != nil && !w.failed.Doubt && stored != uint64(len(w.log)):
		t.Fatalf("failed without a doubt, with %d stored, and the log has %d", stored, len(w.log))
	case w.failed != nil && w.ids && w.failed.Why == Forgot:
		t.Fatalf("messages with ids are in doubt")
	case w.failed != nil && w.failed.Why == Stuck:
		t.Fatalf("it got stuck behind %d", stored)
	case w.failed != nil && w.failed.Why == Refused && w.failed.Doubt:
		t.Fatalf("a refusal is in doubt")
	case w.failed != nil && w.failed.Why == Refused && stored+1 != w.bad:
		t.Fatalf("a refusal behind %d, and %d is bad", stored, w.bad)
	}
}

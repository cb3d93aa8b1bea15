package kv

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

var seeds = flag.Int("seeds", 3000, "how many random lives the watch is led through")

// bucket is a bucket, as simple as it can be.
type bucket struct {
	history int
	created int64
	last    uint64
	msgs    []stored
}

type stored struct {
	rev uint64
	key int
	op  Op
	at  int64
}

func (b *bucket) put(now int64, key int, op Op) {
	b.last++
	if op == Purge {
		b.msgs = slices.DeleteFunc(b.msgs, func(m stored) bool { return m.key == key })
	}
	b.msgs = append(b.msgs, stored{b.last, key, op, now})
	n := 0
	for i := len(b.msgs) - 1; i >= 0; i-- {
		if b.msgs[i].key == key {
			if n++; n > b.history {
				b.msgs = slices.Delete(b.msgs, i, i+1)
			}
		}
	}
}

func (b *bucket) state() State {
	s := State{Created: b.created, Last: b.last}
	if len(b.msgs) > 0 {
		s.First, s.FirstTime = b.msgs[0].rev, b.msgs[0].at
	} else {
		s.First = b.last + 1
	}
	return s
}

func (b *bucket) lastOf(key int) (stored, bool) {
	for i := len(b.msgs) - 1; i >= 0; i-- {
		if b.msgs[i].key == key {
			return b.msgs[i], true
		}
	}
	return stored{}, false
}

// reader is a consumer of a bucket.
type reader struct {
	next  uint64          // the first revision that it looks at
	only  map[uint64]bool // of those up to limit these alone; nil: all
	limit uint64
	count uint64
	over  uint64 // of what it says is pending so many were left out
}

func (b *bucket) reader(s Start) *reader {
	r := &reader{next: 1}
	switch s.Policy {
	case LastPerKey:
		r.only, r.limit = map[uint64]bool{}, b.last
		for _, m := range b.msgs {
			if l, _ := b.lastOf(m.key); l.rev == m.rev {
				r.only[m.rev] = true
			}
		}
	case OnlyNew:
		r.next = b.last + 1
	case FromRevision:
		r.next = s.Revision
	}
	return r
}

func (b *bucket) pending(r *reader) (all []stored) {
	for _, m := range b.msgs {
		if m.rev >= r.next && (r.only == nil || m.rev > r.limit || r.only[m.rev]) {
			all = append(all, m)
		}
	}
	return all
}

// leaveOut has the reader of last values pass over the next, which takes no number of a
// delivery and is pending forever: as a server does which finds out that nobody is there
// when it is about to send.
func (b *bucket) leaveOut(r *reader) {
	if p := b.pending(r); len(p) > 0 && r.only != nil && p[0].rev <= r.limit {
		r.next = p[0].rev + 1
		r.over++
	}
}

// life leads one watch through a random life, and checks what it gives.
func life(seed uint64) error {
	rnd := rand.New(rand.NewPCG(seed, 1))
	cfg := WatchConfig{History: rnd.IntN(3) == 0, IgnoreDeletes: rnd.IntN(4) == 0}
	if !cfg.History {
		cfg.UpdatesOnly = rnd.IntN(4) == 0
		if !cfg.UpdatesOnly && rnd.IntN(4) == 0 {
			cfg.From = uint64(1 + rnd.IntN(20))
		}
	}
	b := &bucket{history: 1 + rnd.IntN(3), created: 1}
	now := int64(10)
	keys := 1 + rnd.IntN(8)
	change := func() {
		now += int64(1 + rnd.IntN(5))
		b.put(now, rnd.IntN(keys), []Op{Put, Put, Put, Delete, Purge}[rnd.IntN(5)])
	}
	for range rnd.IntN(30) {
		change()
	}
	known := b.created
	if rnd.IntN(3) == 0 {
		known = -5 // of one that was there before
	}
	w := NewWatch(cfg, known)
	var (
		r         *reader
		given     []stored
		gen       = 0 // the bucket's generation
		begin     = -1
		completed = 0
		doneAt    uint64 // the bucket's last when the first part was complete
		atDone    []stored
		first     []stored // what the bucket had when the watch began
		begun     = false
		last      = map[int]uint64{}
		base      uint64 // the bucket's last when the watch began
	)
	again := false
	still := rnd.IntN(4) == 0 // nothing is written while the watch lasts
	lies := 0                 // of servers that say too early that nothing is pending
	progress := func(p Progress) {
		switch p {
		case Completed:
			completed++
			doneAt, atDone = b.last, slices.Clone(given)
		case Again:
			again = true
		}
	}
	connect := func() {
		again = false
		w.Resume(b.state())
		r = b.reader(w.Start())
		if begin < 0 {
			begin = gen
			first, base = b.pending(r), b.last
		}
		pending := uint64(len(b.pending(r)))
		behind := r.next - 1
		if begun && pending > 0 && rnd.IntN(6) == 0 {
			pending = 0
			if lies < maxDoubts && rnd.IntN(2) == 0 {
				lies++
				progress(w.Begin(now, behind, 0))
				progress(w.Quiet(0, 0)) // and says so again
				return
			}
		}
		begun = true
		progress(w.Begin(now, behind, pending))
	}
	deliver := func() error {
		p := b.pending(r)
		if len(p) == 0 {
			progress(w.Quiet(r.count, 0))
			return nil
		}
		m := p[0]
		r.next = m.rev + 1
		r.count++
		give, done := w.Message(Message{Revision: m.rev, At: m.at, Delta: uint64(len(p)-1) + r.over, Key: fmt.Sprint(m.key), Op: m.op})
		if give {
			if l := last[m.key]; m.rev <= l && gen == begin {
				return fmt.Errorf("revision %d of a key came behind %d", m.rev, l)
			}
			if cfg.IgnoreDeletes && m.op.Gone() {
				return fmt.Errorf("a marker came: %+v", m)
			}
			given = append(given, m)
			last[m.key] = m.rev
		}
		progress(done)
		return nil
	}
	connect()
	anew := rnd.IntN(4) == 0
	for range 60 {
		if again {
			connect()
		}
		switch k := rnd.IntN(14); {
		case k < 3:
			if !still {
				change()
			}
		case k >= 12:
			// The link is lost, and the consumer stays; or nobody sees that it was away.
			if seen := !still || rnd.IntN(2) == 0; seen {
				b.leaveOut(r)
				if w.Fragile() {
					connect()
				}
			} else if w.Fragile() && lies < maxDoubts {
				lies++
				b.leaveOut(r)
			}
		case k < 9:
			if err := deliver(); err != nil {
				return err
			}
		case k < 11:
			for range rnd.IntN(4) {
				if still {
					break
				}
				change() // while nobody looks
			}
			connect()
		case anew && completed > 0 && (cfg.From == 0 || w.cursor > 0):
			anew = false
			gen++
			*b = bucket{history: b.history, created: b.created}
			if rnd.IntN(2) == 0 {
				b.created = now + 1
			}
			now++
			for range rnd.IntN(20) {
				change()
			}
			connect()
		}
	}
	for quiet := false; !quiet || again; {
		if again {
			connect()
		}
		quiet = len(b.pending(r)) == 0
		if err := deliver(); err != nil {
			return err
		}
	}
	return judge(cfg, b, given, first, atDone, base, doneAt, completed, gen == begin)
}

// judge says what is wrong with what a watch gave.
func judge(cfg WatchConfig, b *bucket, given, first, atDone []stored, base, doneAt uint64, completed int, same bool) error {
	want := 1
	if cfg.UpdatesOnly {
		want = 0
	}
	if completed != want {
		return fmt.Errorf("the first part was complete %d times", completed)
	}
	has := func(list []stored, m stored) bool { return slices.Contains(list, m) }
	for key := range 8 {
		l, ok := b.lastOf(key)
		if !ok || cfg.IgnoreDeletes && l.op.Gone() || cfg.UpdatesOnly && same && l.rev <= base || l.rev < cfg.From && same {
			continue
		}
		if !has(given, l) {
			return fmt.Errorf("the last of key %d didn't come: %+v", key, l)
		}
	}
	if !same {
		return nil
	}
	for _, m := range first {
		if has(b.msgs, m) && !has(given, m) && !(cfg.IgnoreDeletes && m.op.Gone()) && !cfg.UpdatesOnly {
			if l, _ := b.lastOf(m.key); l == m || cfg.History || cfg.From > 0 {
				return fmt.Errorf("it was there at the beginning and didn't come: %+v", m)
			}
		}
	}
	// What was there all the time has come before the marker.
	if !cfg.UpdatesOnly {
		for _, m := range first {
			if has(b.msgs, m) && has(given, m) && !has(atDone, m) {
				return fmt.Errorf("it was there at the beginning and came behind the marker: %+v", m)
			}
		}
		for _, m := range b.msgs {
			if m.rev > doneAt && !(cfg.IgnoreDeletes && m.op.Gone()) && !has(given, m) && m.rev >= cfg.From {
				return fmt.Errorf("an update behind the marker didn't come: %+v", m)
			}
		}
	}
	return nil
}

func TestWatchesOfRandomLives(t *testing.T) {
	for seed := range *seeds {
		if err := life(uint64(seed)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

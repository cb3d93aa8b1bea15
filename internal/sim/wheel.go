package sim

import (
	"math/bits"
	"time"
)

const (
	slotBits   = 17 // a slot is 2^17 ns, about 131 µs
	slotCount  = 1 << 17
	slotsMask  = slotCount - 1
	spareLimit = 1 << 12
)

// wheel is a queue for millions of events: what comes within the next seventeen
// seconds lies unsorted in a slot for its moment, and only the slot that is due
// is put into a heap. What comes later waits in another heap.
type wheel struct {
	due   queue // the current slot
	far   queue // past the horizon
	slots [][]event
	used  [slotCount / 64]uint64
	spare [][]event
	cur   int64 // number of the current slot
	n     int   // events in slots
	seq   uint64
}

func newWheel() *wheel { return &wheel{slots: make([][]event, slotCount)} }

// drained says whether the current slot has nothing left.
func (w *wheel) drained() bool { return len(w.due.heap) == 0 }

func slotOf(at time.Duration) int64 { return int64(at) >> slotBits }

func (w *wheel) len() int { return len(w.due.heap) + len(w.far.heap) + w.n }

func (w *wheel) push(e event) {
	w.seq++
	e.seq = w.seq
	w.place(e)
}

func (w *wheel) place(e event) {
	slot := slotOf(e.at)
	switch {
	case slot <= w.cur:
		w.due.insert(e)
	case slot-w.cur >= slotCount:
		w.far.insert(e)
	default:
		i := slot & slotsMask
		if w.slots[i] == nil {
			w.used[i/64] |= 1 << (i % 64)
			if k := len(w.spare); k > 0 {
				w.slots[i], w.spare = w.spare[k-1], w.spare[:k-1]
			}
		}
		w.slots[i] = append(w.slots[i], e)
		w.n++
	}
}

// next is the event that comes first.
func (w *wheel) next() (event, bool) {
	for len(w.due.heap) == 0 {
		if !w.advance() {
			return event{}, false
		}
	}
	return w.due.heap[0], true
}

func (w *wheel) pop() event { return w.due.pop() }

// advance opens the next slot that has events.
func (w *wheel) advance() bool {
	switch {
	case w.n > 0:
		w.cur += w.distance()
	case len(w.far.heap) > 0:
		w.cur = slotOf(w.far.heap[0].at)
	default:
		return false
	}
	for len(w.far.heap) > 0 && slotOf(w.far.heap[0].at)-w.cur < slotCount {
		w.place(w.far.pop())
	}
	i := w.cur & slotsMask
	if w.slots[i] == nil {
		return true
	}
	events := w.slots[i]
	for k := range events {
		w.due.insert(events[k])
	}
	w.n -= len(events)
	w.slots[i] = nil
	w.used[i/64] &^= 1 << (i % 64)
	if len(w.spare) < spareLimit {
		w.spare = append(w.spare, events[:0])
	}
	return true
}

// distance is how many slots further the next used one is.
func (w *wheel) distance() int64 {
	start := (w.cur + 1) & slotsMask
	word := start / 64
	v := w.used[word] &^ (1<<(start%64) - 1)
	for range slotCount/64 + 1 {
		if v != 0 {
			i := word*64 + int64(bits.TrailingZeros64(v))
			return (i-start)&slotsMask + 1
		}
		word = (word + 1) % (slotCount / 64)
		v = w.used[word]
	}
	return 1
}

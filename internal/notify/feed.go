package notify

import (
	"slices"
	"sync"
)

// Feed is a stream of values with any number of listeners, each of which gets all of
// them, in order, at its own pace. A listener that lags delays nobody: what waits for
// it has a bound, and what finds no room is counted and told of in its place.
type Feed[E any] struct {
	rules Rules[E]

	mu    sync.Mutex
	taps  []*Tap[E]
	ended bool
}

// Rules say what a Feed has to know of its values. The functions are called under its
// lock.
type Rules[E any] struct {
	Bound int           // cost of what may wait for one listener
	Cost  func(*E) int  // of a value, at least 1
	Stamp func(*E)      // called with each value as it takes its place
	Lost  func(int, *E) // makes the report that n values are missing of the first of them
	// Merge adds a value to the last one that waits, if one can tell of both.
	Merge func(last, next *E) bool
}

// NewFeed returns a feed without listeners.
func NewFeed[E any](r Rules[E]) *Feed[E] { return &Feed[E]{rules: r} }

// Tap is one listener's end of a Feed.
type Tap[E any] struct {
	feed *Feed[E]
	call func(E) // nil: Next takes

	// Under the feed's lock.
	queue   []parcel[E]
	cost    int
	running bool          // call's goroutine exists
	gone    bool          // it gets nothing any more
	wake    chan struct{} // closed when there is something for Next; nil: nobody waits
}

type parcel[E any] struct {
	e    E
	cost int
	lost int // it stands for so many that found no room
}

// Listen adds a listener that is called with each value from now on, one after
// another, on a goroutine that exists while there are any.
func (f *Feed[E]) Listen(call func(E)) *Tap[E] { return f.add(&Tap[E]{feed: f, call: call}) }

// Tap adds a listener that takes the values from now on by Next.
func (f *Feed[E]) Tap() *Tap[E] { return f.add(&Tap[E]{feed: f}) }

func (f *Feed[E]) add(t *Tap[E]) *Tap[E] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		t.gone = true
		return t
	}
	f.taps = append(f.taps, t)
	return t
}

// Post gives every listener a value; it never waits. Behind the last one nothing comes.
func (f *Feed[E]) Post(e E) { f.post(e, false) }

// End posts the last value, for which there always is room.
func (f *Feed[E]) End(e E) { f.post(e, true) }

func (f *Feed[E]) post(e E, last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	f.rules.Stamp(&e)
	cost := max(f.rules.Cost(&e), 1)
	for _, t := range f.taps {
		t.putLocked(e, cost, last)
	}
	if last {
		f.ended = true
		for _, t := range f.taps {
			t.gone = true
		}
		f.taps = nil
	}
}

func (t *Tap[E]) putLocked(e E, cost int, last bool) {
	var newest *parcel[E]
	if n := len(t.queue); n > 0 {
		newest = &t.queue[n-1]
	}
	switch {
	case newest == nil || last || t.cost+cost <= t.feed.rules.Bound:
		if newest != nil && newest.lost == 0 && t.feed.rules.Merge(&newest.e, &e) {
			return
		}
		t.queue = append(t.queue, parcel[E]{e: e, cost: cost})
		t.cost += cost
	case newest.lost > 0:
		newest.lost++
	case t.feed.rules.Merge(&newest.e, &e):
	default:
		t.queue = append(t.queue, parcel[E]{e: e, lost: 1})
	}
	if t.wake != nil {
		close(t.wake)
		t.wake = nil
	}
	if t.call != nil && !t.running {
		t.running = true
		go t.run()
	}
}

// takeLocked takes the oldest value that waits.
func (t *Tap[E]) takeLocked() (e E, ok bool) {
	if len(t.queue) == 0 {
		t.queue = nil // the room that a burst took
		return e, false
	}
	w := t.queue[0]
	t.queue[0] = parcel[E]{}
	t.queue = t.queue[1:]
	t.cost -= w.cost
	if w.lost > 0 {
		t.feed.rules.Lost(w.lost, &w.e)
	}
	return w.e, true
}

func (t *Tap[E]) run() {
	for {
		t.feed.mu.Lock()
		e, ok := t.takeLocked()
		t.running = ok
		t.feed.mu.Unlock()
		if !ok {
			return
		}
		t.call(e)
	}
}

// Next waits for a value; ok is false when there will be none any more, or done is
// closed.
func (t *Tap[E]) Next(done <-chan struct{}) (e E, ok bool) {
	for {
		select {
		case <-done:
			return e, false
		default:
		}
		t.feed.mu.Lock()
		e, ok = t.takeLocked()
		if ok || t.gone {
			t.feed.mu.Unlock()
			return e, ok
		}
		if t.wake == nil {
			t.wake = make(chan struct{})
		}
		wake := t.wake
		t.feed.mu.Unlock()
		select {
		case <-wake:
		case <-done:
		}
	}
}

// Stop ends the listening: what waits is dropped. A call that has begun goes on.
func (t *Tap[E]) Stop() {
	f := t.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	t.gone, t.queue, t.cost = true, nil, 0
	f.taps = slices.DeleteFunc(f.taps, func(x *Tap[E]) bool { return x == t })
	if t.wake != nil {
		close(t.wake)
		t.wake = nil
	}
}

package notify

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// allLanes are the lanes but that of the last event.
func allLanes() (all []Lane) {
	for l := Disconnected; int(l) < lanes; l++ {
		all = append(all, l)
	}
	return all
}

var modes = map[string]bool{"one queue": false, "in parallel": true}

// inModes runs a test with a dispatcher in either mode.
func inModes(t *testing.T, test func(t *testing.T, d *Dispatcher, parallel bool)) {
	for name, parallel := range modes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var d Dispatcher
				if parallel {
					d.Parallel()
				}
				test(t, &d, parallel)
				synctest.Wait()
				d.rested(t)
			})
		})
	}
}

// Calls that don't take long are made one by one in the order of their posts, whatever
// their lanes.
func TestOrderAcrossLanes(t *testing.T) {
	inModes(t, func(t *testing.T, d *Dispatcher, _ bool) {
		var r record
		all := names("e", 10*lanes)
		for i, name := range all {
			d.Post(allLanes()[i%(lanes-1)], r.call(name, time.Duration(i%7)*patience/10))
		}
		time.Sleep(time.Minute) // of virtual time
		r.expect(t, all...)
		if r.most != 1 {
			t.Errorf("%d calls at once", r.most)
		}
	})
}

// The lanes that programs expect to be one after another are, however long it takes.
func TestSharedLanesKeepTheirOrderThoughCallsAreSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Dispatcher
		var r record
		var want []string
		for range 3 {
			for l := Disconnected; l < Attempt; l++ {
				want = append(want, names("e", 100)[l])
				d.Post(l, r.call(want[len(want)-1], slow))
			}
		}
		d.Post(Closed, r.call("closed", slow))
		time.Sleep(time.Minute) // of virtual time
		r.expect(t, append(want, "closed")...)
		if r.most != 1 {
			t.Errorf("%d calls at once", r.most)
		}
	})
}

// The calls of one lane are one after another, in order, in either mode.
func TestEachLaneKeepsItsOrderThoughCallsAreSlow(t *testing.T) {
	inModes(t, func(t *testing.T, d *Dispatcher, _ bool) {
		each := make([]record, lanes)
		want := names("e", 5)
		for _, name := range want {
			for _, l := range allLanes() {
				d.Post(l, each[l].call(name, slow))
			}
		}
		time.Sleep(time.Hour) // of virtual time
		for _, l := range allLanes() {
			each[l].expect(t, want...)
			if each[l].most != 1 {
				t.Errorf("lane %d: %d calls at once", l, each[l].most)
			}
		}
	})
}

// A call that doesn't come back delays what is behind it in its lane, and nothing else.
func TestSlowHandlerDelaysNobodyElseInParallel(t *testing.T) {
	for _, stuck := range allLanes() {
		synctest.Test(t, func(t *testing.T) {
			var d Dispatcher
			d.Parallel()
			var r record
			let := make(chan struct{})
			d.Post(stuck, func() { <-let })
			later := names("later", 20)
			for _, name := range later {
				d.Post(stuck, r.call(name, 0))
			}
			begin := time.Now()
			var want []string
			for _, l := range allLanes() {
				if l != stuck {
					want = append(want, names("e", lanes)[l])
					d.Post(l, r.call(want[len(want)-1], 0))
				}
			}
			time.Sleep(patience + 1) // of virtual time
			r.expect(t, want...)
			if d := time.Since(begin); d > 2*patience {
				t.Errorf("the others waited %v", d)
			}
			close(let)
			synctest.Wait()
			r.expect(t, later...)
			d.rested(t)
		})
	}
}

// What nats.go doesn't know waits for no handler of those it knows, and they for none of it.
func TestOwnLanesAndTheSharedOneDoNotDelayEachOther(t *testing.T) {
	for _, stuck := range allLanes() {
		synctest.Test(t, func(t *testing.T) {
			var d Dispatcher
			var r record
			let := make(chan struct{})
			d.Post(stuck, func() { <-let })
			var now, later []string
			for _, l := range allLanes() {
				name := names("e", lanes)[l]
				d.Post(l, r.call(name, 0))
				if l == stuck || l < Attempt && stuck < Attempt {
					later = append(later, name)
				} else {
					now = append(now, name)
				}
			}
			time.Sleep(patience + 1) // of virtual time
			r.expect(t, now...)
			close(let)
			synctest.Wait()
			r.expect(t, later...)
		})
	}
}

// The closed handler is the last, whichever lanes are slow.
func TestClosedWaitsForAll(t *testing.T) {
	inModes(t, func(t *testing.T, d *Dispatcher, _ bool) {
		var r record
		let := make(chan struct{})
		for i, l := range allLanes() {
			d.Post(l, func() { <-let })
			d.Post(l, r.call("late", slow*time.Duration(1+i%3)))
		}
		d.Post(Closed, r.call("closed", 0))
		time.Sleep(time.Hour) // of virtual time
		r.expect(t)
		close(let)
		time.Sleep(time.Hour) // of virtual time
		got := r.take()
		if want := append(slices.Repeat([]string{"late"}, lanes-1), "closed"); !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}

// Post never waits: not for a handler, nor in one, and what is posted there comes in
// its turn.
func TestPostNeverWaits(t *testing.T) {
	inModes(t, func(t *testing.T, d *Dispatcher, _ bool) {
		var r record
		begin := time.Now()
		let := make(chan struct{})
		d.Post(Error, func() {
			<-let
			d.Post(Error, func() {
				d.Post(Error, r.call("third", 0))
				r.call("second", 0)()
			})
			r.call("first", 0)()
		})
		for range 10_000 {
			d.Post(Error, func() {})
		}
		if d := time.Since(begin); d != 0 {
			t.Errorf("it took %v", d)
		}
		r.expect(t)
		close(let)
		synctest.Wait()
		r.expect(t, "first", "second", "third")
	})
}

// Posts of many goroutines: none is lost, and each one's are in order.
func TestPostsOfManyGoroutines(t *testing.T) {
	inModes(t, func(t *testing.T, d *Dispatcher, _ bool) {
		const posters, each = 8, 500
		var got [posters][]int
		var all sync.WaitGroup
		for p := range posters {
			l := allLanes()[p]
			all.Go(func() {
				for i := range each {
					d.Post(l, func() { got[p] = append(got[p], i) })
				}
			})
		}
		all.Wait()
		synctest.Wait()
		for p := range got {
			if len(got[p]) != each || !slices.IsSorted(got[p]) {
				t.Errorf("poster %d: %d calls, in order %v", p, len(got[p]), slices.IsSorted(got[p]))
			}
		}
	})
}

// Mute drops what waits, in the queue and behind a slow call, and what comes later. A
// call that has begun goes on.
func TestMute(t *testing.T) {
	inModes(t, func(t *testing.T, d *Dispatcher, _ bool) {
		var r record
		let := make(chan struct{})
		for _, l := range allLanes() {
			d.Post(l, func() {
				<-let
				r.call("begun", 0)()
			})
			d.Post(l, r.call("behind", 0))
		}
		time.Sleep(time.Minute) // of virtual time
		begun := 0
		d.mu.Lock()
		for i := range d.lanes {
			if d.lanes[i].busy {
				begun++
			}
		}
		d.mu.Unlock()
		d.Post(Closed, r.call("queued", 0))
		synctest.Wait()
		d.Mute()
		d.Post(Error, r.call("posted", 0))
		d.PostBounded(Error, 0, r.call("bounded", 0))
		d.reports.waiting.Store(0) // nobody will tell
		close(let)
		synctest.Wait()
		d.Post(Attempt, r.call("posted", 0))
		synctest.Wait()
		if begun == 0 {
			t.Error("no call had begun")
		}
		r.expect(t, slices.Repeat([]string{"begun"}, begun)...)
	})
}

// A connect that failed is told of by what it returns; its attempts are told one by one.
func TestMuteButAttempts(t *testing.T) {
	inModes(t, func(t *testing.T, d *Dispatcher, _ bool) {
		var r record
		let := make(chan struct{})
		for _, l := range allLanes() {
			d.Post(l, func() { <-let })
		}
		time.Sleep(time.Minute) // of virtual time: no lane does anything
		for _, l := range append(allLanes(), Closed) {
			d.Post(l, r.call(names("e", lanes)[l], 0))
			d.Post(l, r.call(names("f", lanes)[l], 0))
		}
		d.MuteButAttempts()
		d.Post(Attempt, r.call("posted", 0))
		close(let)
		synctest.Wait()
		r.expect(t, names("e", lanes)[Attempt], names("f", lanes)[Attempt])
	})
}

// Muted while the closed event waits for the others: it isn't told any more.
func TestMuteWhileClosedWaits(t *testing.T) {
	inModes(t, func(t *testing.T, d *Dispatcher, _ bool) {
		var r record
		let := make(chan struct{})
		d.Post(InDoubt, func() { <-let })
		d.Post(Closed, r.call("closed", 0))
		time.Sleep(slow) // of virtual time
		d.Mute()
		close(let)
		synctest.Wait()
		r.expect(t)
	})
}

// What was told is given back: memory and goroutines.
func TestMemoryReturns(t *testing.T) {
	inModes(t, func(t *testing.T, d *Dispatcher, _ bool) {
		d.Post(Error, func() {})
		synctest.Wait()
		before, goroutines := liveBytes(), runtime.NumGoroutine()
		let := make(chan struct{})
		for _, l := range allLanes() {
			d.Post(l, func() { <-let })
			for range 200 {
				kept := make([]byte, 4<<10)
				d.PostBounded(l, 0, func() { kept[0]++ })
				d.Post(l, func() { kept[0]++ })
			}
		}
		time.Sleep(time.Minute) // of virtual time
		if grew := liveBytes() - before; grew < 4<<20 {
			t.Errorf("%d bytes wait: too little to see anything", grew)
		}
		close(let)
		synctest.Wait()
		d.rested(t)
		if grew := liveBytes() - before; grew > 64<<10 {
			t.Errorf("%d bytes are left", grew)
		}
		if n := runtime.NumGoroutine(); n > goroutines {
			t.Errorf("%d goroutines, before there were %d", n, goroutines)
		}
	})
}

func liveBytes() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

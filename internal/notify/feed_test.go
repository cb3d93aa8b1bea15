package notify

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// item is a value of the tests' feeds.
type item struct {
	n, cost int
	lost    int
	sum     bool // may be summed up
	place   int
}

func testFeed(bound int) *Feed[item] {
	place := 0
	return NewFeed(Rules[item]{
		Bound: bound,
		Cost:  func(i *item) int { return i.cost },
		Stamp: func(i *item) { place++; i.place = place },
		Lost:  func(n int, i *item) { *i = item{n: i.n, lost: n} },
		Merge: func(last, next *item) bool {
			if !last.sum || !next.sum {
				return false
			}
			last.n += next.n
			return true
		},
	})
}

// heard takes what waits for a tap.
func heard(t *Tap[item]) (list []item) {
	done := make(chan struct{})
	for {
		t.feed.mu.Lock()
		empty := len(t.queue) == 0
		t.feed.mu.Unlock()
		if empty {
			return list
		}
		e, _ := t.Next(done)
		list = append(list, e)
	}
}

func numbers(list []item) (ns []int) {
	for _, i := range list {
		ns = append(ns, i.n)
	}
	return ns
}

func TestFeedTellsEachListenerAllInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := testFeed(1000)
		var mu sync.Mutex
		var called []int
		f.Listen(func(i item) {
			if i.n%7 == 0 {
				time.Sleep(time.Second)
			}
			mu.Lock()
			called = append(called, i.n)
			mu.Unlock()
		})
		tap := f.Tap()
		var want []int
		for n := range 100 {
			f.Post(item{n: n})
			want = append(want, n)
		}
		late := f.Tap()
		f.End(item{n: 100})
		f.Post(item{n: 101})
		want = append(want, 100)
		if got := numbers(heard(tap)); !slices.Equal(got, want) {
			t.Errorf("the tap has %v", got)
		}
		if got := numbers(heard(late)); !slices.Equal(got, []int{100}) {
			t.Errorf("who came late has %v", got)
		}
		if _, ok := tap.Next(nil); ok {
			t.Error("something came behind the end")
		}
		if _, ok := f.Tap().Next(nil); ok {
			t.Error("something came to one that listens after the end")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.Equal(called, want) {
			t.Errorf("called with %v", called)
		}
	})
}

// A listener that doesn't take is told how many it has missed, in their place, and the
// others miss nothing.
func TestFeedHasABoundAndSaysWhatIsMissing(t *testing.T) {
	f := testFeed(10)
	slow, quick := f.Tap(), f.Tap()
	var got []item
	for n := range 25 {
		f.Post(item{n: n})
		got = append(got, heard(quick)...)
	}
	if len(got) != 25 {
		t.Errorf("the quick one has %d", len(got))
	}
	first := heard(slow)
	if len(first) != 11 || first[10].lost != 15 || first[10].n != 10 {
		t.Fatalf("the slow one has %+v", first)
	}
	f.Post(item{n: 25})
	if next := heard(slow); !slices.Equal(numbers(next), []int{25}) || next[0].lost != 0 {
		t.Errorf("and then %+v", next)
	}
}

// The report of what is missing stands between what came before and after.
func TestFeedReportsALossInItsPlace(t *testing.T) {
	f := testFeed(3)
	tap := f.Tap()
	for n := range 5 {
		f.Post(item{n: n})
	}
	tap.Next(nil) // makes room for one
	f.Post(item{n: 5})
	f.Post(item{n: 6})
	f.Post(item{n: 7})
	f.End(item{n: 8})
	var lost []int
	all := heard(tap)
	for _, i := range all {
		lost = append(lost, i.lost)
	}
	if want := []int{1, 2, 3, 5, 6, 8}; !slices.Equal(numbers(all), want) || !slices.Equal(lost, []int{0, 0, 2, 0, 2, 0}) {
		t.Errorf("%v, missing %v; want %v", numbers(all), lost, want)
	}
}

func TestFeedCountsWhatValuesCost(t *testing.T) {
	f := testFeed(10)
	tap := f.Tap()
	f.Post(item{n: 0, cost: 50}) // nothing waits: it is taken whatever it costs
	f.Post(item{n: 1, cost: 1})
	if all := heard(tap); len(all) != 2 || all[1].lost != 1 {
		t.Errorf("%+v", all)
	}
	f.Post(item{n: 2, cost: 4})
	f.Post(item{n: 3, cost: 6})
	f.Post(item{n: 4, cost: 1})
	if all := heard(tap); len(all) != 3 || all[1].n != 3 || all[2].lost != 1 {
		t.Errorf("%+v", all)
	}
}

func TestFeedSumsUpWhatWaits(t *testing.T) {
	f := testFeed(2)
	tap := f.Tap()
	for range 1000 {
		f.Post(item{n: 1, sum: true})
	}
	f.Post(item{n: 5})
	f.Post(item{n: 1, sum: true})
	if all := heard(tap); len(all) != 3 || all[0].n != 1000 || all[1].n != 5 || all[2].lost != 1 {
		t.Errorf("%+v", all)
	}
}

// Next ends with done and with Stop, and a value that comes wakes it.
func TestFeedNextWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := testFeed(10)
		tap := f.Tap()
		done := make(chan struct{})
		got := make(chan item)
		next := func() {
			e, ok := tap.Next(done)
			if !ok {
				e.n = -1
			}
			got <- e
		}
		go next()
		synctest.Wait()
		f.Post(item{n: 7})
		if e := <-got; e.n != 7 {
			t.Errorf("%+v", e)
		}
		go next()
		synctest.Wait()
		close(done)
		if e := <-got; e.n != -1 {
			t.Errorf("%+v after the end of done", e)
		}
		done = make(chan struct{})
		go next()
		synctest.Wait()
		tap.Stop()
		if e := <-got; e.n != -1 {
			t.Errorf("%+v after Stop", e)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.taps) != 0 || tap.queue != nil {
			t.Errorf("%d taps left", len(f.taps))
		}
	})
}

// Values posted from many goroutines have one order, the same for all.
func TestFeedHasOneOrder(t *testing.T) {
	f := testFeed(1 << 20)
	a, b := f.Tap(), f.Tap()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := range 500 {
				f.Post(item{n: g*1000 + n})
			}
		})
	}
	wg.Wait()
	as, bs := heard(a), heard(b)
	if len(as) != 4000 || !slices.Equal(as, bs) {
		t.Fatalf("%d and %d values, the same: %v", len(as), len(bs), slices.Equal(as, bs))
	}
	for i, e := range as {
		if e.place != i+1 {
			t.Fatalf("value %d was stamped %d", i, e.place)
		}
	}
}

// What has been told is let go of.
func TestFeedGivesItsRoomBack(t *testing.T) {
	f := testFeed(1 << 20)
	tap := f.Tap()
	for n := range 1000 {
		f.Post(item{n: n})
	}
	heard(tap)
	f.mu.Lock()
	tap.takeLocked()
	f.mu.Unlock()
	if tap.queue != nil || tap.cost != 0 {
		t.Errorf("room for %d, cost %d", cap(tap.queue), tap.cost)
	}
}

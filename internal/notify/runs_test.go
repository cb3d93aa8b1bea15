package notify

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

var (
	errOld  = errors.New("too old")
	errFull = errors.New("no room")
)

// drop is what a client does with a run: it is added, or posted.
func drop(d *Dispatcher, r Run, told *[]string) {
	if !d.AddToRun(r) {
		d.PostRun(Dropped, r, func(r Run) { *told = append(*told, fmt.Sprint(r.Msgs, " ", r.Size, " ", r.Err)) })
	}
}

// Runs are summed up while they wait: those of one reason, and what came between them
// stays between them.
func TestRunsAreSummedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Dispatcher
		var told []string
		let := make(chan struct{})
		d.Post(Dropped, func() { <-let })
		drop(&d, Run{1, 10, errOld}, &told)
		drop(&d, Run{2, 20, errOld}, &told)
		drop(&d, Run{1, 5, errFull}, &told)
		drop(&d, Run{4, 40, errOld}, &told)
		d.Post(Error, func() {}) // another lane's events don't come between
		drop(&d, Run{5, 50, errOld}, &told)
		d.PostSingle(Dropped, func() { told = append(told, "one") })
		drop(&d, Run{6, 60, errOld}, &told)
		drop(&d, Run{7, 70, errOld}, &told)
		close(let)
		synctest.Wait()
		want := []string{"3 30 too old", "1 5 no room", "9 90 too old", "one", "13 130 too old"}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		d.rested(t)
	})
}

// What a handler was given doesn't change any more, nor does what it is given next
// include it.
func TestRunThatIsToldIsNotAddedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Dispatcher
		let := make(chan struct{})
		var got []Run
		post := func(r Run) {
			if !d.AddToRun(r) {
				d.PostRun(Dropped, r, func(r Run) {
					<-let
					got = append(got, r)
				})
			}
		}
		post(Run{1, 10, errOld})
		synctest.Wait() // its handler is at it
		if d.AddToRun(Run{1, 10, errOld}) {
			t.Error("it was added to")
		}
		post(Run{2, 20, errOld})
		post(Run{3, 30, errOld})
		close(let)
		synctest.Wait()
		if want := []Run{{1, 10, errOld}, {5, 50, errOld}}; !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
		if d.AddToRun(Run{1, 10, errOld}) {
			t.Error("nothing waits, and it was added to")
		}
	})
}

// While one run is told another may wait, and be added to.
func TestRunBehindTheOneThatIsToldIsAddedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Dispatcher
		var told []string
		begin, let := make(chan struct{}), make(chan struct{})
		d.Post(Dropped, func() { <-begin })
		d.PostRun(Dropped, Run{1, 10, errFull}, func(Run) { <-let })
		drop(&d, Run{1, 10, errOld}, &told)
		close(begin)
		synctest.Wait() // the first is told
		if !d.AddToRun(Run{2, 20, errOld}) {
			t.Error("the second isn't added to")
		}
		close(let)
		synctest.Wait()
		if want := []string{"3 30 too old"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		d.rested(t)
	})
}

// Whoever gives up how much at the same time: the sum is right.
func TestRunsOfManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Dispatcher
		var msgs, size int
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 1000 {
					if r := (Run{1, 10, errOld}); !d.AddToRun(r) {
						d.PostRun(Dropped, r, func(r Run) {
							msgs += r.Msgs
							size += r.Size
						})
					}
				}
			})
		}
		all.Wait()
		synctest.Wait()
		if msgs != 8000 || size != 80_000 {
			t.Errorf("%d messages, %d bytes", msgs, size)
		}
		d.rested(t)
	})
}

// Giving up at full speed takes no memory, whatever else is posted meanwhile.
func TestRunsTakeNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Dispatcher
		let := make(chan struct{})
		d.Post(Dropped, func() { <-let })
		var told Run
		d.PostRun(Dropped, Run{1, 10, errOld}, func(r Run) { told = r })
		adds := 0
		if n := testing.AllocsPerRun(100_000, func() {
			if adds++; !d.AddToRun(Run{1, 10, errOld}) {
				t.Fatal("not added")
			}
		}); n != 0 {
			t.Errorf("%v allocations for each", n)
		}
		close(let)
		synctest.Wait()
		if want := (Run{1 + adds, 10 * (1 + adds), errOld}); told != want {
			t.Errorf("told %v, want %v", told, want)
		}
	})
}

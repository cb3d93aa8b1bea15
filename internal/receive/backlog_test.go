package receive

import (
	"math"
	"runtime"
	"sync/atomic"
	"testing"
)

func TestBacklogCountsBothExactly(t *testing.T) {
	for who, took := range map[string]func(*backlog, int){"handler": (*backlog).handled, "other": (*backlog).took} {
		t.Run(who, func(t *testing.T) { testBacklog(t, took) })
	}
}

func testBacklog(t *testing.T, took func(*backlog, int)) {
	var b backlog
	check := func(msgs, bytes int) {
		t.Helper()
		if m, n := b.load(); m != msgs || n != bytes {
			t.Fatalf("%d messages and %d bytes, want %d and %d", m, n, msgs, bytes)
		}
	}
	check(0, 0)
	if m, n := b.add(3, 10); m != 3 || n != 10 {
		t.Fatalf("add says %d and %d", m, n)
	}
	took(&b, 0) // an empty message
	check(2, 10)
	took(&b, 10)
	check(1, 0)
	const much, large = min(60<<30, math.MaxInt), min(1<<35, math.MaxInt) // bytes
	b.add(200_000_000, much)
	check(200_000_001, much)
	took(&b, much)
	check(200_000_000, 0)

	// Each of the two counts is larger than it can hold, the difference isn't.
	for range 5 {
		b.add(100_000_000, large)
		for range 100 {
			b.came.Add(-packed(1_000_000, 0))
		}
		took(&b, large)
		b.add(1, 0)
		check(200_000_000, 0)
	}
}

// What a handler has handled is seen by others, and nothing more than was brought.
func TestBacklogIsSharedByTwo(t *testing.T) {
	var b backlog
	const all = 200_000
	var handled atomic.Int64
	go func() {
		for n := 0; n < all; {
			if msgs, _ := b.load(); msgs > 0 {
				handled.Add(1)
				b.handled(7)
				n++
			} else {
				runtime.Gosched()
			}
		}
	}()
	for brought := 0; brought < all; brought += 10 {
		before := int(handled.Load())
		msgs, bytes := b.add(10, 70)
		after := int(handled.Load())
		if most, least := brought+10-before+1, brought+10-after; msgs > most || msgs < least || bytes != 7*msgs {
			t.Fatalf("%d messages of %d bytes wait, want %d to %d", msgs, bytes, least, most)
		}
	}
	for msgs := 1; msgs > 0; msgs, _ = b.load() {
		runtime.Gosched()
	}
}

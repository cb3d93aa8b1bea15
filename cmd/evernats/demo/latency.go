package demo

import (
	"sync/atomic"
	"time"
)

// latency sums up how long one kind of call took. One goroutine adds, any reads.
type latency struct {
	longest atomic.Int64
	since   atomic.Int64  // the longest one since restart
	slow    atomic.Uint64 // calls beyond slowCall
}

// slowCall is what 999 of 1000 calls of Publish should stay below.
const slowCall = time.Millisecond

func (l *latency) add(d time.Duration) {
	if int64(d) > l.longest.Load() {
		l.longest.Store(int64(d))
	}
	if int64(d) > l.since.Load() {
		l.since.Store(int64(d))
	}
	if d > slowCall {
		l.slow.Add(1)
	}
}

// restart returns a function that says what the longest call since now is.
func (l *latency) restart() func() time.Duration {
	l.since.Store(0)
	return func() time.Duration { return time.Duration(l.since.Load()) }
}

func (l *latency) max() time.Duration { return time.Duration(l.longest.Load()) }

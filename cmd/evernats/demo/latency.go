package demo

import (
	"sync/atomic"
	"time"
)

// latency sums up how long one kind of call took. One goroutine adds, any reads.
type latency struct {
	longest atomic.Int64
	slow    atomic.Uint64 // calls beyond slowCall
}

// slowCall is what 999 of 1000 calls of Publish should stay below.
const slowCall = time.Millisecond

func (l *latency) add(d time.Duration) {
	if int64(d) > l.longest.Load() {
		l.longest.Store(int64(d))
	}
	if d > slowCall {
		l.slow.Add(1)
	}
}

func (l *latency) max() time.Duration { return time.Duration(l.longest.Load()) }

package receive

import "sync/atomic"

// backlog counts what waits for a subscription's consumer, exactly and message by
// message: the messages in the upper 28 bits, their bytes in the lower 36. Memory runs
// out before either does.
//
// The goroutine of a handler has a count of its own of what it has handled, which nobody
// else changes, so that it can say so with a store for each message: what waits is the
// difference.
type backlog struct {
	came atomic.Uint64 // less what others than the handler took
	done uint64        // stored by the handler's goroutine, loaded by all
}

const backlogBits = 36

func packed(msgs, bytes int) uint64 { return uint64(msgs)<<backlogBits + uint64(bytes) }

// add counts in what the reader brings, and returns what waits now.
func (b *backlog) add(msgs, bytes int) (allMsgs, allBytes int) {
	return unpack(b.came.Add(packed(msgs, bytes)) - atomic.LoadUint64(&b.done))
}

// took counts out one message of so many bytes.
func (b *backlog) took(bytes int) { b.came.Add(-packed(1, bytes)) }

// handled is took for the handler's goroutine.
func (b *backlog) handled(bytes int) { publish(&b.done, b.done+packed(1, bytes)) }

// load returns what waits. As long as nothing can come in, which the subscription's lock
// is for, it is exact.
func (b *backlog) load() (msgs, bytes int) {
	done := atomic.LoadUint64(&b.done) // first: more may come meanwhile, but never less
	return unpack(b.came.Load() - done)
}

func unpack(v uint64) (msgs, bytes int) {
	return int(v >> backlogBits), int(v & (1<<backlogBits - 1))
}

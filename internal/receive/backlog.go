package receive

import "sync/atomic"

// backlog counts what waits for a subscription's consumer, exactly and with one
// atomic operation a message: the messages in the upper 28 bits, their bytes in
// the lower 36. Memory runs out before either does.
type backlog struct{ v atomic.Uint64 }

const backlogBits = 36

// add counts in what the reader brings, and returns what waits now.
func (b *backlog) add(msgs, bytes int) (allMsgs, allBytes int) {
	return unpack(b.v.Add(uint64(msgs)<<backlogBits + uint64(bytes)))
}

// took counts out one message of so many bytes.
func (b *backlog) took(bytes int) { b.v.Add(-(1<<backlogBits + uint64(bytes))) }

func (b *backlog) load() (msgs, bytes int) { return unpack(b.v.Load()) }

func unpack(v uint64) (msgs, bytes int) {
	return int(v >> backlogBits), int(v & (1<<backlogBits - 1))
}

package outbound

import "github.com/evernats/nats/internal/wire"

// Buffer is the queue. Make one with New.
//
// The chunks form one list: what is written and held, then what is to be
// written. With Hold a chunk leaves it when it is confirmed, without when it is
// written.
type Buffer struct {
	// What each message changes, together: see chunk.
	tail     *chunk
	room     int // bytes that may still be appended to tail
	size     int
	appended Count

	held  int
	ttl   int64
	pools *pools
	head  *chunk
	w     *chunk // what is written next lies here or later; nil when the list is empty

	passed  Count // messages in the chunks that writing has left behind
	settled Count // of those and of what was written: confirmed or in doubt
	inDoubt Count
	gone    Count // dropped

	fences       fences
	fenced       Count // appended when the last fence was queued
	confirmedSeq uint64
	passedSeq    uint64 // the last message in passed
	reported     uint64 // up to here confirmed, or reported as in doubt

	again  uint64 // messages up to this one are being sent again
	stride int    // each stride-th of them gets a fence
	late   int    // fences behind the stale chunks, as long as there are any

	outBytes int
	outSize  int    // of them, what Size counts
	outChunk *chunk // the batch ends in it, at outOff
	outOff   int
	stop     *chunk // nothing behind it is written until the gate fence is answered
	trial    trial
	parts    *parts // those of this connection, or of the next one; nil: none

	now   int64
	mark  uint64   // appended.Bytes when it was last empty
	spare *chunk   // the small chunk
	free  []*chunk // of the chunk size, while there is something in the list: the last used are the first to be used again

	hold    bool
	up      bool
	out     bool // a batch is out
	sealing bool // nothing behind the gate is written on this connection
	sealed  bool // and the server has answered it
	aged    bool // the tail was left because of its age
	heavy   bool // the last time the buffer ran full to empty it needed more than a small chunk
}

// New returns an empty Buffer without a connection.
func New(cfg Config) *Buffer {
	b := &Buffer{hold: cfg.Hold, ttl: cfg.TTL, pools: &defaultPools}
	if cfg.ChunkSize > 0 && cfg.ChunkSize != defaultChunk {
		b.pools = &pools{size: cfg.ChunkSize}
	}
	return b
}

// Pub queues a message. Whether it may be sent is for the caller to check.
func (b *Buffer) Pub(subject, reply string, hdr, data []byte) {
	if wire.PubBound(subject, reply, len(hdr), len(data)) > b.room {
		if n := wire.PubSize(subject, reply, len(hdr), len(data)); n > b.room {
			b.grow(n)
		}
	}
	c := b.tail
	start := len(c.data)
	n := wire.PutPub(c.data[start:cap(c.data)], subject, reply, hdr, data)
	c.data = c.data[:start+n] // only its length changes: no write barrier
	c.msgs++
	c.bytes += n
	b.room -= n
	b.size += n
	b.appended.Msgs++
	b.appended.Bytes += uint64(n)
	if p := len(hdr) + len(data); p > c.bound.payload {
		c.bound.payload = p
	}
	if len(hdr) > 0 {
		c.bound.headers = true
	}
}

// Control queues one or more whole control frames (SUB, UNSUB, PONG …, not PING:
// see Fence) behind what is queued. They end with the connection, and without
// one they are dropped at once: the prefix of the next speaks for them.
//
// A PUB whose name is written in lower case, which servers take as well, is such a
// frame and no message: it isn't counted, nor sent again.
func (b *Buffer) Control(frames []byte) {
	if b.up && len(frames) > 0 {
		b.control(frames)
	}
}

func (b *Buffer) control(frames []byte) {
	n := len(frames)
	if n > b.room {
		b.grow(n)
	}
	b.tail.data = append(b.tail.data, frames...)
	b.room -= n
	b.size += n
}

// Size returns the bytes queued and not yet written. The prefix given to
// Connected isn't counted.
func (b *Buffer) Size() int { return b.size }

// Held returns the bytes written and kept until they are confirmed. It is 0
// without Hold.
func (b *Buffer) Held() int { return b.held }

// Largest returns the largest payload (headers included) that may be queued, and
// whether headers may be among them.
func (b *Buffer) Largest() (payload int, headers bool) {
	for c := b.head; c != nil; c = c.next {
		payload = max(payload, c.bound.payload)
		headers = headers || c.bound.headers
	}
	return payload, headers
}

// Stamp tells the time to what is appended from now on. It matters with a TTL
// only, and may be as coarse as TTL/16.
func (b *Buffer) Stamp(now int64) {
	b.now = now
	if b.tail != nil && b.ttl > 0 && now-b.tail.stamp > b.ttl/16 {
		b.room, b.aged = 0, true
	}
}

// grow makes a tail with room for n bytes.
func (b *Buffer) grow(n int) {
	var c *chunk
	light := b.aged || !b.heavy && (b.tail == nil || b.tail.own || len(b.tail.array) == tinyChunk)
	switch {
	case !light || n > smallChunk || smallChunk > b.pools.size:
		if k := len(b.free); k > 0 && n <= b.pools.size {
			c, b.free[k-1] = b.free[k-1], nil
			b.free = b.free[:k-1]
		} else {
			c = b.pools.get(n)
		}
	case b.spare != nil && n <= len(b.spare.array):
		c, b.spare = b.spare, nil
	default:
		size := smallChunk
		if n <= tinyChunk && b.tail == nil && b.appended.Msgs == 0 {
			size = tinyChunk
		}
		a := make([]byte, size)
		c, b.spare = &chunk{array: a, data: a[:0]}, nil
	}
	b.aged = false
	c.stamp = b.now
	c.first = b.appended.Msgs + 1
	b.room = cap(c.data)
	b.link(b.tail, c)
	if b.w == nil {
		b.w = c
	}
}

// link puts c behind after, or first when after is nil.
func (b *Buffer) link(after, c *chunk) {
	if after == nil {
		c.next, b.head = b.head, c
	} else {
		c.next, after.next = after.next, c
	}
	if b.tail == after {
		b.tail = c
	}
}

// popHead takes the first chunk out of the list and recycles it.
func (b *Buffer) popHead() {
	c := b.head
	b.head = c.next
	if b.w == c {
		b.w = c.next
	}
	if b.head == nil {
		b.tail = nil
		b.emptied()
	}
	b.recycle(c)
}

func (b *Buffer) recycle(c *chunk) {
	switch {
	case c.array == nil:
	case len(c.array) == b.pools.size && b.head != nil && len(b.free) < maxFree:
		*c = chunk{array: c.array, data: c.array[:0]}
		b.free = append(b.free, c)
	case len(c.array) >= b.pools.size:
		b.pools.put(c)
	case b.spare == nil:
		*c = chunk{array: c.array, data: c.array[:0]}
		b.spare = c
	}
}

func (b *Buffer) emptied() {
	for _, c := range b.free {
		b.pools.put(c)
	}
	clear(b.free)
	b.free = b.free[:0]
	b.room, b.aged = 0, false
	b.heavy = b.appended.Bytes-b.mark > smallChunk
	b.mark = b.appended.Bytes
}

// Close drops what isn't written whole, which it returns, and frees the memory.
// What is unconfirmed becomes in doubt.
func (b *Buffer) Close() (left Span) {
	t := b.Totals()
	left = b.queued()
	gone := b.gone.plus(left.Count)
	settled := b.appended.minus(gone)
	*b = Buffer{
		hold: b.hold, ttl: b.ttl, pools: b.pools, now: b.now,
		appended: b.appended, fenced: b.appended, mark: b.appended.Bytes,
		passed: settled, settled: settled, gone: gone, inDoubt: b.inDoubt.plus(t.Unconfirmed),
		confirmedSeq: b.confirmedSeq, passedSeq: b.appended.Msgs, reported: b.appended.Msgs,
	}
	return left
}

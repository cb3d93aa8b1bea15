package outbound

import (
	"math/bits"
	"sync"
)

const (
	defaultChunk = 32 << 10
	smallChunk   = 512 // the first chunk while traffic is light
	tinyChunk    = 64  // the same on a connection that has published nothing
	maxFree      = 64  // chunks that a Buffer keeps for itself while it isn't empty
	classes      = 6   // pooled sizes: 1, 2, 4 … 32 times the chunk size
)

// mark is a frame boundary in a chunk and what lies before it.
type mark struct {
	off   int
	msgs  int // messages before off
	bytes int // bytes of their frames
}

// bound is what a server must take to take the messages of a chunk. It may be
// more, when messages have gone.
type bound struct {
	payload int // the largest, headers included
	headers bool
}

// chunk is a run of whole frames, messages and control frames mixed. The
// sequence numbers of its messages follow each other without a gap. Its array
// never moves while bytes of it may be in a batch.
type chunk struct {
	// What each message changes, together: publishers on two processors pass it
	// to and fro.
	data  []byte
	msgs  int
	bytes int // of the message frames
	bound bound

	next  *chunk
	array []byte // the whole array when this chunk may recycle it, else nil
	wr    int    // bytes of data that the socket took on this connection
	seen  mark   // a frame boundary at or before wr
	conf  mark   // up to here data is confirmed (Hold)
	first uint64
	stamp int64
	own   bool // prefix: neither counted, its messages included, nor appended to
	stale bool // of an earlier connection: to be renewed before anything else
}

// size returns how much of the Buffer's Size c is, before any of it is written.
func (c *chunk) size() int {
	if c.stale {
		return c.bytes
	}
	return len(c.data)
}

func (c *chunk) end() mark    { return mark{len(c.data), c.msgs, c.bytes} }
func (c *chunk) count() Count { return Count{uint64(c.msgs), uint64(c.bytes)} }
func (m mark) count() Count   { return Count{uint64(m.msgs), uint64(m.bytes)} }

// scan moves seen to the last frame boundary at or before off.
func (c *chunk) scan(off int) mark {
	if off == len(c.data) {
		c.seen = c.end()
	}
	for c.seen.off < off {
		n, msg := frameLen(c.data[c.seen.off:])
		if c.seen.off+n > off {
			break
		}
		c.seen.step(n, msg && !c.own)
	}
	return c.seen
}

func (m *mark) step(n int, msg bool) {
	m.off += n
	if msg {
		m.msgs++
		m.bytes += n
	}
}

// cutFront forgets what lies before m.
func (c *chunk) cutFront(m mark) {
	c.data = c.data[m.off:]
	c.wr = max(c.wr-m.off, 0)
	c.seen, c.conf = mark{}, mark{}
	c.msgs -= m.msgs
	c.bytes -= m.bytes
	c.first += uint64(m.msgs)
}

// pools hold arrays of size<<class bytes. The garbage collector empties them, so
// that what a burst needed isn't kept.
type pools struct {
	size  int
	class [classes]sync.Pool
}

var defaultPools = pools{size: defaultChunk}

// get returns an empty chunk for at least n bytes.
func (p *pools) get(n int) *chunk {
	k := bits.Len(uint((n - 1) / p.size))
	if k >= classes {
		return &chunk{data: make([]byte, 0, n)}
	}
	if c, _ := p.class[k].Get().(*chunk); c != nil {
		return c
	}
	a := make([]byte, p.size<<k)
	return &chunk{array: a, data: a[:0]}
}

func (p *pools) put(c *chunk) {
	k := bits.Len(uint((len(c.array) - 1) / p.size))
	*c = chunk{array: c.array, data: c.array[:0]}
	p.class[k].Put(c)
}

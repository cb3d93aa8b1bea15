package receive

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// lentBlock is memory that messages are lent from: a read buffer, or one that they were
// copied to. It is used again when nobody has anything of it any more.
type lentBlock struct {
	bytes  []byte
	at     []lentAt
	refs   atomic.Int32 // runs, and whoever still adds to it
	lender *lender      // that counts it; nil: none. Changed by whoever adds to it, and by the last one
}

// lentAt says where in a block a message's parts are. It holds no pointer, so it is
// nothing to the garbage collector.
type lentAt struct {
	subject, subjectEnd  uint32
	reply, replyEnd      uint32
	header, payload, end uint32 // the payload is behind the header
	next                 uint32 // the next message of the same run
	size                 uint32 // what it counts while it is pending
}

// lentRun is messages of one block for one subscription, or a barrier.
type lentRun struct {
	next   *lentRun
	block  *lentBlock // nil: a barrier
	at     []lentAt   // the block's, as far as it is known by now
	first  uint32
	msgs   int
	copied bool   // the block can't be kept: it is to be copied
	passed func() // of a barrier
}

var (
	lentRuns   = sync.Pool{New: func() any { return new(lentRun) }}
	lentBlocks [lentLargest + 1]sync.Pool // by the logarithm of their least size
)

// Blocks of less than 1<<lentLeast bytes aren't kept, nor are those of 2<<lentLargest.
const lentLeast, lentLargest = 9, 22

// newLentBlock returns an empty block of at least so many bytes, which the caller has a
// part in.
func newLentBlock(size int) *lentBlock {
	class := max(bits.Len(uint(size-1)), lentLeast)
	var b *lentBlock
	if class <= lentLargest {
		size = 1 << class
		b, _ = lentBlocks[class].Get().(*lentBlock)
	}
	if b == nil {
		b = &lentBlock{bytes: make([]byte, size)}
	}
	b.refs.Store(1)
	return b
}

// free gives up a part in the block. The last one has it used again.
func (b *lentBlock) free() {
	if b.refs.Add(-1) > 0 {
		return
	}
	b.uncount()
	b.at = b.at[:0]
	if class := bits.Len(uint(len(b.bytes))) - 1; class >= lentLeast && class <= lentLargest {
		lentBlocks[class].Put(b)
	}
}

func (b *lentBlock) uncount() {
	if b.lender != nil {
		b.lender.out.Add(-int64(len(b.bytes)))
		b.lender = nil
	}
}

// newLentRun is messages of a block, which it has a part in.
func newLentRun(b *lentBlock, first uint32, msgs int) *lentRun {
	r := lentRuns.Get().(*lentRun)
	r.block, r.at, r.first, r.msgs = b, b.at, first, msgs
	b.refs.Add(1)
	return r
}

// free lets the messages go.
func (r *lentRun) free() {
	b := r.block
	*r = lentRun{}
	lentRuns.Put(r)
	if b != nil {
		b.free()
	}
}

// bytes is what the messages count for while they are pending.
func (r *lentRun) bytes() (n int) {
	i := r.first
	for range r.msgs {
		n += int(r.at[i].size)
		i = r.at[i].next
	}
	return n
}

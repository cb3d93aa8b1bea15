package receive

import (
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/evernats/nats/internal/wire"
)

// lentBlock is memory that messages are lent from: a read buffer, or one that they were
// copied to. It is used again when nobody has anything of it any more.
type lentBlock struct {
	bytes  []byte
	at     []lentAt
	pieces []wire.Piece // of messages that have a payload alone, those of one size behind each other together
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
	block  *lentBlock   // nil: a barrier
	at     []lentAt     // the block's, as far as it is known by now
	pieces []wire.Piece // the block's, in place of at; the subject is the same for all
	lentNotes
	copied bool   // the block can't be kept: it is to be copied
	passed func() // of a barrier
}

// lentNotes are messages in a block: where the first and the last are noted, and how many
// they are, which may be fewer than the last of pieces has.
type lentNotes struct {
	first, last, msgs   uint32
	subject, subjectEnd uint32 // of all of them, where they are pieces
	full                bool   // they aren't: they are of lentAt
}

// lentWalk goes from message to message of a run.
type lentWalk struct {
	run *lentRun
	i   uint32 // where the next one is noted
	in  uint32 // and which of that piece it is
}

func (r *lentRun) walk() lentWalk { return lentWalk{run: r, i: r.first} }

// next is where the next message is. There must be one.
func (w *lentWalk) next() lentAt {
	r := w.run
	if r.full {
		at := r.at[w.i]
		w.i = at.next
		return at
	}
	p := r.pieces[w.i]
	begin := p.Begin + w.in*p.Stride
	end := begin + p.End - p.Begin
	if w.in++; w.in == p.Count {
		w.i, w.in = p.Next, 0
	}
	return lentAt{
		subject: r.subject, subjectEnd: r.subjectEnd, reply: r.subjectEnd, replyEnd: r.subjectEnd,
		header: begin, payload: begin, end: end, size: end - begin,
	}
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
	b.at, b.pieces = b.at[:0], b.pieces[:0]
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
func newLentRun(b *lentBlock, notes lentNotes) *lentRun {
	r := lentRuns.Get().(*lentRun)
	r.block, r.at, r.pieces, r.lentNotes = b, b.at, b.pieces, notes
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
	w := r.walk()
	for range r.msgs {
		n += int(w.next().size)
	}
	return n
}

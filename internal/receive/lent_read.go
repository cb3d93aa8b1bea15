package receive

import (
	"sync/atomic"

	"github.com/evernats/nats/internal/wire"
)

const (
	// lentMost bounds what a link's read buffers may take that are kept for messages
	// which are lent: beyond it they are copied, each subscription's to memory of their
	// own, so that little that waits for long doesn't keep much.
	lentMost = 1 << 20
	// lentReadBuf is what the read buffer of a link that lends grows to: a larger one
	// doesn't stay in the processor's cache until its messages are handled.
	lentReadBuf = 64 << 10
)

// lender is the reader's side of lending; a link without such messages has none.
type lender struct {
	block *lentBlock   // around the read buffer, when something of it was lent
	out   atomic.Int64 // bytes of the blocks that are counted
}

// lentNotes are messages in the block of a read buffer: the first, the last and how many.
type lentNotes struct{ first, last, msgs uint32 }

// lend takes in a message for a subscription that messages are lent to: it notes where
// in the read buffer its parts are. One that lies elsewhere is in memory of its own.
func (in *inbound[M, H, S]) lend(buf []byte, at *wire.MsgAt, n int) {
	b, off := in.block, cap(in.whole)-cap(buf)
	switch {
	case in.whole == nil:
		in.closeLent(&in.run)
		b, off = &lentBlock{bytes: buf[:n:n]}, 0
	case b == nil:
		b = in.lentBlock()
	}
	header := at.Header.Begin
	if header == at.Header.End {
		header = at.Payload.Begin
	}
	size := at.Payload.Len()
	if header < at.Payload.Begin {
		h, err := wire.EachHeader(view(buf[header:at.Header.End]), nil)
		if err != nil {
			in.table.host.BadHeader(in.sub.owner, string(buf[at.Subject.Begin:at.Subject.End]), err)
			header = at.Payload.Begin
		}
		size += h
	}
	in.run.bytes += size
	i := uint32(len(b.at))
	b.at = append(b.at, lentAt{
		subject: uint32(off + at.Subject.Begin), subjectEnd: uint32(off + at.Subject.End),
		reply: uint32(off + at.Reply.Begin), replyEnd: uint32(off + at.Reply.End),
		header: uint32(off + header), payload: uint32(off + at.Payload.Begin), end: uint32(off + at.Payload.End),
		size: uint32(size),
	})
	if in.whole == nil {
		in.run.lent.push(newLentRun(b, 0, 1))
		return
	}
	notes := &in.run.notes
	if notes.msgs == 0 {
		notes.first = i
	} else {
		b.at[notes.last].next = i
	}
	notes.last = i
	notes.msgs++
}

// lentBlock is the block of the read buffer.
func (in *inbound[M, H, S]) lentBlock() *lentBlock {
	if in.lender == nil {
		in.lender = new(lender)
	}
	l := in.lender
	whole := in.whole[:cap(in.whole)]
	if b := l.block; b == nil || &b.bytes[0] != &whole[0] {
		if b != nil {
			b.free() // the buffer has grown
		}
		l.block = &lentBlock{bytes: whole}
		l.block.refs.Store(1)
	}
	in.block = l.block
	return in.block
}

// closeLent makes a run of what was noted in the read buffer's block.
func (in *inbound[M, H, S]) closeLent(r *run[H, S]) {
	if r.notes.msgs == 0 {
		return
	}
	b := in.lender.block
	x := newLentRun(b, r.notes.first, int(r.notes.msgs))
	x.copied = !in.lender.keeps(b, r.bytes)
	r.lent.push(x)
	r.notes = lentNotes{}
}

// keeps says whether a read buffer may be kept for a run of so many bytes: within
// lentMost, or when most of it is this run.
func (l *lender) keeps(b *lentBlock, bytes int) bool {
	if b.lender == nil && l.out.Load()+int64(len(b.bytes)) <= lentMost {
		l.out.Add(int64(len(b.bytes)))
		b.lender = l
	}
	return b.lender != nil || 2*bytes >= len(b.bytes)
}

// next returns a buffer to read into, which begins with what is left of the one that was
// read: the same when nobody has anything of it.
func (l *lender) next(buf []byte, used, have int) ([]byte, int) {
	b := l.block
	if b == nil || b.refs.Load() == 1 {
		if b != nil {
			b.uncount()
			b.at = b.at[:0]
		}
		return buf, copy(buf, buf[used:have])
	}
	size := len(buf)
	if size > readBufKept {
		size = readBufMax
	}
	l.block = newLentBlock(max(size, have-used))
	have = copy(l.block.bytes, buf[used:have])
	b.free()
	return l.block.bytes, have
}

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
	// doesn't stay in the processor's cache until its messages are handled, and with a
	// smaller one of large messages each read brings few.
	lentReadBuf = 128 << 10
)

// lender is the reader's side of lending; a link without such messages has none.
type lender struct {
	block *lentBlock   // around the read buffer, when something of it was lent
	out   atomic.Int64 // bytes of the blocks that are counted
}

// lend takes in a message for a subscription that messages are lent to: it notes where
// in the read buffer its parts are. One that lies elsewhere is in memory of its own. The
// messages behind it that begin in the same way it takes in as well, and returns how many
// bytes they are.
func (in *inbound[M, H, S]) lend(buf []byte, at *wire.MsgAt, n int) (more int) {
	if in.whole == nil {
		b := &lentBlock{bytes: buf[:n:n]}
		in.closeLent(&in.run)
		in.run.bytes += in.lendFull(b, 0, buf, at)
		in.run.lent.push(newLentRun(b, lentNotes{msgs: 1, full: true}))
		return 0
	}
	b, off := in.block, cap(in.whole)-cap(buf)
	if b == nil {
		b = in.lentBlock()
	}
	notes := &in.run.notes
	subject := buf[at.Subject.Begin:at.Subject.End]
	if !notes.full && at.Header.End == 0 && at.Reply.End == 0 &&
		(notes.msgs == 0 || string(subject) == string(b.bytes[notes.subject:notes.subjectEnd])) {
		if notes.msgs == 0 {
			notes.first = uint32(len(b.pieces))
			notes.subject, notes.subjectEnd = uint32(off+at.Subject.Begin), uint32(off+at.Subject.End)
		} else {
			b.pieces[notes.last].Next = uint32(len(b.pieces))
		}
		return in.lendAlike(b, off, buf, at.Payload, n)
	}
	if !notes.full {
		in.closeLent(&in.run) // and for the rest of what came in it remains so
		notes.full = true
	}
	i := uint32(len(b.at))
	in.run.bytes += in.lendFull(b, off, buf, at)
	if notes.msgs == 0 {
		notes.first = i
	} else {
		b.at[notes.last].next = i
	}
	notes.last = i
	notes.msgs++
	return 0
}

// lendFull notes a message at an offset of a block, and returns what it counts.
func (in *inbound[M, H, S]) lendFull(b *lentBlock, off int, buf []byte, at *wire.MsgAt) (size int) {
	header := at.Payload.Begin
	size = at.Payload.Len()
	if at.Header.Len() > 0 {
		header = at.Header.Begin
		h, err := wire.EachHeader(view(buf[header:at.Header.End]), nil)
		if err != nil {
			in.table.host.BadHeader(in.sub.owner, string(buf[at.Subject.Begin:at.Subject.End]), err)
			header = at.Payload.Begin
		}
		size += h
	}
	b.at = append(b.at, lentAt{
		subject: uint32(off + at.Subject.Begin), subjectEnd: uint32(off + at.Subject.End),
		reply: uint32(off + at.Reply.Begin), replyEnd: uint32(off + at.Reply.End),
		header: uint32(off + header), payload: uint32(off + at.Payload.Begin), end: uint32(off + at.Payload.End),
		size: uint32(size),
	})
	return size
}

// lendAlike notes a payload, and those of the messages behind it that have the same
// subscription and subject and a payload alone.
func (in *inbound[M, H, S]) lendAlike(b *lentBlock, off int, buf []byte, payload wire.Part, n int) (more int) {
	if in.move.Load() != nil {
		buf = buf[:n] // each is looked at
	}
	var msgs, bytes, end int
	b.pieces, msgs, bytes, end = in.parser.Alike(buf, payload, n, off, b.pieces)
	in.run.notes.last = uint32(len(b.pieces) - 1)
	in.run.notes.msgs += uint32(msgs)
	in.run.bytes += bytes
	in.run.msgs += msgs - 1 // the first is counted
	in.inMsgs += uint64(msgs - 1)
	in.inBytes += uint64(bytes - payload.Len())
	return end - n
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
	x := newLentRun(b, r.notes)
	x.copied = !in.lender.keeps(b, r.bytes)
	r.lent.push(x)
	r.notes = lentNotes{full: r.notes.full}
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
			b.at, b.pieces = b.at[:0], b.pieces[:0]
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

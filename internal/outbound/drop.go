package outbound

import "math"

// DropOldest frees at least need bytes, if it can, by dropping the oldest queued
// messages that aren't written, not even in part, nor in the batch that is out.
func (b *Buffer) DropOldest(need int) (gone Span) {
	if need > 0 {
		b.drop(&gone, need, math.MaxInt64)
	}
	return gone
}

// Expire drops the messages that were appended at or before cutoff and aren't
// written, not even in part, nor in the batch that is out. It needs a TTL, and
// may spare a message until it is TTL/16 older than cutoff. With Hold that goes
// for messages that were queued again, too.
func (b *Buffer) Expire(cutoff int64) (gone Span) {
	if b.ttl > 0 {
		b.drop(&gone, math.MaxInt, cutoff)
	}
	return gone
}

func (b *Buffer) drop(gone *Span, need int, cutoff int64) {
	for c := b.loosest(); c != nil && need > 0; {
		if c.own || c.msgs == 0 {
			c = c.next
			continue
		}
		if b.ttl > 0 && cutoff != math.MaxInt64 && c.stamp+b.ttl/16 > cutoff {
			return
		}
		b.renew(c, false)
		m := b.loose(c)
		if m.off == len(c.data) {
			c = c.next
			continue
		}
		if m.off > 0 {
			c = b.split(c, m)
		}
		if m.off == 0 && c.bytes == len(c.data) && c.bytes <= need && len(b.fences.in(c)) == 0 {
			need -= b.dropAll(c, gone) // without a look at each
		} else {
			need -= b.dropFrom(c, need, gone)
		}
		next := c.next
		if len(c.data) == 0 {
			b.unlink(c)
		}
		c = next
	}
}

// loose returns the first frame boundary of c behind everything that is written,
// wholly or in part, or in the batch. c isn't before the end of the batch.
func (b *Buffer) loose(c *chunk) mark {
	off := c.wr
	if b.out && c == b.outChunk {
		off = b.outOff
	}
	if off == len(c.data) {
		return c.end()
	}
	m := c.seen
	for m.off < off {
		n, msg := frameLen(c.data[m.off:])
		m.step(n, msg && !c.own)
	}
	return m
}

// dropAll drops all of c, which has messages only.
func (b *Buffer) dropAll(c *chunk, gone *Span) (freed int) {
	freed = c.bytes
	gone.add(c.first, c.count())
	b.gone = b.gone.plus(c.count())
	b.size -= freed
	c.cutFront(c.end())
	return freed
}

// dropFrom drops messages from the front of c until need bytes are free. Control
// frames among them stay, in front of what is left.
func (b *Buffer) dropFrom(c *chunk, need int, gone *Span) (freed int) {
	marks := b.fences.in(c)
	var m mark
	var control []byte
	for m.off < len(c.data) && freed < need {
		n, msg := frameLen(c.data[m.off:])
		if msg {
			freed += n
		} else {
			control = append(control, c.data[m.off:m.off+n]...)
			if len(marks) > 0 && marks[0].at.off == m.off+n {
				marks[0].at = mark{off: len(control)}
				marks = marks[1:]
			}
		}
		m.step(n, msg)
	}
	dead := Count{uint64(m.msgs), uint64(m.bytes)}
	gone.add(c.first, dead)
	b.gone = b.gone.plus(dead)
	b.size -= freed

	m.off -= len(control)
	copy(c.data[m.off:], control)
	for i := range marks {
		at := &marks[i].at
		*at = mark{at.off - m.off, at.msgs - m.msgs, at.bytes - m.bytes}
	}
	c.cutFront(m)
	return freed
}

// unlink takes an empty chunk, at or behind w, out of the list.
func (b *Buffer) unlink(c *chunk) {
	if c == b.head {
		b.popHead()
		return
	}
	prev := b.head
	for prev.next != c {
		prev = prev.next
	}
	prev.next = c.next
	if b.tail == c {
		b.tail, b.room = prev, 0
	}
	if b.w == c {
		if b.w = c.next; b.w == nil { // back to the end of what is held
			b.w = prev
			b.passed = b.passed.minus(prev.count())
		}
	}
	b.recycle(c)
}

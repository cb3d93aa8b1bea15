package outbound

// Withdraw drops those of the messages with these numbers, in ascending order, that are
// queued and aren't written, not even in part, nor in the batch that is out. It returns
// what it dropped, in runs.
func (b *Buffer) Withdraw(seqs []uint64) (gone []Span) {
	for c := b.loosest(); c != nil; {
		for len(seqs) > 0 && seqs[0] < c.first {
			seqs = seqs[1:]
		}
		if len(seqs) == 0 {
			return gone
		}
		if c.own || seqs[0] >= c.first+uint64(c.msgs) {
			c = c.next
			continue
		}
		b.renew(c, false)
		from := b.loose(c)
		if seqs[0] < c.first+uint64(from.msgs) {
			seqs = seqs[1:]
			continue
		}
		// Up to the message, and from there as far as one follows the other.
		end, n := from, 0
		for end.off < len(c.data) && len(seqs) > 0 {
			size, msg := frameLen(c.data[end.off:])
			meant := msg && c.first+uint64(end.msgs) == seqs[0]
			if !meant && n > 0 {
				break
			}
			end.step(size, msg)
			if !meant {
				from = end
				continue
			}
			seqs = seqs[1:]
			n++
		}
		if from.off > 0 {
			c = b.split(c, from)
			end = mark{end.off - from.off, end.msgs - from.msgs, end.bytes - from.bytes}
		}
		next := c.next
		if end.off < len(c.data) {
			next = b.split(c, end)
		}
		if c == b.tail {
			b.room = 0 // the next message would leave a gap
		}
		var run Span
		b.dropAll(c, &run)
		gone = append(gone, run)
		b.unlink(c)
		c = next
	}
	return gone
}

// loosest is the first chunk of which something may not be written, nor be in the batch.
func (b *Buffer) loosest() *chunk {
	if b.out {
		return b.outChunk
	}
	return b.w
}

// Queued says whether a message is queued, and not written, not even in part, nor in the
// batch that is out.
func (b *Buffer) Queued(seq uint64) bool {
	for c := b.loosest(); c != nil && c.first <= seq; c = c.next {
		if c.own || seq >= c.first+uint64(c.msgs) {
			continue
		}
		if c.stale {
			return true // nothing of it is written on this connection
		}
		return seq >= c.first+uint64(b.loose(c).msgs)
	}
	return false
}

// Repeats is the number up to which queued messages were sent on an earlier connection,
// too, at least in part. It is 0 without Hold.
func (b *Buffer) Repeats() uint64 { return b.again }

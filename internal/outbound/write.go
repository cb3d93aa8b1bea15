package outbound

// Batch appends to dst what is to be written next, about limit bytes of it: it may
// be more by less than one chunk or one frame. It adds nothing when there is
// nothing to write, without a connection, while another batch is out, and while
// a suspect message waits for its answer (see ErrPoison); Pong ends the latter,
// so a writer that found nothing looks again after each Pong.
//
// The bytes stay valid until Wrote. Disconnected must not be called in between;
// after a Close in between, Wrote does nothing.
func (b *Buffer) Batch(dst [][]byte, limit int) [][]byte {
	if !b.Ready() {
		return dst
	}
	total := 0
	b.outSize = 0
	for c := b.w; c != nil; c = c.next {
		b.renew(c, true)
		if p := c.data[c.wr:]; len(p) > 0 {
			dst = append(dst, p)
			total += len(p)
			if !c.own {
				b.outSize += len(p)
			}
			b.outChunk, b.outOff = c, len(c.data)
		}
		if c == b.stop || total >= limit {
			break
		}
	}
	b.out, b.outBytes = total > 0, total
	return dst
}

// Ready says whether Batch would have something.
func (b *Buffer) Ready() bool {
	if !b.up || b.out || b.sealed || b.w == nil {
		return false
	}
	b.advance()
	return b.w != nil && b.w.wr < len(b.w.data)
}

// Gated says whether writing waits for an answer.
func (b *Buffer) Gated() bool { return b.stop != nil || b.sealed }

// Out returns how many bytes the batch that is out has.
func (b *Buffer) Out() int { return b.outBytes }

// Taken returns how much of Size can't be dropped, because it is in the batch that
// is out.
func (b *Buffer) Taken() int {
	if !b.out {
		return 0
	}
	return b.outSize
}

// Wrote takes the batch back: the socket took the first n of its bytes.
func (b *Buffer) Wrote(n int) {
	if !b.out {
		return
	}
	n = max(0, min(n, b.outBytes)) // a net.Conn of the user's may claim anything
	b.out, b.outChunk = false, nil
	for n > 0 {
		c := b.w
		k := min(n, len(c.data)-c.wr)
		c.wr += k
		n -= k
		if !c.own {
			b.size -= k
			if b.hold {
				b.held += k
			}
		}
		b.fences.passed(c, b.passed, b.hold)
		b.advance()
	}
}

// advance moves w off the chunks that are written. The tail stays when it is
// held: more may be appended to it.
func (b *Buffer) advance() {
	for c := b.w; c != nil && c.wr == len(c.data) && c != b.stop; c = b.w {
		if c.next == nil && b.hold && !c.own {
			return
		}
		b.pass(c)
		b.w = c.next
		if !b.hold || c.own {
			b.popHead()
		}
	}
}

// written returns the messages written whole, since New.
func (b *Buffer) written() Count {
	if b.w == nil {
		return b.passed
	}
	return b.passed.plus(b.w.scan(b.w.wr).count())
}

// pass notes that writing leaves c behind.
func (b *Buffer) pass(c *chunk) {
	b.passed = b.passed.plus(c.count())
	if c.msgs > 0 {
		b.passedSeq = c.first + uint64(c.msgs) - 1
	}
}

// queued returns the messages that aren't written whole.
func (b *Buffer) queued() (s Span) {
	c, m := b.w, mark{}
	if c != nil {
		m = c.scan(c.wr)
	}
	for ; c != nil; c = c.next {
		s.add(c.first+uint64(m.msgs), c.count().minus(m.count()))
		m = mark{}
	}
	return s
}

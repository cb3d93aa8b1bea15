package outbound

// relist replaces each chunk by the chain that f makes of it, which may be
// empty. Nothing of the list may be written or held.
func (b *Buffer) relist(f func(c *chunk) (first, last *chunk)) {
	old := b.tail
	var head, tail *chunk
	for c := b.head; c != nil; {
		next := c.next
		first, last := f(c)
		switch {
		case first == nil:
		case head == nil:
			head, tail = first, last
		default:
			tail.next, tail = first, last
		}
		c = next
	}
	if tail != nil {
		tail.next = nil
	}
	b.head, b.tail, b.w = head, tail, head
	switch {
	case tail == nil:
		if old != nil {
			b.emptied()
		}
	case tail != old || tail.first+uint64(tail.msgs) != b.appended.Msgs+1:
		b.room = 0 // the next message would leave a gap, or lie in another array
	case b.room > 0:
		b.room = cap(tail.data) - len(tail.data)
	}
}

// rewrite removes from c the messages that drop returns true for and, unless
// control is set, the control frames. The rest moves up in place. Where a message
// is missing a new chunk begins, so that sequence numbers stay right. Nothing of
// c may be written or in a batch.
func (b *Buffer) rewrite(c *chunk, control bool, drop func(seq uint64, frame []byte) bool) (first, last *chunk) {
	marks := b.fences.in(c)
	src, seq := c.data, c.first
	cur, start, out := c, 0, 0
	c.msgs, c.bytes, c.wr, c.seen, c.conf = 0, 0, 0, mark{}, mark{}
	for off := 0; off < len(src); {
		n, msg := frameLen(src[off:])
		frame := src[off : off+n]
		off += n
		switch {
		case msg:
			s := seq
			seq++
			if drop != nil && drop(s, frame) {
				b.size -= n
				b.gone = b.gone.plus(Count{1, uint64(n)})
				continue
			}
			if cur.msgs == 0 {
				cur.first = s
			} else if s != cur.first+uint64(cur.msgs) {
				cur.data = src[start:out:out]
				c.array = nil // shared from here on
				cur.next = &chunk{first: s, stamp: c.stamp, bound: c.bound}
				cur, start = cur.next, out
			}
			cur.msgs++
			cur.bytes += n
		case !control:
			b.size -= n
			continue
		}
		if out != off-n {
			copy(src[out:], frame)
		}
		out += n
		if len(marks) > 0 && marks[0].at.off == off {
			marks[0].c, marks[0].at = cur, mark{out - start, cur.msgs, cur.bytes}
			marks = marks[1:]
		}
	}
	cur.data = src[start:out]
	if cur.msgs == 0 {
		cur.first = seq
	}
	if out == 0 {
		b.recycle(c)
		return nil, nil
	}
	return c, cur
}

// renew removes the control frames of an earlier connection from c. With fences
// set, messages that are sent again get fences. It is done as late as possible,
// chunk by chunk, so that the end of a connection doesn't hold up anyone for long.
// Chunks that get fences are renewed in the order of the list.
func (b *Buffer) renew(c *chunk, fences bool) {
	if !c.stale {
		return
	}
	c.stale = false
	b.size += len(c.data) - c.bytes
	if !fences || c.first > b.again {
		b.rewrite(c, false, nil)
		return
	}
	b.fenceEach(c)
}

// fenceEach moves c to a new array, without its control frames and with a fence
// behind every stride-th message that is sent again.
func (b *Buffer) fenceEach(c *chunk) {
	var fences []fence
	room := c.bytes + len(ping)*(c.msgs/b.stride+1)
	d := chunk{next: c.next, data: make([]byte, 0, room), first: c.first, stamp: c.stamp, bound: c.bound}
	for off := 0; off < len(c.data); {
		n, msg := frameLen(c.data[off:])
		if msg {
			d.data = append(d.data, c.data[off:off+n]...)
			d.msgs++
			d.bytes += n
			seq := c.first + uint64(d.msgs) - 1
			if seq <= b.again && (d.msgs%b.stride == 0 || d.msgs == c.msgs) {
				d.data = append(d.data, ping...)
				fences = append(fences, fence{seq: seq, c: c, at: d.end()})
			}
		}
		off += n
	}
	b.size += len(d.data) - len(c.data)
	b.recycle(&chunk{array: c.array})
	*c = d
	if b.tail == c {
		b.room = 0
	}

	b.fences.insert(len(b.fences.q)-b.late, fences...)
}

// split parts c at m, which lies behind whatever of c is written or in a batch,
// and returns the second part. m isn't the end of c.
func (b *Buffer) split(c *chunk, m mark) *chunk {
	r := &chunk{
		data:  c.data[m.off:],
		msgs:  c.msgs - m.msgs,
		bytes: c.bytes - m.bytes,
		first: c.first + uint64(m.msgs),
		stamp: c.stamp,
		bound: c.bound,
		own:   c.own,
	}
	marks := b.fences.in(c)
	for i := range marks {
		if f := &marks[i]; f.at.off > m.off {
			f.c = r
			f.at = mark{f.at.off - m.off, f.at.msgs - m.msgs, f.at.bytes - m.bytes}
		}
	}
	c.data, c.msgs, c.bytes = c.data[:m.off:m.off], m.msgs, m.bytes
	c.array = nil // shared from here on
	b.link(c, r)
	return r
}

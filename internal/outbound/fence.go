package outbound

import "slices"

// fence is a PING in the queue.
type fence struct {
	tag   uint64
	seq   uint64 // the newest message before it
	c     *chunk // where it is, until it is written (with Hold: until answered)
	at    mark   // its end in c
	total Count  // messages written before it, known when it is
	gate  bool   // its answer lets writing go on
	part  int    // of the prefix, counted from 1, if it is behind one
}

// fences are in the order of the queue: first those written, then the others.
type fences struct {
	q       []fence // those before head are answered
	head    int
	written int // index of the first that isn't written
}

func (f *fences) push(x fence) {
	if f.head > 0 && len(f.q) == cap(f.q) {
		n := copy(f.q, f.q[f.head:])
		f.q, f.written, f.head = f.q[:n], f.written-f.head, 0
	}
	f.q = append(f.q, x)
}

func (f *fences) insert(i int, x ...fence) { f.q = slices.Insert(f.q, i, x...) }

// passed notes which fences of c are written by now. before counts the messages
// in the chunks before c.
func (f *fences) passed(c *chunk, before Count, hold bool) {
	for f.written < len(f.q) {
		x := &f.q[f.written]
		if x.c != c || x.at.off > c.wr {
			return
		}
		x.total = before.plus(x.at.count())
		if !hold || c.own {
			x.c = nil // recycled soon
		}
		f.written++
	}
}

// pop returns the oldest fence that was written.
func (f *fences) pop() (x fence, ok bool) {
	if f.head == f.written {
		return x, false
	}
	x, f.q[f.head] = f.q[f.head], fence{}
	if f.head++; f.head == len(f.q) {
		f.reset()
	}
	return x, true
}

func (f *fences) reset() {
	if cap(f.q) > 64 {
		f.q = nil
	}
	clear(f.q)
	f.q, f.head, f.written = f.q[:0], 0, 0
}

// clear forgets all fences and returns the tags of the caller's, in order.
func (f *fences) clear() (tags []uint64) {
	for _, x := range f.q[f.head:] {
		if x.tag != 0 {
			tags = append(tags, x.tag)
		}
	}
	f.reset()
	return tags
}

// after returns the index of the first fence behind c, given that of the first
// in c or behind it.
func (f *fences) after(c *chunk, i int) int {
	for i < len(f.q) && f.q[i].c == c {
		i++
	}
	return i
}

// in returns the fences that lie in c and aren't written.
func (f *fences) in(c *chunk) []fence {
	i := f.written
	for i < len(f.q) && f.q[i].c != c {
		i++
	}
	return f.q[i:f.after(c, i)]
}

// Fence queues a PING; its PONG proves that the server has processed everything
// before it. Pong then returns tag, which isn't 0. Without a connection the
// fence waits for the next one, in its place among the messages.
func (b *Buffer) Fence(tag uint64) {
	b.control([]byte(ping))
	b.fences.push(fence{tag: tag, seq: b.appended.Msgs, c: b.tail, at: b.tail.end()})
	b.fenced = b.appended
	b.late++
}

// Pong tells that the server has answered the oldest fence that was written. ok
// is false when there is none: a PONG that nobody asked for. tag is 0 for a
// fence that the Buffer set by itself.
func (b *Buffer) Pong() (tag uint64, ok bool) {
	f, ok := b.fences.pop()
	if !ok {
		return 0, false
	}
	b.settled = f.total
	b.confirmedSeq = max(b.confirmedSeq, f.seq)
	b.reported = max(b.reported, f.seq)
	if b.hold && f.c != nil {
		b.release(f)
	}
	if f.part > 0 && b.parts != nil {
		b.parts.passed = f.part
	}
	if f.gate {
		b.openGate()
	}
	return f.tag, true
}

// release lets go of what f confirms.
func (b *Buffer) release(f fence) {
	for b.head != f.c {
		b.held -= b.head.unconfirmed()
		b.popHead()
	}
	c := f.c
	if !c.own {
		b.held -= f.at.off - c.conf.off
	}
	c.conf = f.at
	if c.conf.off == len(c.data) {
		if b.w == c {
			b.pass(c)
		}
		b.popHead()
	}
}

func (c *chunk) unconfirmed() int {
	if c.own {
		return 0
	}
	return len(c.data) - c.conf.off
}

// Unconfirmed returns the messages that were written whole since the last fence
// that was answered.
func (b *Buffer) Unconfirmed() Count { return b.written().minus(b.settled) }

// Settled returns the messages that were written and are confirmed or in doubt.
func (b *Buffer) Settled() Count { return b.settled }

// SinceFence returns what was appended, or queued again, since the last call of
// Fence.
func (b *Buffer) SinceFence() Count { return b.appended.minus(b.fenced) }

// Totals accounts for everything that was ever appended.
func (b *Buffer) Totals() Totals {
	un := b.Unconfirmed()
	return Totals{
		Appended:     b.appended,
		Queued:       b.appended.minus(b.gone).minus(b.settled).minus(un),
		Unconfirmed:  un,
		Confirmed:    b.settled.minus(b.inDoubt),
		InDoubt:      b.inDoubt,
		Dropped:      b.gone,
		ConfirmedSeq: b.confirmedSeq,
	}
}

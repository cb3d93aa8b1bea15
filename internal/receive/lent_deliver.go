package receive

import "slices"

const pieceMost = 64 << 10 // of the memory that messages are copied to

// trimLent is trimLocked of messages that are lent.
func trimLent[H ~map[string][]string, S any](r run[H, S], left uint64) (kept run[H, S]) {
	for x := r.lent.pop(); x != nil; x = r.lent.pop() {
		if left == 0 {
			x.free()
			continue
		}
		x.msgs = uint32(min(uint64(x.msgs), left))
		left -= uint64(x.msgs)
		kept.msgs += int(x.msgs)
		kept.bytes += x.bytes()
		kept.lent.push(x)
	}
	return kept
}

// admitLentLocked is admitLocked of messages that are lent.
func (s *Sub[M, H, S]) admitLentLocked(r run[H, S], a *admission) (kept run[H, S]) {
	for x := r.lent.pop(); x != nil; x = r.lent.pop() {
		var msgs, bytes int
		if x.full {
			msgs, bytes = s.admitEachLocked(x, a)
		} else {
			msgs, bytes = s.admitPiecesLocked(x, a)
		}
		if msgs == 0 {
			x.free()
			continue
		}
		x.msgs = uint32(msgs)
		kept.msgs += msgs
		kept.bytes += bytes
		kept.lent.push(x)
	}
	return kept
}

// admitEachLocked leaves of a run the messages that are within the limits.
func (s *Sub[M, H, S]) admitEachLocked(x *lentRun, a *admission) (msgs, bytes int) {
	i, last := x.first, uint32(0)
	for range x.msgs {
		at := &x.at[i]
		if s.fitsLocked(a, int(at.size)) {
			if msgs == 0 {
				x.first = i
			} else {
				x.at[last].next = i
			}
			last = i
			msgs++
			bytes += int(at.size)
		}
		i = at.next
	}
	return msgs, bytes
}

// admitPiecesLocked is admitEachLocked of pieces. Of messages of one size those that fit
// are the first.
func (s *Sub[M, H, S]) admitPiecesLocked(x *lentRun, a *admission) (msgs, bytes int) {
	i, last := x.first, uint32(0)
	for left := x.msgs; left > 0; {
		p := &x.pieces[i]
		size, fit := int(p.End-p.Begin), uint32(0)
		count := min(p.Count, left)
		for range count {
			if s.fitsLocked(a, size) {
				fit++
			}
		}
		if left -= count; fit > 0 {
			if msgs == 0 {
				x.first = i
			} else {
				x.pieces[last].Next = i
			}
			last, p.Count = i, fit
			msgs += int(fit)
			bytes += int(fit) * size
		}
		i = p.Next
	}
	return msgs, bytes
}

// enqueueLentLocked puts messages where the handler's goroutine takes them from. Those
// whose read buffer can't be kept are copied.
func (s *Sub[M, H, S]) enqueueLentLocked(q lentQueue) {
	l := s.more.lent
	for x := q.pop(); x != nil; x = q.pop() {
		if !x.copied {
			l.queue.push(x)
			continue
		}
		_, waiting := s.pending.load()
		l.copy(x, waiting)
		x.free()
	}
}

// copy enters copies of a run. So many bytes wait already: memory is taken in pieces of a
// quarter of that, so that what is pinned is in proportion to it.
func (l *lending[S]) copy(x *lentRun, waiting int) {
	from := x.block.bytes
	w := x.walk()
	notes := lentNotes{full: true}
	enter := func() {
		if notes.msgs > 0 {
			l.queue.push(newLentRun(l.piece, notes))
			notes.msgs = 0
		}
	}
	for range x.msgs {
		at := w.next()
		subject, reply := from[at.subject:at.subjectEnd], from[at.reply:at.replyEnd]
		body := from[at.header:at.end]
		if need := len(subject) + len(reply) + len(body); l.piece == nil || len(l.piece.bytes)-l.used < need {
			enter()
			l.endPiece()
			l.piece = newLentBlock(max(need, min(waiting/4, pieceMost), 1<<lentLeast))
		}
		p := l.piece
		c := lentAt{subject: uint32(l.used), size: at.size}
		put := func(b []byte) uint32 {
			l.used += copy(p.bytes[l.used:], b)
			return uint32(l.used)
		}
		c.subjectEnd = put(subject)
		c.reply, c.replyEnd = c.subjectEnd, put(reply)
		c.header = c.replyEnd
		c.payload = c.header + at.payload - at.header
		c.end = put(body)
		n := uint32(len(p.at))
		if notes.msgs == 0 {
			notes.first = n
		} else {
			p.at[n-1].next = n
		}
		p.at = append(p.at, c)
		notes.msgs++
	}
	enter()
}

// endPiece lets go of the piece that copies are put in.
func (l *lending[S]) endPiece() {
	if l.piece != nil {
		l.piece.free()
		l.piece, l.used = nil, 0
	}
}

// endLocked takes away all that waits.
func (l *lending[S]) endLocked() lentQueue {
	l.endPiece()
	return l.queue.take()
}

// handleLent calls the handler for one message after another, and says whether the rest
// was dropped.
func (s *Sub[M, H, S]) handleLent(taken lentQueue) (over bool) {
	l := s.more.lent
	for x := taken.pop(); x != nil; x = taken.pop() {
		if x.block == nil {
			passed := x.passed
			x.free()
			passed()
			continue
		}
		switch {
		case l.check:
			over = s.lendChecked(x)
		case x.full:
			over = s.lendEach(x)
		default:
			over = s.lendPieces(x)
		}
		l.msg = Lent[S]{}
		if x.free(); over {
			break
		}
	}
	taken.drop()
	return over
}

// lendEach lends the messages of a run, and says whether the rest is to be dropped.
func (s *Sub[M, H, S]) lendEach(x *lentRun) (over bool) {
	l := s.more.lent
	m, b, all, i := &l.msg, x.block.bytes, x.at, x.first
	for range x.msgs {
		if s.gone.Load() { // unsubscribed meanwhile
			return true
		}
		at := &all[i]
		i = at.next
		m.fill(b, at)
		m.Sub = s.owner
		s.handled++
		l.call(m)
		s.pending.handled(int(at.size)) // now, see handle
		if limit := s.max.Load(); limit > 0 && s.handled >= limit {
			return true
		}
	}
	return false
}

// lendPieces is lendEach of messages that have a payload alone.
func (s *Sub[M, H, S]) lendPieces(x *lentRun) (over bool) {
	l := s.more.lent
	m, b, all, i := &l.msg, x.block.bytes, x.pieces, x.first
	subject := view(b[x.subject:x.subjectEnd])
	for left := x.msgs; left > 0; {
		p := all[i]
		i = p.Next
		p.Count = min(p.Count, left)
		left -= p.Count
		for begin, end := p.Begin, p.End; p.Count > 0; p.Count-- {
			if s.gone.Load() {
				return true
			}
			m.Subject, m.Reply, m.RawHeader, m.Data, m.Sub = subject, "", nil, b[begin:end:end], s.owner
			begin += p.Stride
			end += p.Stride
			s.handled++
			l.call(m)
			s.pending.handled(int(p.End - p.Begin))
			if limit := s.max.Load(); limit > 0 && s.handled >= limit {
				return true
			}
		}
	}
	return false
}

// fill makes the message the one at a place in a block.
func (m *Lent[S]) fill(b []byte, at *lentAt) {
	m.Subject = view(b[at.subject:at.subjectEnd])
	m.Reply = view(b[at.reply:at.replyEnd])
	m.RawHeader = nil
	if at.header != at.payload {
		m.RawHeader = b[at.header:at.payload:at.payload]
	}
	m.Data = b[at.payload:at.end:at.end]
}

const (
	// overwritten is what memory holds that was lent, and keptTooLong what a message says
	// that was, where that is checked.
	overwritten = 0xdb
	keptTooLong = "a.lent.message.that.was.kept.beyond.its.handler"
)

// lendChecked is lendEach that makes it seen when something was kept that was lent: each
// message is another one, in memory of its own, and both are overwritten.
func (s *Sub[M, H, S]) lendChecked(x *lentRun) (over bool) {
	b, w := x.block.bytes, x.walk()
	for range x.msgs {
		if s.gone.Load() {
			return true
		}
		at := w.next()
		m := &Lent[S]{Sub: s.owner}
		m.fill(b, &at)
		own := slices.Concat(b[at.subject:at.subjectEnd], b[at.reply:at.replyEnd], b[at.header:at.end])
		reply := uint32(len(m.Subject))
		header := reply + uint32(len(m.Reply))
		payload := header + at.payload - at.header
		m.fill(own, &lentAt{subjectEnd: reply, reply: reply, replyEnd: header, header: header, payload: payload, end: uint32(len(own))})
		s.handled++
		s.more.lent.call(m)
		*m = Lent[S]{Subject: keptTooLong, Reply: keptTooLong, Sub: s.owner}
		for i := range own {
			own[i] = overwritten
		}
		s.pending.handled(int(at.size))
		if limit := s.max.Load(); limit > 0 && s.handled >= limit {
			return true
		}
	}
	return false
}

package session

import (
	"net"
	"time"
)

// LookAcks looks at what the peer's system has acknowledged.
func (l *Link) LookAcks(now time.Duration) (acked, left uint64) {
	if l.acks == nil {
		return 0, 0
	}
	acked, left, ok := l.acks.Look()
	if ok && l.acked.Swap(acked) != acked {
		l.ackedAt.Store(int64(now))
	}
	return acked, left
}

// AckedAt is when more was last seen acknowledged, since the connection's start.
func (l *Link) AckedAt() time.Duration { return time.Duration(l.ackedAt.Load()) }

// HasAcks says whether acknowledgements can be seen at all.
func (l *Link) HasAcks() bool { return l.acks != nil }

// GetsOn says whether the peer's system has acknowledged something since a time: then
// the link gets on, though its socket may be too full to take anything.
func (l *Link) GetsOn(now, since time.Duration) bool {
	l.LookAcks(now)
	return l.acks != nil && time.Duration(l.ackedAt.Load()) > since
}

// record is the largest write on a socket that can't go on after a write that
// timed out: so much is seen as one step of progress.
const record = 16 << 10

// WatchWrite prolongs the deadline of writes that can't go on after a time-out, as
// long as the peer acknowledges something. The writer calls EndWatch when it is back.
func (l *Link) WatchWrite(start time.Time, limit time.Duration) {
	if l.resumes || limit <= 0 || l.acks == nil {
		return
	}
	l.writing.Store(true)
	if l.watch == nil {
		l.watch = time.AfterFunc(time.Hour, func() { l.lookAfterWrite(start, limit) })
	}
	l.watch.Reset(limit / 4)
}

func (l *Link) lookAfterWrite(start time.Time, limit time.Duration) {
	if !l.writing.Load() {
		return
	}
	if now := time.Since(start); l.GetsOn(now, now-limit/2) {
		l.conn.SetWriteDeadline(time.Now().Add(limit))
	}
	l.watch.Reset(limit / 4)
}

// EndWatch ends what WatchWrite began.
func (l *Link) EndWatch() {
	if l.writing.CompareAndSwap(true, false) {
		l.watch.Stop()
	}
}

// WritesNow says whether TryWrite can be used.
func (l *Link) WritesNow() bool { return l.now != nil }

// TryWrite hands the socket what it takes at once, and never waits; ok is false when it
// refused. It may not be called twice at a time, nor during a Write.
func (l *Link) TryWrite(pieces ...[]byte) (n int, ok bool) { return l.now.Write(pieces...) }

// Write hands pieces to the socket and returns what it didn't take, and how many
// bytes it took. It waits at most limit, if that is positive, and may return
// early without an error.
func (l *Link) Write(pieces [][]byte, limit time.Duration) (rest [][]byte, n int, err error) {
	if limit > 0 {
		l.conn.SetWriteDeadline(time.Now().Add(limit))
	}
	if tcp, ok := l.conn.(*net.TCPConn); ok && len(pieces) > 1 { // vectored writes pay off
		bufs := net.Buffers(pieces)
		n, err := bufs.WriteTo(tcp)
		return bufs, int(n), err
	}
	p := pieces[0]
	if len(p) > record && !l.resumes {
		p = p[:record]
	}
	n, err = l.conn.Write(p)
	if pieces[0] = pieces[0][n:]; len(pieces[0]) == 0 {
		pieces = pieces[1:]
	}
	return pieces, n, err
}

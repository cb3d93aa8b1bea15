package nats

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/transport"
)

// link is one established connection to one server: a socket past its
// handshake. The reader and the writer of a link use no other link's socket, so
// nothing of an old connection can reach a new one.
type link struct {
	epoch uint64 // set when the machine adopts it
	conn  net.Conn
	tcp   *net.TCPConn         // conn, when it is plain TCP: vectored writes pay off
	now   *transport.NowWriter // writes without waiting; nil where that can't be done
	url   *address.Server
	info  ServerInfo
	tls   *tls.ConnectionState
	rest  []byte // bytes that were read behind the handshake's PONG

	over    chan struct{} // closed when its reader has ended; made for who waits, under the lock of the subscriptions
	closed  atomic.Bool
	lost    atomic.Bool           // its loss was reported
	broken  atomic.Pointer[error] // a write failed: nothing more is written
	adopted time.Duration         // when, since the connection's start
	bad     atomic.Bool           // the client gave it up for what the server sent
	tooLong atomic.Bool           // the server said that a line was too long
	reads   atomic.Uint64         // reads that brought bytes
	heard   atomic.Int64          // nanoseconds since the connection's start: the last of them
	acks    *transport.Acks       // nil where they can't be seen
	acked   atomic.Uint64         // bytes acknowledged when that was last looked at
	ackedAt atomic.Int64          // nanoseconds since the connection's start: when more were seen acknowledged
	resumes bool                  // writing can go on after a write that timed out
	writing atomic.Bool           // a batch is being written that must not be cut short
	watch   *time.Timer           // looks after it
	endedBy atomic.Pointer[error] // why it was lost; nil while it isn't, or when the client gave it up
	authErr atomic.Pointer[error]
}

// close shuts the socket; a blocked read or write of it returns.
func (l *link) close() {
	if l.closed.CompareAndSwap(false, true) {
		transport.Close(l.conn)
	}
}

// fail notes that a write failed. What the server said before it went is still
// worth reading, often it is the reason, so the reader has a moment to find the
// end by itself.
func (l *link) fail(err error) {
	l.broken.Store(&err)
	if l.conn.SetReadDeadline(time.Now().Add(lastWords)) != nil {
		l.close() // it can't be waited for
	}
}

// ended says that reading or writing failed.
func (l *link) ended(phase string, err error) error {
	e := &ConnError{Phase: phase, Server: l.url.Redacted(), Err: err}
	if isUnacknowledged(err) {
		e.Err = detailed(ErrStaleConnection, "%w: %w", ErrStaleConnection, err)
		e.Hint = "it acknowledged nothing of what was sent"
	}
	return e
}

// cause is why the link ended, which was found out by err. It is known when no
// write is under way any more.
func (l *link) cause(err error) error {
	if said := l.authErr.Load(); said != nil {
		return *said
	}
	// The system tells only the first who asks that the peer acknowledges nothing.
	if broken := l.broken.Load(); broken != nil && errors.Is(*broken, ErrStaleConnection) {
		return *broken
	}
	return err
}

// lookAcks looks at what the peer's system has acknowledged.
func (l *link) lookAcks(now time.Duration) (acked, left uint64) {
	if l.acks == nil {
		return 0, 0
	}
	acked, left, ok := l.acks.Look()
	if ok && l.acked.Swap(acked) != acked {
		l.ackedAt.Store(int64(now))
	}
	return acked, left
}

// getsOn says whether the peer's system has acknowledged something since a time: then
// the link gets on, though its socket may be too full to take anything.
func (l *link) getsOn(now, since time.Duration) bool {
	l.lookAcks(now)
	return l.acks != nil && time.Duration(l.ackedAt.Load()) > since
}

// endedByPeer says whether it was the peer that ended the link, and not the client
// that gave it up, by itself or because it was told to.
func (l *link) endedByPeer() bool {
	err := l.endedBy.Load()
	if err == nil || l.bad.Load() {
		return false
	}
	cause := l.cause(*err)
	return !errors.Is(cause, ErrStaleConnection) && !errors.Is(cause, ErrOutboundFull) && !isTimeout(cause)
}

// lastWords is how long a link is still read after a write has failed.
const lastWords = 100 * time.Millisecond

// record is the largest write on a socket that can't go on after a write that
// timed out: so much is seen as one step of progress.
const record = 16 << 10

// watchWrite prolongs the deadline of writes that can't go on after a time-out, as
// long as the peer acknowledges something. The writer calls endWatch when it is back.
func (l *link) watchWrite(start time.Time, limit time.Duration) {
	if l.resumes || limit <= 0 || l.acks == nil {
		return
	}
	l.writing.Store(true)
	if l.watch == nil {
		l.watch = time.AfterFunc(time.Hour, func() { l.lookAfterWrite(start, limit) })
	}
	l.watch.Reset(limit / 4)
}

func (l *link) lookAfterWrite(start time.Time, limit time.Duration) {
	if !l.writing.Load() {
		return
	}
	if now := time.Since(start); l.getsOn(now, now-limit/2) {
		l.conn.SetWriteDeadline(time.Now().Add(limit))
	}
	l.watch.Reset(limit / 4)
}

func (l *link) endWatch() {
	if l.writing.CompareAndSwap(true, false) {
		l.watch.Stop()
	}
}

// write hands pieces to the socket and returns what it didn't take, and how many
// bytes it took. It waits at most limit, if that is positive, and may return
// early without an error.
func (l *link) write(pieces [][]byte, limit time.Duration) (rest [][]byte, n int, err error) {
	if limit > 0 {
		l.conn.SetWriteDeadline(time.Now().Add(limit))
	}
	if l.tcp != nil && len(pieces) > 1 {
		bufs := net.Buffers(pieces)
		n, err := bufs.WriteTo(l.tcp)
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

package nats

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
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
	nc    *Conn
	conn  net.Conn
	tcp   *net.TCPConn // conn, when it is plain TCP: vectored writes pay off
	// resumes says that writing can go on after a write that timed out.
	resumes bool
	now     *transport.NowWriter // writes without waiting; nil where that can't be done
	url     *address.Server
	info    *ServerInfo
	tls     *tls.ConnectionState
	rest    []byte // bytes that were read behind the handshake's PONG

	closed  atomic.Bool
	lost    atomic.Bool           // its loss was reported
	broken  atomic.Pointer[error] // a write failed: nothing more is written
	adopted time.Duration         // when, since the connection's start
	bad     atomic.Bool           // the client gave it up for what the server sent
	tooLong atomic.Bool           // the server said that a line was too long
	reads   atomic.Uint64         // reads that brought bytes
	acks    *transport.Acks       // nil where they can't be seen
	acked   atomic.Uint64         // bytes acknowledged when that was last looked at
	ackedAt atomic.Int64          // nanoseconds since the connection's start: when more were seen acknowledged
	writing atomic.Bool           // a batch is being written that must not be cut short
	watch   *time.Timer           // looks after it
	endedBy atomic.Pointer[error] // why it was lost; nil while it isn't, or when the client gave it up
	authErr atomic.Pointer[error]

	mu   sync.Mutex
	over chan struct{} // closed when its reader has ended; made for who waits
	read bool          // it has
}

// newLink is a link of a socket past its handshake.
func newLink(nc *Conn, conn net.Conn, server *address.Server, info *ServerInfo) *link {
	l := &link{nc: nc, conn: conn, url: server, info: info, resumes: transport.SurvivesWriteTimeout(conn)}
	l.tcp, _ = conn.(*net.TCPConn)
	l.now = transport.NewNowWriter(conn)
	l.acks = transport.NewAcks(conn)
	if st, ok := transport.TLSState(conn); ok {
		l.tls = &st
	}
	return l
}

// Epoch is the number of the link among those that were in use: 1, 2, 3 …
func (l *link) Epoch() uint64 { return l.epoch }

// Server is the one that the link goes to.
func (l *link) Server() *address.Server { return l.url }

// Info is what the server said of itself in the handshake. It is not to be changed.
func (l *link) Info() *ServerInfo { return l.info }

// TLS is the state of its encryption, nil where there is none.
func (l *link) TLS() *tls.ConnectionState { return l.tls }

// Adopted is when it was put to use, since the connection's start.
func (l *link) Adopted() time.Duration { return l.adopted }

// LocalAddr and RemoteAddr are the addresses of its socket.
func (l *link) LocalAddr() net.Addr  { return l.conn.LocalAddr() }
func (l *link) RemoteAddr() net.Addr { return l.conn.RemoteAddr() }

// Resumes says that writing can go on after a write that timed out.
func (l *link) Resumes() bool { return l.resumes }

// Closed says that its socket has been closed.
func (l *link) Closed() bool { return l.closed.Load() }

// Broken is why nothing more is written to it; nil while that works.
func (l *link) Broken() error {
	if err := l.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// TooLong says that the server has refused a line for its length.
func (l *link) TooLong() bool { return l.tooLong.Load() }

// TakeRest gives its reader the bytes that came behind the handshake, once.
func (l *link) TakeRest() []byte {
	rest := l.rest
	l.rest = nil
	return rest
}

// Read reads from its socket, and counts the reads that brought something.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.conn.Read(p)
	if n > 0 {
		l.reads.Add(1)
	}
	return n, err
}

// Reads is how many reads have brought bytes.
func (l *link) Reads() uint64 { return l.reads.Load() }

// EndReading says that it brings nothing more.
func (l *link) EndReading() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != nil && !l.read {
		close(l.over)
	}
	l.read = true
}

// Over is closed when the link brings nothing more.
func (l *link) Over() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over == nil {
		l.over = make(chan struct{})
		if l.read {
			close(l.over)
		}
	}
	return l.over
}

// Pong notes that the server answers.
func (l *link) Pong() { l.nc.pinger.pong() }

// TakeInfo takes in an INFO that came in mid-connection.
func (l *link) TakeInfo(arg []byte) { l.nc.processInfo(l, arg) }

// Lost reports that the link is gone. Readers, writers and the watch over it call it;
// only the first call counts.
func (l *link) Lost(err error) { l.nc.lost(l, err) }

// GiveUp is Lost when it is the client that ends the link, for what the server sent
// or couldn't take.
func (l *link) GiveUp(err error) {
	l.bad.Store(true)
	l.Lost(err)
}

// Close shuts the socket; a blocked read or write of it returns.
func (l *link) Close() {
	if l.closed.CompareAndSwap(false, true) {
		transport.Close(l.conn)
	}
}

// Fail notes that a write failed. What the server said before it went is still
// worth reading, often it is the reason, so the reader has a moment to find the
// end by itself.
func (l *link) Fail(err error) {
	l.broken.Store(&err)
	if l.conn.SetReadDeadline(time.Now().Add(lastWords)) != nil {
		l.Close() // it can't be waited for
	}
}

// Ended says that reading or writing failed.
func (l *link) Ended(phase string, err error) error {
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

// LookAcks looks at what the peer's system has acknowledged.
func (l *link) LookAcks(now time.Duration) (acked, left uint64) {
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
func (l *link) AckedAt() time.Duration { return time.Duration(l.ackedAt.Load()) }

// GetsOn says whether the peer's system has acknowledged something since a time: then
// the link gets on, though its socket may be too full to take anything.
func (l *link) GetsOn(now, since time.Duration) bool {
	l.LookAcks(now)
	return l.acks != nil && time.Duration(l.ackedAt.Load()) > since
}

// EndedByPeer says whether it was the peer that ended the link, and not the client
// that gave it up, by itself or because it was told to.
func (l *link) EndedByPeer() bool {
	err := l.endedBy.Load()
	if err == nil || l.bad.Load() {
		return false
	}
	cause := l.cause(*err)
	return !errors.Is(cause, ErrStaleConnection) && !isTimeout(cause)
}

// lastWords is how long a link is still read after a write has failed.
const lastWords = 100 * time.Millisecond

// record is the largest write on a socket that can't go on after a write that
// timed out: so much is seen as one step of progress.
const record = 16 << 10

// WatchWrite prolongs the deadline of writes that can't go on after a time-out, as
// long as the peer acknowledges something. The writer calls EndWatch when it is back.
func (l *link) WatchWrite(start time.Time, limit time.Duration) {
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
	if now := time.Since(start); l.GetsOn(now, now-limit/2) {
		l.conn.SetWriteDeadline(time.Now().Add(limit))
	}
	l.watch.Reset(limit / 4)
}

// EndWatch ends what WatchWrite began.
func (l *link) EndWatch() {
	if l.writing.CompareAndSwap(true, false) {
		l.watch.Stop()
	}
}

// WritesNow says whether TryWrite can be used.
func (l *link) WritesNow() bool { return l.now != nil }

// TryWrite hands the socket what it takes at once, and never waits; ok is false when it
// refused. It may not be called twice at a time, nor during a Write.
func (l *link) TryWrite(pieces ...[]byte) (n int, ok bool) { return l.now.Write(pieces...) }

// Write hands pieces to the socket and returns what it didn't take, and how many
// bytes it took. It waits at most limit, if that is positive, and may return
// early without an error.
func (l *link) Write(pieces [][]byte, limit time.Duration) (rest [][]byte, n int, err error) {
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

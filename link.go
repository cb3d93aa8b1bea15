package nats

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/transport"
)

// link is one established connection to one server: a socket past its
// handshake. The reader and the writer of a link use no other link's socket, so
// nothing of an old connection can reach a new one.
type link struct {
	epoch uint64 // set when the machine adopts it
	conn  net.Conn
	tcp   *net.TCPConn // conn, when it is plain TCP: vectored writes pay off
	// resumes says that writing can go on after a write that timed out.
	resumes bool
	now     *transport.NowWriter // writes without waiting; nil where that can't be done
	url     *serverURL
	info    ServerInfo
	tls     *tls.ConnectionState
	rest    []byte // bytes that were read behind the handshake's PONG

	over    chan struct{} // closed when its reader has ended; made for who waits, under the lock of the subscriptions
	closed  atomic.Bool
	lost    atomic.Bool           // its loss was reported
	broken  atomic.Pointer[error] // a write failed: nothing more is written
	reads   atomic.Uint64         // reads that brought bytes
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
	e := &ConnError{Phase: phase, Server: l.url.redacted(), Err: err}
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

// lastWords is how long a link is still read after a write has failed.
const lastWords = 100 * time.Millisecond

// record is the largest write on a socket that can't go on after a write that
// timed out: so much is seen as one step of progress.
const record = 16 << 10

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

package session

import (
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/transport"
	"github.com/evernats/nats/internal/wire"
)

// Link is one established connection to one server: a socket past its
// handshake. The reader and the writer of a link use no other link's socket, so
// nothing of an old connection can reach a new one.
type Link struct {
	s      *Session
	conn   net.Conn
	server *address.Server
	info   *wire.ServerInfo
	now    *transport.NowWriter // writes without waiting; nil where that can't be done
	acks   *transport.Acks      // nil where they can't be seen
	rest   []byte               // bytes that were read behind the handshake's PONG

	epoch   atomic.Uint64 // set when the machine adopts it, or switches to it
	adopted time.Duration // when, since the session's start

	reads   atomic.Uint64 // reads that brought bytes
	heard   atomic.Int64  // nanoseconds since the session's start: the last of them
	acked   atomic.Uint64 // bytes acknowledged when that was last looked at
	ackedAt atomic.Int64  // nanoseconds since the session's start: when more were seen acknowledged
	watch   *time.Timer   // looks after a batch that is being written

	broken  atomic.Pointer[error] // a write failed: nothing more is written
	endedBy atomic.Pointer[error] // why it was lost; nil while it isn't, or when the client left it
	said    atomic.Pointer[Said]  // why the server will hang up, or has

	mu   sync.Mutex // guards beat
	beat heartbeat  // while it is in use

	encrypted bool
	resumes   bool        // writing can go on after a write that timed out
	closed    atomic.Bool // its socket is
	lost      atomic.Bool // its loss was reported, or it was left
	bad       atomic.Bool // the client gave it up for what the server sent
	tooLong   atomic.Bool // the server said that a line was too long
	writing   atomic.Bool // a batch is being written that must not be cut short
}

// NewLink is a link of a socket that has passed its handshake.
func NewLink(s *Session, conn net.Conn, server *address.Server, info *wire.ServerInfo) *Link {
	_, encrypted := transport.TLSState(conn)
	return &Link{
		s: s, conn: conn, server: server, info: info,
		now: transport.NewNowWriter(conn), acks: transport.NewAcks(conn),
		encrypted: encrypted, resumes: transport.SurvivesWriteTimeout(conn),
	}
}

// Epoch is the number of the link among those that were in use: 1, 2, 3 …
func (l *Link) Epoch() uint64 { return l.epoch.Load() }

// Server is the one that the link goes to.
func (l *Link) Server() *address.Server { return l.server }

// Info is what the server said of itself in the handshake. It is not to be changed.
func (l *Link) Info() *wire.ServerInfo { return l.info }

// TLS is the state of its encryption; ok is false where there is none.
func (l *Link) TLS() (st tls.ConnectionState, ok bool) { return transport.TLSState(l.conn) }

// Adopted is when it was put to use, since the session's start.
func (l *Link) Adopted() time.Duration { return l.adopted }

// LocalAddr and RemoteAddr are the addresses of its socket.
func (l *Link) LocalAddr() net.Addr  { return l.conn.LocalAddr() }
func (l *Link) RemoteAddr() net.Addr { return l.conn.RemoteAddr() }

// Resumes says that writing can go on after a write that timed out.
func (l *Link) Resumes() bool { return l.resumes }

// Closed says that its socket has been closed.
func (l *Link) Closed() bool { return l.closed.Load() }

// Broken is why nothing more is written to it; nil while that works.
func (l *Link) Broken() error {
	if err := l.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// TooLong says that the server has refused a line for its length.
func (l *Link) TooLong() bool { return l.tooLong.Load() }

// TakeRest gives its reader the bytes that came behind the handshake, once.
func (l *Link) TakeRest() []byte {
	rest := l.rest
	l.rest = nil
	return rest
}

// Read reads from its socket, and counts the reads that brought something.
func (l *Link) Read(p []byte) (int, error) {
	n, err := l.conn.Read(p)
	if n > 0 {
		l.reads.Add(1)
		l.heard.Store(int64(l.s.now()))
	}
	return n, err
}

// Heard is when something last came in on it, since the session's start.
func (l *Link) Heard() time.Duration { return time.Duration(l.heard.Load()) }

// Silent is for how long nothing has come in on it.
func (l *Link) Silent() time.Duration { return l.s.now() - l.Heard() }

// Still is for how long neither that has happened, nor has the peer's system acknowledged
// more, as far as that was looked at.
func (l *Link) Still() time.Duration {
	now := l.s.now()
	l.LookAcks(now)
	return now - max(l.Heard(), l.AckedAt())
}

// Reads is how many reads have brought bytes.
func (l *Link) Reads() uint64 { return l.reads.Load() }

//go:build unix

package transport

import (
	"net"
	"syscall"
)

// NowWriter hands to the system what it takes at once, and never waits. It doesn't
// allocate.
type NowWriter struct {
	rc  syscall.RawConn
	try func(fd uintptr) // writes pieces; kept, since a new closure would be allocated

	pieces [][]byte
	n      int
	err    error
}

// NewNowWriter returns a writer for c, or nil when c is not a raw socket.
func NewNowWriter(c net.Conn) *NowWriter {
	var sc syscall.Conn
	switch c := c.(type) { // not any syscall.Conn: a wrapper may hand out the socket under its framing
	case *net.TCPConn:
		sc = c
	case *net.UnixConn:
		sc = c
	default:
		return nil
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	w := &NowWriter{rc: rc}
	w.try = func(fd uintptr) {
		for {
			if len(w.pieces) == 1 {
				w.n, w.err = syscall.Write(int(fd), w.pieces[0])
			} else {
				w.n, w.err = writev(int(fd), w.pieces)
			}
			if w.err != syscall.EINTR {
				return
			}
		}
	}
	return w
}

// Write hands as much of the pieces to the system as it takes at once. None may be
// empty unless it is the only one. It returns how many bytes it took: 0 when there
// is no room now. ok is false when the system refused; then nothing was written
// and an ordinary Write finds out why.
//
// It may not be called twice at a time, nor during another write to the same
// connection.
func (w *NowWriter) Write(pieces ...[]byte) (n int, ok bool) {
	if len(pieces) == 0 || len(pieces) == 1 && len(pieces[0]) == 0 {
		return 0, true
	}
	w.pieces = pieces
	// Control and not Write of the RawConn: that one waits its turn and polls.
	err := w.rc.Control(w.try)
	w.pieces = nil
	switch {
	case err != nil:
		return 0, false
	case w.err == syscall.EAGAIN || w.err == syscall.EWOULDBLOCK:
		return 0, true
	case w.err != nil || w.n < 0:
		return 0, false
	}
	return w.n, true
}

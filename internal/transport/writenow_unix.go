//go:build unix

package transport

import (
	"net"
	"syscall"
)

// NowWriter does what WriteNow does on one connection, again and again, without
// allocating.
type NowWriter struct {
	rc  syscall.RawConn
	try func(fd uintptr) // writes b; kept, since a new closure would be allocated

	b   []byte
	n   int
	err error
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
			w.n, w.err = syscall.Write(int(fd), w.b)
			if w.err != syscall.EINTR {
				return
			}
		}
	}
	return w
}

// Write hands as much of b to the system as it takes at once: see WriteNow. It
// may not be called twice at a time, nor during another write to the same
// connection.
func (w *NowWriter) Write(b []byte) (n int, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	w.b = b
	// Control and not Write of the RawConn: that one waits its turn and polls.
	err := w.rc.Control(w.try)
	w.b = nil
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

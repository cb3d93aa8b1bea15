package transport

import "net"

// WriteNow hands as much of b to the system as it takes at once, and never
// waits. It returns how many bytes it took: 0 when there is no room now. ok is
// false when this can't be done on c (which must be a *net.TCPConn or another
// raw socket, on a Unix system) or when the system refused; then nothing was
// written and an ordinary Write finds out why.
//
// No other write to c may be under way meanwhile.
//
// A caller that does this often keeps a NowWriter, which doesn't allocate.
func WriteNow(c net.Conn, b []byte) (n int, ok bool) {
	w := NewNowWriter(c)
	if w == nil {
		return 0, false
	}
	return w.Write(b)
}

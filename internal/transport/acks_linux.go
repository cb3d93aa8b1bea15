//go:build linux && !386 && !s390x

package transport

import (
	"crypto/tls"
	"encoding/binary"
	"net"
	"syscall"
	"unsafe"
)

// Acks tells what the peer's system has acknowledged of a connection's bytes, those
// of TLS and WebSocket framing included. A socket takes far more than a slow
// network carries at once; this is how far it really got.
type Acks struct{ rc syscall.RawConn }

// NewAcks returns the acknowledgements of c, or nil when they can't be seen.
func NewAcks(c net.Conn) *Acks {
	for {
		switch x := c.(type) {
		case *net.TCPConn:
			rc, err := x.SyscallConn()
			if err != nil {
				return nil
			}
			a := &Acks{rc}
			if _, _, ok := a.Look(); !ok {
				return nil
			}
			return a
		case *tls.Conn:
			c = x.NetConn()
		case layer:
			c = x.below()
		default:
			return nil
		}
	}
}

// Look returns how many bytes were acknowledged so far, and how many that the system
// has taken were not. It may be called at any time.
func (a *Acks) Look() (acked, left uint64, ok bool) {
	err := a.rc.Control(func(fd uintptr) {
		var queued int32
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&queued)))
		if errno != 0 {
			return
		}
		// struct tcp_info has grown over the years; an old system returns less of it.
		var info [tcpInfoAcked + 8]byte
		size := uint32(len(info))
		_, _, errno = syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 || int(size) < len(info) {
			return
		}
		acked = binary.NativeEndian.Uint64(info[tcpInfoAcked:])
		left, ok = uint64(queued), true
	})
	return acked, left, ok && err == nil
}

// tcpInfoAcked is where struct tcp_info has tcpi_bytes_acked.
const tcpInfoAcked = 120

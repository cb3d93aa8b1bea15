package cluster

import (
	"fmt"
	"syscall"
)

// reservation keeps a port for a server across its restarts: a socket bound to
// it that never listens. Linux gives such a port to nobody else, neither to a
// listener that takes any port nor to an outgoing connection, yet lets the
// server bind it, since both set SO_REUSEADDR.
type reservation struct {
	port int
	fd   int
}

func reserve() (*reservation, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("cluster: no socket to reserve a port: %w", err)
	}
	r := &reservation{fd: fd}
	if err := r.bind(); err != nil {
		r.release()
		return nil, fmt.Errorf("cluster: can't reserve a port on %s: %w", loopback, err)
	}
	return r, nil
}

func (r *reservation) bind() error {
	if err := syscall.SetsockoptInt(r.fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return err
	}
	if err := syscall.Bind(r.fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	sa, err := syscall.Getsockname(r.fd)
	if err != nil {
		return err
	}
	r.port = sa.(*syscall.SockaddrInet4).Port
	return nil
}

func (r *reservation) release() { _ = syscall.Close(r.fd) }

package env

import "syscall"

// Port is a port that belongs to the scenario until its end: a socket is bound
// to it that never listens. Nobody else is given it meanwhile, though servers
// can listen on it, since they set SO_REUSEADDR as well. Otherwise a client that
// looks for its dead server could find one of another scenario there.
func (e *Env) Port() int {
	e.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	e.Must(err)
	e.Cleanup(func() { _ = syscall.Close(fd) })
	e.Must(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	e.Must(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	sa, err := syscall.Getsockname(fd)
	e.Must(err)
	return sa.(*syscall.SockaddrInet4).Port
}

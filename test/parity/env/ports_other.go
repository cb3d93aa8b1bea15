//go:build !linux

package env

import "net"

// Port is a port that was free a moment ago. Where a bound socket would keep a
// server from listening there is no way to keep it.
func (e *Env) Port() int {
	e.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	e.Must(err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

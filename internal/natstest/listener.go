package natstest

import (
	"net"
	"os"
	"sync"
	"syscall"
)

// Listen listens at addr. Links are made before they are accepted, as those of
// TCP are.
func (n *Network) Listen(addr string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, &net.OpError{Op: "listen", Net: "mem", Addr: Addr(addr), Err: net.ErrClosed}
	}
	if n.listeners[addr] != nil {
		return nil, &net.OpError{Op: "listen", Net: "mem", Addr: Addr(addr), Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	}
	ln := &listener{network: n, addr: addr, changed: make(chan struct{})}
	n.listeners[addr] = ln
	return ln, nil
}

type listener struct {
	network *Network
	addr    string

	mu      sync.Mutex // never held while waiting
	changed chan struct{}
	backlog []*Link
	closed  bool
}

func (ln *listener) wake() {
	close(ln.changed)
	ln.changed = make(chan struct{})
}

func (ln *listener) offer(l *Link) bool {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	if ln.closed {
		return false
	}
	ln.backlog = append(ln.backlog, l)
	ln.wake()
	return true
}

func (ln *listener) Accept() (net.Conn, error) {
	for {
		ln.mu.Lock()
		if ln.closed {
			ln.mu.Unlock()
			return nil, &net.OpError{Op: "accept", Net: "mem", Addr: Addr(ln.addr), Err: net.ErrClosed}
		}
		if len(ln.backlog) > 0 {
			l := ln.backlog[0]
			ln.backlog = ln.backlog[1:]
			ln.mu.Unlock()
			return l.server, nil
		}
		changed := ln.changed
		ln.mu.Unlock()
		<-changed
	}
}

// Close stops listening. Links that nobody accepted are reset, accepted ones
// live on.
func (ln *listener) Close() error {
	n := ln.network
	n.mu.Lock()
	if n.listeners[ln.addr] == ln {
		delete(n.listeners, ln.addr)
	}
	n.mu.Unlock()

	ln.mu.Lock()
	if ln.closed {
		ln.mu.Unlock()
		return &net.OpError{Op: "close", Net: "mem", Addr: Addr(ln.addr), Err: net.ErrClosed}
	}
	ln.closed = true
	backlog := ln.backlog
	ln.backlog = nil
	ln.wake()
	ln.mu.Unlock()
	for _, l := range backlog {
		l.Cut()
	}
	return nil
}

func (ln *listener) Addr() net.Addr { return Addr(ln.addr) }

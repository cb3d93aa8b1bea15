package natstest

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// DefaultBuffer is how many bytes a link of a Network holds in each direction.
const DefaultBuffer = 64 << 10

// Network is a network in memory. Its connections buffer, as those of a real
// network do, so that bytes can be written and then lost. Addresses are any
// strings; for a client they look like "10.0.0.1:4222".
//
// The methods that take an address act on the links to it that are open, and,
// where they say so, on those made later until Heal.
type Network struct {
	mu        sync.Mutex // never held while waiting
	changed   chan struct{}
	listeners map[string]*listener
	links     map[*Link]bool
	faults    map[string]*faults
	dials     map[string]int
	ports     int
	buffer    int
	closed    bool
}

// faults is what holds for future links to an address.
type faults struct {
	refuse, hang bool
	onLink       map[string]func(*Link) // by the name of the method
}

// NewNetwork returns an empty network. It is closed when the test ends.
func NewNetwork(t testing.TB) *Network {
	n := &Network{
		changed:   make(chan struct{}),
		listeners: make(map[string]*listener),
		links:     make(map[*Link]bool),
		faults:    make(map[string]*faults),
		dials:     make(map[string]int),
		buffer:    DefaultBuffer,
	}
	t.Cleanup(n.Close)
	return n
}

// SetBuffer sets how many bytes links made from now on hold in each direction.
func (n *Network) SetBuffer(bytes int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.buffer = bytes
}

// Close cuts everything and lets those go who wait in a dial.
func (n *Network) Close() {
	n.mu.Lock()
	n.closed = true
	n.wake()
	var listeners []*listener
	for _, l := range n.listeners {
		listeners = append(listeners, l)
	}
	links := n.linksLocked("")
	n.mu.Unlock()
	for _, l := range listeners {
		_ = l.Close()
	}
	for _, l := range links {
		l.Cut()
	}
}

func (n *Network) wake() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// linksLocked returns the links to addr, or all when it is empty.
func (n *Network) linksLocked(addr string) []*Link {
	var links []*Link
	for l := range n.links {
		if addr == "" || l.addr == addr {
			links = append(links, l)
		}
	}
	return links
}

// Links returns the links to addr that are neither cut nor closed by both ends.
func (n *Network) Links(addr string) []*Link {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.linksLocked(addr)
}

// Dials returns how often addr was dialled, with or without success.
func (n *Network) Dials(addr string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials[addr]
}

func (n *Network) forget(l *Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.links, l)
}

func (n *Network) faultsLocked(addr string) *faults {
	f := n.faults[addr]
	if f == nil {
		f = &faults{onLink: make(map[string]func(*Link))}
		n.faults[addr] = f
	}
	return f
}

// Cut resets the open links to addr: see Link.Cut.
func (n *Network) Cut(addr string) {
	for _, l := range n.Links(addr) {
		l.Cut()
	}
}

// LoseWritten resets the open links to addr: see Link.LoseWritten.
func (n *Network) LoseWritten(addr string) {
	for _, l := range n.Links(addr) {
		l.LoseWritten()
	}
}

// BlackHole makes what is sent on links to addr vanish (see Link.BlackHole),
// and dials of addr hang when bytes to the server vanish, until Heal.
func (n *Network) BlackHole(addr string, dir Dir) {
	if dir&ToServer != 0 {
		n.HangDial(addr)
	}
	n.each("BlackHole", addr, func(l *Link) { l.BlackHole(dir) })
}

// Stall stops delivery on open and future links to addr: see Link.Stall.
func (n *Network) Stall(addr string, dir Dir) {
	n.each("Stall", addr, func(l *Link) { l.Stall(dir) })
}

// Delay delays what is written on open and future links to addr.
func (n *Network) Delay(addr string, dir Dir, d time.Duration) {
	n.each("Delay", addr, func(l *Link) { l.Delay(dir, d) })
}

// CutAfter cuts each open and each future link to addr after so many bytes
// more: see Link.CutAfter.
func (n *Network) CutAfter(addr string, dir Dir, bytes int) {
	n.each("CutAfter", addr, func(l *Link) { l.CutAfter(dir, bytes) })
}

// LoseAfter is CutAfter with the loss of what wasn't read.
func (n *Network) LoseAfter(addr string, dir Dir, bytes int) {
	n.each("CutAfter", addr, func(l *Link) { l.LoseAfter(dir, bytes) })
}

// OnLink calls f for each future link to addr before either side has it, until
// Heal. One function per address; nil ends it.
func (n *Network) OnLink(addr string, f func(*Link)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if f == nil {
		f = func(*Link) {}
	}
	n.faultsLocked(addr).onLink["OnLink"] = f
}

func (n *Network) each(name, addr string, f func(*Link)) {
	n.mu.Lock()
	n.faultsLocked(addr).onLink[name] = f
	links := n.linksLocked(addr)
	n.mu.Unlock()
	for _, l := range links {
		f(l)
	}
}

// Refuse makes dials of addr fail as if nobody listened there, until Heal.
func (n *Network) Refuse(addr string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faultsLocked(addr).refuse = true
	n.wake()
}

// HangDial makes dials of addr wait, until Heal.
func (n *Network) HangDial(addr string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faultsLocked(addr).hang = true
}

// Heal ends all faults of addr, on open links too.
func (n *Network) Heal(addr string) {
	n.mu.Lock()
	delete(n.faults, addr)
	links := n.linksLocked(addr)
	n.wake()
	n.mu.Unlock()
	for _, l := range links {
		l.Heal()
	}
}

// Dial dials addr. It makes a Network a custom dialer.
func (n *Network) Dial(network, addr string) (net.Conn, error) {
	return n.DialContext(context.Background(), network, addr)
}

// DialServer is Dial bounded by a context. It makes a Network a dialer that may be
// called several times at once.
func (n *Network) DialServer(ctx context.Context, network, addr string) (net.Conn, error) {
	return n.DialContext(ctx, network, addr)
}

// DialContext dials addr.
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: Addr(addr), Err: err}
	}
	n.mu.Lock()
	n.dials[addr]++
	for {
		if n.closed {
			n.mu.Unlock()
			return fail(net.ErrClosed)
		}
		f := n.faultsLocked(addr)
		ln := n.listeners[addr]
		if f.refuse || ln == nil && !f.hang {
			n.mu.Unlock()
			return fail(os.NewSyscallError("connect", syscall.ECONNREFUSED))
		}
		if !f.hang {
			n.ports++
			l := newLink(n, fmt.Sprintf("client:%d", n.ports), addr, n.buffer)
			n.links[l] = true
			hooks := make([]func(*Link), 0, len(f.onLink))
			for _, h := range f.onLink {
				hooks = append(hooks, h)
			}
			n.mu.Unlock()
			for _, h := range hooks {
				h(l)
			}
			if !ln.offer(l) {
				l.Cut()
				return fail(os.NewSyscallError("connect", syscall.ECONNREFUSED))
			}
			return l.client, nil
		}
		changed := n.changed
		n.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return fail(ctx.Err())
		}
		n.mu.Lock()
	}
}

// PlainDialer returns a dialer that has Dial alone: one that hangs as long
// as HangDial holds, whatever its caller wants.
func (n *Network) PlainDialer() *PlainDialer { return &PlainDialer{n} }

// PlainDialer is a custom dialer that knows no context.
type PlainDialer struct{ n *Network }

// Dial dials addr.
func (d *PlainDialer) Dial(network, addr string) (net.Conn, error) { return d.n.Dial(network, addr) }

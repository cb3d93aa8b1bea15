package natstest

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// Dir is a direction on a link.
type Dir uint8

// The directions. The client is the side that dialled.
const (
	ToServer Dir = 1 << iota
	ToClient
	Both = ToServer | ToClient
)

// Link is one connection of a Network.
type Link struct {
	network *Network
	addr    string
	up      *pipe // client to server
	down    *pipe // server to client
	client  *linkConn
	server  *linkConn
	open    atomic.Int32 // ends not yet closed
}

func newLink(n *Network, local, addr string, capacity int) *Link {
	l := &Link{network: n, addr: addr, up: newPipe(capacity), down: newPipe(capacity)}
	l.client = &linkConn{link: l, in: l.down, out: l.up, local: Addr(local), remote: Addr(addr)}
	l.server = &linkConn{link: l, in: l.up, out: l.down, local: Addr(addr), remote: Addr(local)}
	l.open.Store(2)
	return l
}

// Addr returns the address that was dialled.
func (l *Link) Addr() string { return l.addr }

func (l *Link) pipes(dir Dir) []*pipe {
	var ps []*pipe
	if dir&ToServer != 0 {
		ps = append(ps, l.up)
	}
	if dir&ToClient != 0 {
		ps = append(ps, l.down)
	}
	return ps
}

func (l *Link) update(dir Dir, f func(p *pipe)) {
	for _, p := range l.pipes(dir) {
		p.update(func() { f(p) })
	}
}

var errReset = os.NewSyscallError("read", syscall.ECONNRESET)

// Cut resets the connection. What was written before can still be read.
func (l *Link) Cut() { l.cut(false) }

// LoseWritten resets the connection, and what was written but not yet read is
// gone: its writer was told that it had been taken.
func (l *Link) LoseWritten() { l.cut(true) }

func (l *Link) cut(lose bool) {
	l.up.cut(errReset, lose)
	l.down.cut(errReset, lose)
	l.network.forget(l)
}

// CutAfter cuts the connection once n more bytes have been written in the
// direction. The write that reaches the limit is taken in part.
func (l *Link) CutAfter(dir Dir, n int) { l.cutAfter(dir, n, false) }

// LoseAfter is CutAfter with LoseWritten in place of Cut.
func (l *Link) LoseAfter(dir Dir, n int) { l.cutAfter(dir, n, true) }

func (l *Link) cutAfter(dir Dir, n int, lose bool) {
	l.update(dir, func(p *pipe) {
		p.cutAt = p.written + n
		p.atCut = func() { l.cut(lose) }
	})
}

// BlackHole makes everything in the direction vanish from now on, closing
// included: the other side sees silence.
func (l *Link) BlackHole(dir Dir) { l.update(dir, func(p *pipe) { p.hole = true }) }

// Stall stops delivery in the direction: reads wait, and writes too as soon as
// the buffer is full.
func (l *Link) Stall(dir Dir) { l.update(dir, func(p *pipe) { p.stalled = true }) }

// Delay makes what is written from now on arrive d later.
func (l *Link) Delay(dir Dir, d time.Duration) { l.update(dir, func(p *pipe) { p.delay = d }) }

// Heal ends Stall, BlackHole, Delay and a CutAfter that hasn't come to pass. A
// link that lost bytes in a black hole is cut: a stream with a hole in it can't
// go on.
func (l *Link) Heal() {
	holed := false
	l.update(Both, func(p *pipe) {
		holed = holed || p.vanished > 0
		p.stalled, p.hole, p.delay, p.cutAt = false, false, 0, -1
	})
	for out, in := range map[*pipe]*pipe{l.up: l.down, l.down: l.up} {
		lost := false
		out.update(func() {
			lost = out.finLost
			out.finished = out.finished || lost
		})
		if lost {
			in.update(func() { in.readerGone = true })
		}
	}
	if holed {
		l.cut(false)
	}
}

// Written returns how many bytes were taken from the writers in the direction.
func (l *Link) Written(dir Dir) int {
	n := 0
	for _, p := range l.pipes(dir) {
		p.mu.Lock()
		n += p.written
		p.mu.Unlock()
	}
	return n
}

// Addr is an address of a Network.
type Addr string

// Network returns "mem".
func (Addr) Network() string { return "mem" }

func (a Addr) String() string { return string(a) }

// linkConn is one end of a link.
type linkConn struct {
	link          *Link
	in, out       *pipe
	local, remote Addr
	closed        atomic.Bool
}

func (c *linkConn) Read(b []byte) (int, error) {
	n, err := c.in.read(b)
	return n, c.opError("read", err)
}

func (c *linkConn) Write(b []byte) (int, error) {
	n, err := c.out.write(b)
	return n, c.opError("write", err)
}

// opError dresses errors as those of real sockets are. io.EOF stays as it is.
func (c *linkConn) opError(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrClosed):
		err = net.ErrClosed
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
	default:
		return err
	}
	return &net.OpError{Op: op, Net: "mem", Source: c.local, Addr: c.remote, Err: err}
}

func (c *linkConn) Close() error {
	if c.closed.Swap(true) {
		return c.opError("close", net.ErrClosed)
	}
	c.out.mu.Lock()
	told := !c.out.hole
	c.out.mu.Unlock()
	c.out.closeWriter()
	c.in.closeReader(told)
	if c.link.open.Add(-1) == 0 {
		c.link.network.forget(c.link)
	}
	return nil
}

func (c *linkConn) LocalAddr() net.Addr  { return c.local }
func (c *linkConn) RemoteAddr() net.Addr { return c.remote }

func (c *linkConn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *linkConn) SetReadDeadline(t time.Time) error {
	c.in.update(func() { c.in.readBy = t })
	return nil
}

func (c *linkConn) SetWriteDeadline(t time.Time) error {
	c.out.update(func() { c.out.writeBy = t })
	return nil
}

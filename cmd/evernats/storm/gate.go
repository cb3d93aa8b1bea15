package storm

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/sim"
)

// gate stands before a real server and lets clients in at a steady rate, one
// after the other, as a proxy with a limit does. What waits is in the system's
// accept queue. So the capacity is the same in reality and in the simulation,
// and doesn't depend on what else the machine does.
//
// A shut gate resets whoever comes; its port stays its own.
type gate struct {
	listener net.Listener
	target   string
	turn     time.Duration // for each client, while limited
	state    atomic.Int32  // shut, limited or wide
	changed  chan struct{} // has one element when state has changed
	links    sync.WaitGroup
	done     chan struct{} // closed when run has returned

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil after close
}

// What a gate does with those who come.
const (
	shut    int32 = iota // resets them
	limited              // lets them in one by one
	wide                 // lets them all in
)

// catchUp is how much a gate that was held up by the machine may make good, idle
// how long it must have waited for a client to have been idle instead.
const (
	catchUp = 2 * time.Second
	idle    = 20 * time.Millisecond
)

// peekTime is how long a gate listens for the end of a client that has waited.
// One that lives says nothing before the server does.
const peekTime = time.Millisecond

// newGate returns a gate that is shut.
func newGate(target string, rate float64) (*gate, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gate{
		listener: l,
		target:   target,
		turn:     time.Duration(float64(time.Second) / rate),
		changed:  make(chan struct{}, 1),
		done:     make(chan struct{}),
		conns:    map[net.Conn]struct{}{},
	}
	go g.run()
	return g, nil
}

func (g *gate) url() string { return "nats://" + g.listener.Addr().String() }

func (g *gate) set(state int32) {
	g.state.Store(state)
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// close ends the gate and all that goes through it.
func (g *gate) close() {
	g.listener.Close()
	g.set(shut)
	g.mu.Lock()
	for c := range g.conns {
		c.Close()
	}
	g.conns = nil
	g.mu.Unlock()
	<-g.done
	g.links.Wait()
}

// run lets clients in until the gate is closed for good.
func (g *gate) run() {
	defer close(g.done)
	free := time.Now() // when the next may enter
	for {
		begin := time.Now()
		c, err := g.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(peekTime) // out of descriptors, perhaps
			continue
		}
		now := time.Now()
		if now.Sub(begin) < idle {
			now = now.Add(-catchUp)
		}
		free = later(free, now)
		g.waitUntil(free)
		switch state := g.state.Load(); {
		case state == shut:
			reset(c)
		case state == limited && gone(c):
			free = free.Add(time.Duration(float64(g.turn) * sim.AbandonedCost))
			c.Close()
		default:
			if state == limited {
				free = free.Add(g.turn)
			}
			g.links.Go(func() { g.link(c) })
		}
	}
}

// waitUntil waits for a moment while the gate is limited.
func (g *gate) waitUntil(at time.Time) {
	for g.state.Load() == limited && time.Until(at) > 0 {
		select {
		case <-time.After(time.Until(at)):
		case <-g.changed:
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// gone says whether a client has hung up while it waited.
func gone(c net.Conn) bool {
	if c.SetReadDeadline(time.Now().Add(peekTime)) != nil {
		return true
	}
	_, err := c.Read(make([]byte, 1))
	return !errors.Is(err, os.ErrDeadlineExceeded) || c.SetReadDeadline(time.Time{}) != nil
}

// reset ends a connection as a system does for a server that has died.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}

// link carries bytes both ways until one side ends.
func (g *gate) link(c net.Conn) {
	defer c.Close()
	s, err := net.Dial("tcp", g.target)
	if err != nil {
		reset(c)
		return
	}
	defer s.Close()
	if !g.keep(c, s) {
		return
	}
	defer g.forget(c, s)
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(c, s)
		c.Close()
	})
	_, _ = io.Copy(s, c)
	s.Close()
	back.Wait()
}

// keep notes connections that close must end; false: that has been called.
func (g *gate) keep(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conns == nil {
		return false
	}
	for _, c := range conns {
		g.conns[c] = struct{}{}
	}
	return true
}

func (g *gate) forget(conns ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		delete(g.conns, c)
	}
}

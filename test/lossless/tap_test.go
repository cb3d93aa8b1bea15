package lossless

import (
	"encoding/binary"
	"net"
	"sync"
	"testing"

	"github.com/evernats/nats/internal/wire"
)

// tap passes a publisher's connections on to a server and keeps account of what
// was on the wire: which numbers were sent, in which order, and up to which the
// server has answered for.
type tap struct {
	ln      net.Listener
	running sync.WaitGroup

	mu        sync.Mutex
	conns     map[net.Conn]bool
	closed    bool
	highest   uint64      // sent so far
	skipped   int         // numbers sent first before the one in front of them
	confirmed [][2]uint64 // from, to
	// All connections in order, by the client's address, which comes again when a port does.
	byAddr map[string][]*tapped
}

func newTap(t *testing.T, target func() string) *tap {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{ln: ln, conns: make(map[net.Conn]bool), byAddr: make(map[string][]*tapped)}
	p.running.Go(func() {
		for {
			client, err := ln.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target())
			if err != nil {
				_ = client.Close()
				continue
			}
			p.mu.Lock()
			ok := !p.closed
			p.conns[client], p.conns[server] = true, true
			c := &tapped{tap: p, client: client, server: server}
			addr := client.RemoteAddr().String()
			p.byAddr[addr] = append(p.byAddr[addr], c)
			p.mu.Unlock()
			if !ok {
				_, _ = client.Close(), server.Close()
				return
			}
			p.running.Go(func() { c.pump(client, server, c.sent) })
			p.running.Go(func() { c.pump(server, client, c.answered) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		p.mu.Lock()
		p.closed = true
		for c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		p.running.Wait()
	})
	return p
}

func (p *tap) url() string { return "nats://" + p.ln.Addr().String() }

// cut resets all connections, for both sides.
func (p *tap) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
	clear(p.conns)
}

func (p *tap) confirms(n uint64) bool {
	for _, r := range p.confirmed {
		if r[0] <= n && n <= r[1] {
			return true
		}
	}
	return false
}

// tapped is one connection. Numbers go out on it one after another.
type tapped struct {
	tap            *tap
	client, server net.Conn

	first, last uint64
	pings       []uint64 // the last number before each PING without an answer
	answer      int      // index in tap.confirmed, from 1
}

// pump forwards, and shows each operation once it was forwarded.
func (c *tapped) pump(from, to net.Conn, show func(op *wire.Op)) {
	defer func() { _, _ = from.Close(), to.Close() }()
	var parser wire.Parser
	var op wire.Op
	buf := make([]byte, 1<<20)
	have := 0
	for {
		n, err := from.Read(buf[have:])
		if n > 0 {
			// What was sent is noted before the server can answer, an answer when the
			// client may have read it.
			if from == c.server {
				if _, err := to.Write(buf[have : have+n]); err != nil {
					return
				}
			}
			start := have
			have += n
			used := 0
			c.tap.mu.Lock()
			for used < have {
				k, err := parser.Next(buf[used:have], &op)
				if err != nil || k == 0 {
					break
				}
				used += k
				show(&op)
			}
			c.tap.mu.Unlock()
			if from == c.client {
				if _, err := to.Write(buf[start:have]); err != nil {
					return
				}
			}
			have = copy(buf, buf[used:have])
		}
		if err != nil {
			return
		}
	}
}

func (c *tapped) sent(op *wire.Op) {
	switch op.Kind {
	case wire.Ping:
		c.pings = append(c.pings, c.last)
	case wire.Pub:
		n := binary.BigEndian.Uint64(op.Payload)
		if c.first == 0 {
			c.first = n
		}
		c.last = n
		if n > c.tap.highest {
			c.tap.skipped += int(n - c.tap.highest - 1)
			c.tap.highest = n
		}
	}
}

func (c *tapped) answered(op *wire.Op) {
	if op.Kind != wire.Pong || len(c.pings) == 0 {
		return
	}
	upTo := c.pings[0]
	c.pings = c.pings[1:]
	if upTo == 0 {
		return
	}
	if c.answer == 0 {
		c.tap.confirmed = append(c.tap.confirmed, [2]uint64{c.first, upTo})
		c.answer = len(c.tap.confirmed)
	}
	c.tap.confirmed[c.answer-1][1] = upTo
}

// lastOf takes the last of the connections from an address that wasn't taken yet; nil: none.
// It is called under the lock.
func (p *tap) lastOf(addr string) *tapped {
	of := p.byAddr[addr]
	if len(of) == 0 {
		return nil
	}
	p.byAddr[addr] = of[:len(of)-1]
	return of[len(of)-1]
}

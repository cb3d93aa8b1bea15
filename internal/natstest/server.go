package natstest

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Config says what a Server is like. The zero value is a plain server on a port
// of the system's choice on loopback.
type Config struct {
	// Network and Addr, when Network is not nil, are where it listens in
	// memory.
	Network *Network
	Addr    string

	// Info is what it says of itself; fields left out are filled in.
	Info Info

	// TLS makes it demand TLS, TLSFirst before INFO.
	TLS      *tls.Config
	TLSFirst bool

	// WebSocket makes it speak WebSocket; TLS is then part of that.
	WebSocket bool

	// Behave gives each connection its behaviour; nil: all are treated
	// properly. See Always and Script.
	Behave func(c *Conn) Behavior

	// Bus makes it one of a cluster.
	Bus *Bus
}

// Server is a fake server: it says what it is told to say and records what it
// is told.
type Server struct {
	t    testing.TB
	cfg  Config
	bus  *Bus
	addr string

	mu      sync.Mutex // never held while waiting
	changed chan struct{}
	info    Info
	behave  func(c *Conn) Behavior
	ln      net.Listener
	request *http.Request // of the last WebSocket handshake
	conns   []*Conn
	running sync.WaitGroup
}

// NewServer starts a server. It stops when the test ends.
func NewServer(t testing.TB, cfg Config) *Server {
	t.Helper()
	s := &Server{t: t, cfg: cfg, bus: cfg.Bus, addr: "127.0.0.1:0", info: cfg.Info, behave: cfg.Behave, changed: make(chan struct{})}
	if s.bus == nil {
		s.bus = NewBus()
	}
	if cfg.Network != nil {
		s.addr = cfg.Addr
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// Start makes a stopped server listen again, at the same address.
func (s *Server) Start() {
	s.t.Helper()
	listen := func() (net.Listener, error) { return net.Listen("tcp", s.addr) }
	if s.cfg.Network != nil {
		listen = func() (net.Listener, error) { return s.cfg.Network.Listen(s.addr) }
	}
	ln, err := listen()
	if err != nil {
		s.t.Fatalf("fake server: %v", err)
	}
	if s.cfg.WebSocket {
		ln = listenWebSocket(ln, s.cfg.TLS, s.sawRequest)
	}
	s.mu.Lock()
	s.ln, s.addr = ln, ln.Addr().String()
	s.mu.Unlock()
	s.running.Add(1)
	go s.accept(ln)
}

func (s *Server) accept(ln net.Listener) {
	defer s.running.Done()
	for {
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.ln != ln {
			s.mu.Unlock()
			_ = nc.Close()
			return
		}
		c := newConn(s, len(s.conns)+1, nc)
		s.conns = append(s.conns, c)
		behave := s.behave
		s.running.Add(1)
		s.mu.Unlock()
		if behave != nil {
			b := behave(c)
			c.Update(func(to *Behavior) { *to = b })
		}
		go func() {
			defer s.running.Done()
			c.serve()
		}()
		s.signal()
	}
}

// Stop is Kill, and waits until nothing of the server runs. A Behavior's On
// can't call it.
func (s *Server) Stop() {
	s.Kill()
	s.running.Wait()
}

// Kill stops listening and hangs up on everybody, as a killed server does.
// Start makes it listen again.
func (s *Server) Kill() {
	s.mu.Lock()
	ln := s.ln
	s.ln = nil
	conns := append([]*Conn(nil), s.conns...)
	s.mu.Unlock()
	if ln != nil {
		_ = ln.Close()
	}
	for _, c := range conns {
		c.HangUp()
	}
}

// Close stops the server for good.
func (s *Server) Close() { s.Stop() }

// Addr returns host and port.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// URL returns the server's URL: tls:// when it demands TLS, ws:// or wss:// when
// it speaks WebSocket.
func (s *Server) URL() string {
	scheme := "nats"
	switch {
	case s.cfg.WebSocket && s.cfg.TLS != nil:
		scheme = "wss"
	case s.cfg.WebSocket:
		scheme = "ws"
	case s.cfg.TLS != nil:
		scheme = "tls"
	}
	return scheme + "://" + s.Addr()
}

// Request returns the last WebSocket handshake, nil when there was none.
func (s *Server) Request() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.request
}

func (s *Server) sawRequest(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.request = r
}

// tlsConfig returns what the connections themselves encrypt with.
func (s *Server) tlsConfig() (*tls.Config, bool) {
	if s.cfg.WebSocket {
		return nil, false
	}
	return s.cfg.TLS, s.cfg.TLSFirst
}

// Conns returns all connections there ever were, oldest first.
func (s *Server) Conns() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Conn(nil), s.conns...)
}

// Open returns the connections on which nobody has hung up.
func (s *Server) Open() []*Conn {
	var open []*Conn
	for _, c := range s.Conns() {
		if c.Open() {
			open = append(open, c)
		}
	}
	return open
}

// Last returns the newest connection, nil when there never was one.
func (s *Server) Last() *Conn {
	conns := s.Conns()
	if len(conns) == 0 {
		return nil
	}
	return conns[len(conns)-1]
}

// Behave changes the behaviour for connections made from now on.
func (s *Server) Behave(f func(c *Conn) Behavior) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behave = f
}

// Info returns what the server says of itself.
func (s *Server) Info() Info {
	s.mu.Lock()
	info := s.info
	addr, n := s.addr, len(s.conns)
	s.mu.Unlock()
	info.Headers = !info.NoHeaders
	host, port, _ := net.SplitHostPort(addr)
	if info.Host == "" {
		info.Host = host
	}
	if info.Port == 0 {
		info.Port, _ = strconv.Atoi(port)
	}
	if info.ServerID == "" {
		info.ServerID = "FAKE" + strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, addr)
	}
	if info.ServerName == "" {
		info.ServerName = info.ServerID
	}
	if info.Version == "" {
		info.Version = "2.12.0"
	}
	if info.Proto == 0 {
		info.Proto = 1
	}
	if info.MaxPayload == 0 {
		info.MaxPayload = 1 << 20
	}
	if s.cfg.TLS != nil && !s.cfg.WebSocket {
		info.TLSRequired = true
	}
	if info.ClientID == 0 {
		info.ClientID = uint64(n)
	}
	return info
}

func (s *Server) infoFor(c *Conn) Info {
	info := s.Info()
	if s.cfg.Info.ClientID == 0 {
		info.ClientID = uint64(c.id)
	}
	if host, _, err := net.SplitHostPort(c.RemoteAddr().String()); err == nil && info.ClientIP == "" {
		info.ClientIP = host
	}
	return info
}

// SetInfo changes what the server says of itself, and tells everyone who is
// connected.
func (s *Server) SetInfo(change func(info *Info)) {
	s.mu.Lock()
	change(&s.info)
	s.mu.Unlock()
	for _, c := range s.Open() {
		if _, ok := c.Connect(); ok {
			c.SendInfo(s.infoFor(c))
		}
	}
}

// signal wakes those who wait for something to happen.
func (s *Server) signal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// patience is how long the waiting methods wait before they fail the test.
const patience = 10 * time.Second

// WaitFor waits until cond holds, and fails the test when it doesn't come to
// hold; what says what is waited for. It looks again whenever the server
// accepted, read or lost something.
func (s *Server) WaitFor(what string, cond func() bool) {
	s.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			s.t.Fatalf("fake server %s: waited in vain for %s\n%s", s.Addr(), what, s.Transcript())
		}
	}
}

// WaitConn waits until the n-th connection, counted from 1, has sent CONNECT.
func (s *Server) WaitConn(n int) *Conn {
	s.t.Helper()
	var c *Conn
	s.WaitFor(fmt.Sprintf("CONNECT on connection %d", n), func() bool {
		conns := s.Conns()
		if len(conns) < n {
			return false
		}
		c = conns[n-1]
		_, ok := c.Connect()
		return ok
	})
	return c
}

// WaitAccepted waits until n connections have been accepted, and returns the
// n-th.
func (s *Server) WaitAccepted(n int) *Conn {
	s.t.Helper()
	s.WaitFor(fmt.Sprintf("%d connections", n), func() bool { return len(s.Conns()) >= n })
	return s.Conns()[n-1]
}

// WaitOp waits until the client has sent n operations of the kind on c, and
// returns the n-th.
func (c *Conn) WaitOp(kind string, n int) Op {
	c.server.t.Helper()
	var found Op
	c.server.WaitFor(fmt.Sprintf("%d × %s on connection %d", n, kind, c.id), func() (ok bool) {
		found, ok = c.nth(kind, n)
		return ok
	})
	return found
}

// WaitClosed waits until the connection is over for both sides.
func (c *Conn) WaitClosed() {
	c.server.t.Helper()
	c.server.WaitFor(fmt.Sprintf("the end of connection %d", c.id), func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.ended
	})
}

// Transcript tells what each connection sent.
func (s *Server) Transcript() string {
	var b strings.Builder
	for _, c := range s.Conns() {
		fmt.Fprintf(&b, "connection %d (open: %t, ended by: %v)\n", c.id, c.Open(), c.Err())
		ops := c.Ops()
		for i, op := range ops {
			if i == 50 {
				fmt.Fprintf(&b, "  … %d more\n", len(ops)-i)
				break
			}
			fmt.Fprintf(&b, "  %s\n", op)
		}
	}
	return b.String()
}

package natstest

import (
	"errors"
	"io"
	"maps"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy stands between clients and a real server on TCP, and breaks what goes
// through it. What it is told holds for the connections that there are and for
// later ones, until Heal; Cut alone is for those that there are.
type Proxy struct {
	target string
	ln     net.Listener

	mu      sync.Mutex // never held while waiting
	changed chan struct{}
	state   proxyState
	conns   map[*proxied]bool
	total   int
	closed  bool
	running sync.WaitGroup
}

type proxyState struct {
	hole   Dir
	stall  Dir
	refuse bool
	delay  time.Duration
	rate   map[Dir]int // bytes per second, on each connection
	cut    map[Dir]int // bytes to let through, on each connection
	buffer int         // receive buffer of later connections, in bytes; 0: the system's
}

// NewProxy starts a proxy on loopback to target, host and port. It is closed
// when the test ends.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: target, ln: ln, changed: make(chan struct{}), conns: make(map[*proxied]bool)}
	p.running.Add(1)
	go p.accept()
	t.Cleanup(p.Close)
	return p
}

// Addr returns host and port to dial in place of the target's.
func (p *Proxy) Addr() string { return p.ln.Addr().String() }

// URL returns the nats:// URL of Addr.
func (p *Proxy) URL() string { return "nats://" + p.Addr() }

// Conns returns how many connections go through it now.
func (p *Proxy) Conns() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// Accepted returns how many connections there ever were.
func (p *Proxy) Accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

func (p *Proxy) update(f func(s *proxyState)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.state)
	p.wake()
}

func (p *Proxy) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Proxy) now() (proxyState, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.changed
}

func (p *Proxy) all() []*proxied {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []*proxied
	for c := range p.conns {
		list = append(list, c)
	}
	return list
}

// Cut resets all connections, for both sides.
func (p *Proxy) Cut() {
	for _, c := range p.all() {
		c.cut()
	}
}

// CutAfter resets each connection when n bytes more have gone through it in the
// direction.
func (p *Proxy) CutAfter(dir Dir, n int) {
	p.update(func(s *proxyState) {
		cut := make(map[Dir]int)
		for d, n := range s.cut {
			cut[d] = n
		}
		for _, d := range []Dir{ToServer, ToClient} {
			if dir&d != 0 {
				cut[d] = n
			}
		}
		s.cut = cut
	})
	for _, c := range p.all() {
		c.restart(dir)
	}
}

// BlackHole drops what goes in the direction, closing included, and keeps the
// sockets open.
func (p *Proxy) BlackHole(dir Dir) { p.update(func(s *proxyState) { s.hole |= dir }) }

// Stall stops reading what goes in the direction, so that its writer gets stuck
// when the buffers are full.
func (p *Proxy) Stall(dir Dir) { p.update(func(s *proxyState) { s.stall |= dir }) }

// Delay holds everything back for d.
func (p *Proxy) Delay(d time.Duration) { p.update(func(s *proxyState) { s.delay = d }) }

// Slow lets no more than so many bytes a second through in the direction, on each
// connection. What the sockets hold by themselves comes on top.
func (p *Proxy) Slow(dir Dir, bytesPerSecond int) {
	p.update(func(s *proxyState) {
		rate := maps.Clone(s.rate)
		if rate == nil {
			rate = make(map[Dir]int)
		}
		for _, d := range []Dir{ToServer, ToClient} {
			if dir&d != 0 {
				rate[d] = bytesPerSecond
			}
		}
		s.rate = rate
	})
}

// Receive gives the receive buffer for what clients send a size, on connections made
// from now on; the system may double it. By default it grows to megabytes, which hide
// from a client how slow Slow is.
func (p *Proxy) Receive(bytes int) { p.update(func(s *proxyState) { s.buffer = bytes }) }

// Refuse resets new connections at once.
func (p *Proxy) Refuse() { p.update(func(s *proxyState) { s.refuse = true }) }

// Heal ends all faults. Connections of which something vanished are reset.
func (p *Proxy) Heal() {
	p.update(func(s *proxyState) { *s = proxyState{} })
	for _, c := range p.all() {
		if c.holed() {
			c.cut()
		}
	}
}

// Close ends everything and waits until nothing of it runs.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.ln.Close()
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) accept() {
	defer p.running.Done()
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return
		}
		p.running.Add(1)
		go func() {
			defer p.running.Done()
			p.connect(client.(*net.TCPConn))
		}()
	}
}

func (p *Proxy) connect(client *net.TCPConn) {
	s, _ := p.now()
	if s.refuse {
		resetTCP(client)
		return
	}
	if s.buffer > 0 {
		_ = client.SetReadBuffer(s.buffer)
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		resetTCP(client)
		return
	}
	c := &proxied{proxy: p, client: client, server: server.(*net.TCPConn), gone: make(chan struct{}), passed: make(map[Dir]int)}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		resetTCP(client)
		resetTCP(c.server)
		return
	}
	p.conns[c] = true
	p.total++
	p.mu.Unlock()
	c.run()
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
}

func resetTCP(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// proxied is one connection through a proxy.
type proxied struct {
	proxy          *Proxy
	client, server *net.TCPConn
	once           sync.Once
	gone           chan struct{} // closed by cut

	mu       sync.Mutex
	passed   map[Dir]int
	vanished bool
}

func (c *proxied) cut() {
	c.once.Do(func() {
		resetTCP(c.client)
		resetTCP(c.server)
		close(c.gone) // not before: a pump that ends closes in good order
	})
}

func (c *proxied) holed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.vanished
}

// restart begins to count anew for CutAfter.
func (c *proxied) restart(dir Dir) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range []Dir{ToServer, ToClient} {
		if dir&d != 0 {
			c.passed[d] = 0
		}
	}
}

func (c *proxied) run() {
	var both sync.WaitGroup
	both.Go(func() { c.pump(ToServer, c.client, c.server) })
	both.Go(func() { c.pump(ToClient, c.server, c.client) })
	both.Wait()
	c.once.Do(func() {
		close(c.gone)
		_ = c.client.Close()
		_ = c.server.Close()
	})
}

// pump moves bytes in one direction until the end.
func (c *proxied) pump(dir Dir, from, to *net.TCPConn) {
	held := make(chan chunk, 16)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.write(to, held)
	}()
	c.read(dir, from, held)
	close(held)
	<-done
}

func (c *proxied) read(dir Dir, from *net.TCPConn, held chan<- chunk) {
	for {
		if !c.until(func(s proxyState) bool { return s.stall&dir == 0 }) {
			return
		}
		b := make([]byte, 32<<10)
		n, err := from.Read(b)
		// The state may have changed while nothing came.
		if !c.until(func(s proxyState) bool { return s.stall&dir == 0 }) {
			return
		}
		s, _ := c.proxy.now()
		hole := s.hole&dir != 0
		cut := false
		c.mu.Lock()
		if hole {
			c.vanished = true
			n = 0
		}
		if limit, ok := s.cut[dir]; ok && c.passed[dir]+n >= limit {
			n, cut = max(limit-c.passed[dir], 0), true
		}
		c.passed[dir] += n
		c.mu.Unlock()
		if rate := s.rate[dir]; rate > 0 && !c.wait(time.Duration(n)*time.Second/time.Duration(rate)) {
			return
		}
		if n > 0 {
			select {
			case held <- chunk{time.Now().Add(s.delay), b[:n]}:
			case <-c.gone:
				return
			}
		}
		switch {
		case cut:
			held <- chunk{} // the cut comes after what is under way
			return
		case err == nil:
		case hole:
			<-c.gone // the end falls into the hole too; healing cuts
			return
		case errors.Is(err, io.EOF):
			return
		default:
			c.cut()
			return
		}
	}
}

// write writes what was held when its time has come.
func (c *proxied) write(to *net.TCPConn, held <-chan chunk) {
	for h := range held {
		if h.b == nil {
			c.cut()
			break
		}
		c.wait(time.Until(h.at))
		if _, err := to.Write(h.b); err != nil {
			c.cut()
			break
		}
	}
	for range held { // so that read never waits for us
	}
	_ = to.CloseWrite()
}

// wait waits for d; false when the connection ended meanwhile.
func (c *proxied) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.gone:
		return false
	}
}

// until waits until ok holds; false when the connection ended meanwhile.
func (c *proxied) until(ok func(proxyState) bool) bool {
	for {
		s, changed := c.proxy.now()
		if ok(s) {
			return true
		}
		select {
		case <-changed:
		case <-c.gone:
			return false
		}
	}
}

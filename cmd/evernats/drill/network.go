package drill

import (
	"context"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// fault is what the network does with one server, or with all.
type fault struct {
	refuse    bool          // new connections are refused
	swallow   bool          // no packet goes through, in neither direction
	silent    bool          // new connections are accepted, and nothing is said on them
	handshake time.Duration // what each answer of the server takes on a new connection
	latency   time.Duration // what each packet takes, one way
	rate      int           // bytes a second, each way; 0: no limit
}

// network stands between the clients and their servers: each connection that one of
// them dials, to whatever address, is a local socket whose bytes are carried to the
// server and back, and with which the faults of the moment are played. The servers
// aren't touched.
type network struct {
	pairs *pairs

	mu      sync.Mutex
	changed chan struct{}    // closed and made anew when faults change
	faults  map[string]fault // by address; "" means everywhere
	pipes   map[*pipe]struct{}
	closed  bool
	running sync.WaitGroup
}

func newNetwork() (*network, error) {
	p, err := newPairs()
	if err != nil {
		return nil, err
	}
	return &network{pairs: p, changed: make(chan struct{}), faults: make(map[string]fault), pipes: make(map[*pipe]struct{})}, nil
}

// close ends all connections and waits for what carried their bytes.
func (n *network) close() {
	n.mu.Lock()
	n.closed = true
	n.wake()
	pipes := n.all("")
	n.mu.Unlock()
	for _, p := range pipes {
		p.end()
	}
	n.pairs.close()
	n.running.Wait()
}

// wake tells those that wait for a fault's end; n.mu is held.
func (n *network) wake() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// set plays a fault with the servers at the addresses, none meaning everywhere.
func (n *network) set(f fault, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(addrs) == 0 {
		addrs = []string{""}
	}
	for _, a := range addrs {
		n.faults[a] = f
	}
	n.wake()
}

// lift ends all faults.
func (n *network) lift() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.faults)
	n.wake()
}

// at is the fault that is played with an address, and what is closed when that may
// have changed.
func (n *network) at(addr string) (fault, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f, ok := n.faults[addr]
	if !ok {
		f = n.faults[""]
	}
	return f, n.changed
}

// all are the connections to an address, "" meaning everywhere; n.mu is held.
func (n *network) all(addr string) []*pipe {
	var pipes []*pipe
	for p := range n.pipes {
		if addr == "" || p.addr == addr {
			pipes = append(pipes, p)
		}
	}
	return pipes
}

// each does something with the connections to the addresses, none meaning all.
func (n *network) each(do func(*pipe), addrs ...string) {
	if len(addrs) == 0 {
		addrs = []string{""}
	}
	n.mu.Lock()
	var pipes []*pipe
	for _, a := range addrs {
		pipes = append(pipes, n.all(a)...)
	}
	n.mu.Unlock()
	for _, p := range pipes {
		do(p)
	}
}

// seat is the address of the server that a client has last sent something to.
func (n *network) seat(d *dialer) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var latest int64
	addr := ""
	for p := range n.pipes {
		if at := p.lastUp.Load(); p.dialer == d && at > latest {
			latest, addr = at, p.addr
		}
	}
	return addr
}

// dialer is what one client dials through. It is what both libraries take for a
// dialer of the program's own.
type dialer struct {
	n       *network
	timeout time.Duration // of a Dial without context
	told    func(addr string, err error)
	ctx     context.Context // ended by forget
	forget  context.CancelFunc
}

func (n *network) dialer(timeout time.Duration, told func(addr string, err error)) *dialer {
	ctx, cancel := context.WithCancel(context.Background())
	return &dialer{n: n, timeout: timeout, told: told, ctx: ctx, forget: cancel}
}

// Dial is for nats.go, which bounds attempts by a net.Dialer's timeout or not at all.
func (d *dialer) Dial(network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(d.ctx, d.timeout)
	defer cancel()
	return d.DialServer(ctx, network, addr)
}

// DialServer obeys a context, and may be called for several servers at once.
func (d *dialer) DialServer(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.ctx, cancel)()
	c, err := d.n.dial(ctx, d, network, addr)
	if d.ctx.Err() == nil {
		d.told(addr, err)
	}
	return c, err
}

// retransmissions are when a system asks again after a SYN without an answer.
var retransmissions = []time.Duration{time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}

func (n *network) dial(ctx context.Context, d *dialer, network, addr string) (net.Conn, error) {
	began := time.Now()
	failed := func(err error) error { return &net.OpError{Op: "dial", Net: network, Err: err} }
	for _, next := range append(slices.Clone(retransmissions), time.Hour) {
		f, _ := n.at(addr)
		if f.refuse {
			return nil, failed(os.NewSyscallError("connect", syscall.ECONNREFUSED))
		}
		if !f.swallow {
			return n.open(ctx, d, network, addr, f)
		}
		select {
		case <-ctx.Done():
			return nil, failed(os.ErrDeadlineExceeded)
		case <-time.After(next - time.Since(began)):
		}
	}
	return nil, failed(os.ErrDeadlineExceeded)
}

// open reaches the server first, so that what fails there fails the client's dial.
func (n *network) open(ctx context.Context, d *dialer, network, addr string, f fault) (net.Conn, error) {
	var server net.Conn
	if !f.silent {
		var err error
		if server, err = new(net.Dialer).DialContext(ctx, network, addr); err != nil {
			return nil, err
		}
	}
	client, inner, err := n.pairs.open(ctx)
	if err != nil {
		if server != nil {
			server.Close()
		}
		return nil, err
	}
	p := &pipe{n: n, dialer: d, addr: addr, client: inner, server: server, born: time.Now(), ended: make(chan struct{}), gone: make(chan struct{})}
	p.slow = f.handshake
	n.mu.Lock()
	closed := n.closed
	if !closed {
		n.pipes[p] = struct{}{}
		n.running.Add(1)
	}
	n.mu.Unlock()
	if closed {
		p.end()
		client.Close()
		return nil, net.ErrClosed
	}
	go p.run()
	return client, nil
}

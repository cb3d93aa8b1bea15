package drill

import (
	"context"
	"net"
	"sync"
	"time"
)

// pairs makes pairs of connected sockets: real ones, since what a client makes of a
// socket that takes nothing depends on the system's buffers.
type pairs struct {
	l net.Listener

	mu       sync.Mutex
	accepted map[string]chan net.Conn // by the address of the other end
	ended    chan struct{}
}

// buffer is what a socket inside takes before the client notices that the server
// takes nothing, apart from the client's own.
const buffer = 64 << 10

func newPairs() (*pairs, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &pairs{l: l, accepted: make(map[string]chan net.Conn), ended: make(chan struct{})}
	go p.accept()
	return p, nil
}

func (p *pairs) accept() {
	defer close(p.ended)
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		p.slot(c.RemoteAddr().String()) <- c
	}
}

func (p *pairs) slot(addr string) chan net.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	ch, ok := p.accepted[addr]
	if !ok {
		ch = make(chan net.Conn, 1)
		p.accepted[addr] = ch
	}
	return ch
}

func (p *pairs) open(ctx context.Context) (client, inner net.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if client, err = new(net.Dialer).DialContext(ctx, "tcp", p.l.Addr().String()); err != nil {
		return nil, nil, err
	}
	addr := client.LocalAddr().String()
	select {
	case inner = <-p.slot(addr):
	case <-ctx.Done():
		client.Close()
		return nil, nil, ctx.Err()
	}
	p.mu.Lock()
	delete(p.accepted, addr)
	p.mu.Unlock()
	if t, ok := inner.(*net.TCPConn); ok {
		_ = t.SetReadBuffer(buffer)
		_ = t.SetWriteBuffer(buffer)
	}
	return client, inner, nil
}

func (p *pairs) close() {
	p.l.Close()
	<-p.ended
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ch := range p.accepted {
		select {
		case c := <-ch:
			c.Close()
		default:
		}
	}
}

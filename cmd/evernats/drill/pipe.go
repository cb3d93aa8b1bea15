package drill

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// pipe is one connection of a client: the socket that it has the other end of, and the
// one to the server.
type pipe struct {
	n      *network
	dialer *dialer
	addr   string
	client net.Conn
	server net.Conn // nil: nobody is there
	born   time.Time
	slow   time.Duration // what each answer takes in the handshake
	lastUp atomic.Int64  // when the client last sent something

	leave sync.Once
	gone  chan struct{} // closed when the server's side is no more: half-open
	once  sync.Once
	ended chan struct{}
}

// handshakeTime is how long a connection is new.
const handshakeTime = 5 * time.Second

// How much is carried at once, and how many such pieces may be under way.
const (
	pieceBytes = 16 << 10
	slowPiece  = 1 << 10
	pieces     = 64
)

func (p *pipe) end() {
	p.once.Do(func() {
		close(p.ended)
		p.client.Close()
		if p.server != nil {
			p.server.Close()
		}
	})
}

// reset ends the connection as a router that lost its state does.
func (p *pipe) reset() {
	if t, ok := p.client.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	p.end()
}

// halfOpen takes the server's side away without a word to the client.
func (p *pipe) halfOpen() {
	p.leave.Do(func() {
		close(p.gone)
		if p.server != nil {
			p.server.Close()
		}
	})
}

func (p *pipe) run() {
	defer p.n.running.Done()
	defer func() {
		p.n.mu.Lock()
		delete(p.n.pipes, p)
		p.n.mu.Unlock()
	}()
	defer p.end()
	if p.server == nil {
		p.sink()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.carry(p.client, p.server, true) })
	both.Go(func() { p.carry(p.server, p.client, false) })
	both.Wait()
}

// sink reads what a client says to nobody, until it leaves.
func (p *pipe) sink() {
	buf := make([]byte, pieceBytes)
	for {
		if _, err := p.client.Read(buf); err != nil {
			return
		}
	}
}

type piece struct {
	due  time.Time
	data []byte
}

// carry takes bytes from one side to the other, in order, until one of them ends.
func (p *pipe) carry(from, to net.Conn, up bool) {
	q := make(chan piece, pieces)
	p.n.running.Add(1)
	go func() {
		defer p.n.running.Done()
		defer close(q)
		p.take(from, q, up)
	}()
	for c := range q {
		if !p.sleep(time.Until(c.due)) || !p.give(to, c.data) {
			break
		}
	}
	select {
	case <-p.gone:
		<-p.ended // the client isn't told
	default:
		p.end()
	}
	for range q { // the other goroutine mustn't wait for room
	}
}

func (p *pipe) take(from net.Conn, q chan<- piece, up bool) {
	buf := make([]byte, pieceBytes)
	for {
		f, ok := p.passage()
		if !ok {
			return
		}
		room := buf
		if f.rate > 0 {
			room = buf[:slowPiece]
		}
		k, err := from.Read(room)
		if err != nil {
			return
		}
		if up {
			p.lastUp.Store(time.Now().UnixNano())
		}
		select {
		case <-p.gone:
			return
		default:
		}
		f, _ = p.n.at(p.addr)
		delay := f.latency
		if !up && p.slow > 0 && time.Since(p.born) < handshakeTime {
			delay += p.slow
		}
		select {
		case q <- piece{time.Now().Add(delay), append([]byte(nil), room[:k]...)}:
		case <-p.ended:
			return
		}
	}
}

func (p *pipe) give(to net.Conn, data []byte) bool {
	f, ok := p.passage()
	if !ok {
		return false
	}
	if f.rate > 0 && !p.sleep(time.Duration(len(data))*time.Second/time.Duration(f.rate)) {
		return false
	}
	_, err := to.Write(data)
	return err == nil
}

// passage waits until packets go through, and says what else holds.
func (p *pipe) passage() (fault, bool) {
	for {
		f, changed := p.n.at(p.addr)
		if !f.swallow {
			return f, true
		}
		select {
		case <-changed:
		case <-p.gone:
			return f, false
		case <-p.ended:
			return f, false
		}
	}
}

func (p *pipe) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.ended:
		return false
	}
}

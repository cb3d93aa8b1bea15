//go:build !js

package transport

import (
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// keptBuffer is the largest gathering buffer kept between two messages.
const keptBuffer = 64 << 10

// rawConn is the stream under a WebSocket. It gathers the small writes that the
// library makes of one message into one, and remembers why reading failed.
//
// The library writes frames one after another, each whole. That is why writes
// of any goroutine may go into the gathering buffer, and why the stream is
// between two frames whenever nothing is gathered and nobody has the turn.
type rawConn struct {
	net.Conn
	failure atomic.Pointer[error]

	// turn is held by whoever writes to Conn. A channel, since its holder
	// waits for the peer.
	turn chan struct{}

	mu     sync.Mutex // never held over I/O
	corked bool
	buf    []byte
	broken error // why a write failed: a frame may have been cut
}

func newRawConn(c net.Conn) *rawConn {
	return &rawConn{Conn: c, turn: make(chan struct{}, 1)}
}

func (c *rawConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.failure.CompareAndSwap(nil, &err)
	}
	return n, err
}

// readFailure returns the first error of Read.
func (c *rawConn) readFailure() error {
	if p := c.failure.Load(); p != nil {
		return *p
	}
	return nil
}

// Write writes, or gathers between cork and uncork.
func (c *rawConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.broken != nil {
		err := c.broken
		c.mu.Unlock()
		return 0, err
	}
	if c.corked {
		c.buf = append(c.buf, p...)
		c.mu.Unlock()
		return len(p), nil
	}
	c.mu.Unlock()
	return c.writeThrough(p)
}

func (c *rawConn) writeThrough(p []byte) (int, error) {
	c.turn <- struct{}{}
	n, err := c.Conn.Write(p)
	<-c.turn
	if err != nil {
		c.mu.Lock()
		if c.broken == nil {
			c.broken = err
		}
		c.mu.Unlock()
	}
	return n, err
}

// cork makes Write gather.
func (c *rawConn) cork() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return c.broken
	}
	c.corked = true
	return nil
}

// uncork writes what was gathered, and says how much of it was.
func (c *rawConn) uncork() (sent int, err error) {
	c.mu.Lock()
	b := c.buf
	c.buf = nil
	c.corked = false
	c.mu.Unlock()
	if len(b) == 0 {
		return 0, nil
	}
	sent, err = c.writeThrough(b)
	if cap(b) <= keptBuffer {
		c.mu.Lock()
		if c.buf == nil {
			c.buf = b[:0]
		}
		c.mu.Unlock()
	}
	return sent, err
}

// closeFrame says "normal closure", masked as a client must, with a key of
// zeros: there is nothing to hide in it.
var closeFrame = []byte{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8}

// sayGoodbye sends a close frame if that can be done within a millisecond.
func (c *rawConn) sayGoodbye() {
	select {
	case c.turn <- struct{}{}:
	default:
		// Someone waits for the peer in a write, or is just coming back from one.
		timer := time.NewTimer(goodbye)
		defer timer.Stop()
		select {
		case c.turn <- struct{}{}:
		case <-timer.C:
			return
		}
	}
	defer func() { <-c.turn }()
	c.mu.Lock()
	between := !c.corked && c.broken == nil
	c.mu.Unlock()
	if !between {
		return
	}
	if w := NewNowWriter(c.Conn); w != nil {
		if _, ok := w.Write(closeFrame); ok {
			return
		}
	}
	_ = c.SetWriteDeadline(time.Now().Add(goodbye))
	_, _ = c.Conn.Write(closeFrame)
}

// Close closes the stream without a word: the close of TLS would wait for a
// peer that has stopped reading.
func (c *rawConn) Close() error {
	if tc, ok := c.Conn.(*tls.Conn); ok {
		return tc.NetConn().Close()
	}
	return c.Conn.Close()
}

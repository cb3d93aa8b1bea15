//go:build !js

package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// wsConn is a WebSocket as a stream of bytes: each Write is one binary message,
// Read knows no message borders. Deadlines are those of the stream below; one
// that passes ends the connection, since a frame may be cut.
type wsConn struct {
	ws         *websocket.Conn
	raw        *rawConn
	compressed bool
	closed     atomic.Bool
	writing    chan struct{} // held by a Write; a channel, since Write waits for the peer

	// Of the reading goroutine alone.
	message io.Reader
	failed  error
}

func newWSConn(ws *websocket.Conn, raw *rawConn, compressed bool) *wsConn {
	ws.SetReadLimit(-1) // the server packs what it likes into one message
	return &wsConn{ws: ws, raw: raw, compressed: compressed, writing: make(chan struct{}, 1)}
}

// Read reads from the messages in their order. What came before a close frame,
// or before the connection was cut, is returned before the error.
func (c *wsConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if c.failed != nil {
			return 0, c.failed
		}
		if c.message == nil {
			_, message, err := c.ws.Reader(context.Background())
			if err != nil {
				c.failed = c.readError(err)
				continue
			}
			c.message = message
		}
		n, err := c.message.Read(p)
		if err == io.EOF { // of this message
			c.message, err = nil, nil
		}
		if err != nil {
			c.failed = c.readError(err)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// readError finds the cause of a failed read, which the library hides where the
// stream's failure made it close the connection.
func (c *wsConn) readError(err error) error {
	var ce websocket.CloseError
	switch {
	case c.closed.Load():
		return net.ErrClosed
	case errors.As(err, &ce):
		if ce.Code == websocket.StatusNormalClosure || ce.Code == websocket.StatusGoingAway {
			return io.EOF
		}
		return fmt.Errorf("%s closed the WebSocket with status %d %q: %w", addrOf(c.raw), int(ce.Code), ce.Reason, io.EOF)
	}
	if cause := c.raw.readFailure(); cause != nil {
		return cause
	}
	return err
}

// maxMessage is the most that goes into one message; it bounds the memory that a
// large Write takes while it is masked.
const maxMessage = 256 << 10

// Write sends p, as one message if it isn't huge. When it fails, n is how much
// of p the peer may have got.
func (c *wsConn) Write(p []byte) (n int, err error) {
	c.writing <- struct{}{}
	defer func() { <-c.writing }()
	for len(p) > 0 {
		part := p[:min(len(p), maxMessage)]
		sent, err := c.writeMessage(part)
		n += sent
		if err != nil {
			if c.closed.Load() {
				err = net.ErrClosed
			}
			return n, err
		}
		p = p[len(part):]
	}
	return n, nil
}

func (c *wsConn) writeMessage(p []byte) (n int, err error) {
	if err := c.raw.cork(); err != nil {
		return 0, err
	}
	err = c.ws.Write(context.Background(), websocket.MessageBinary, p)
	sent, flushErr := c.raw.uncork()
	if flushErr != nil {
		err = flushErr
	}
	switch {
	case err == nil:
		return len(p), nil
	case sent == 0:
		return 0, err
	case c.compressed:
		return len(p), err // any part of it may be in what was sent
	}
	return min(max(sent-frameHeader(len(p)), 0), len(p)), err
}

// frameHeader is the length of the header of a masked frame.
func frameHeader(payload int) int {
	switch {
	case payload < 126:
		return 2 + 4
	case payload <= 0xffff:
		return 4 + 4
	default:
		return 10 + 4
	}
}

// Close tells the peer if it can be told at once, and closes. It never waits.
func (c *wsConn) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	c.raw.sayGoodbye()
	err := c.raw.Close()
	_ = c.ws.CloseNow() // gives back what the library borrowed; the stream is closed
	return err
}

func (c *wsConn) below() net.Conn                    { return c.raw.Conn }
func (c *wsConn) LocalAddr() net.Addr                { return c.raw.LocalAddr() }
func (c *wsConn) RemoteAddr() net.Addr               { return c.raw.RemoteAddr() }
func (c *wsConn) SetDeadline(t time.Time) error      { return c.raw.SetDeadline(t) }
func (c *wsConn) SetReadDeadline(t time.Time) error  { return c.raw.SetReadDeadline(t) }
func (c *wsConn) SetWriteDeadline(t time.Time) error { return c.raw.SetWriteDeadline(t) }

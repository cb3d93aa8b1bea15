package natstest

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"

	"github.com/coder/websocket"
)

// wsListener makes the WebSockets that clients open on a listener look like
// connections of a listener.
type wsListener struct {
	net.Listener
	server *http.Server
	conns  chan net.Conn
	done   chan struct{}
	once   sync.Once
}

func listenWebSocket(ln net.Listener, cfg *tls.Config, seen func(*http.Request)) *wsListener {
	if cfg != nil {
		ln = tls.NewListener(ln, cfg)
	}
	l := &wsListener{Listener: ln, conns: make(chan net.Conn), done: make(chan struct{})}
	l.server = &http.Server{
		Handler:  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.upgrade(w, r, seen) }),
		ErrorLog: log.New(io.Discard, "", 0), // clients that give up are no news in a test
	}
	go func() { _ = l.server.Serve(ln) }()
	return l
}

func (l *wsListener) upgrade(w http.ResponseWriter, r *http.Request, seen func(*http.Request)) {
	seen(r)
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		CompressionMode:    websocket.CompressionNoContextTakeover,
		InsecureSkipVerify: true, // any origin may test
	})
	if err != nil {
		return
	}
	c := &wsServerConn{Conn: websocket.NetConn(context.Background(), ws, websocket.MessageBinary), ws: ws, remote: Addr(r.RemoteAddr)}
	select {
	case l.conns <- c:
	case <-l.done:
		_ = c.Close()
	}
}

func (l *wsListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close stops listening and ends the handshakes that are under way.
func (l *wsListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.server.Close()
}

// wsServerConn closes without waiting for the client's close frame.
type wsServerConn struct {
	net.Conn
	ws     *websocket.Conn
	remote net.Addr
}

func (c *wsServerConn) RemoteAddr() net.Addr { return c.remote }
func (c *wsServerConn) Close() error         { return c.ws.CloseNow() }

package transport

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// Upgrade makes a TLS client handshake over c. It returns when ctx is done even
// if the peer has stalled. When it fails c is closed.
func Upgrade(ctx context.Context, c net.Conn, cfg *tls.Config) (*tls.Conn, error) {
	tc := tls.Client(c, cfg)
	if err := tc.HandshakeContext(ctx); err != nil {
		_ = c.Close()
		if ctx.Err() != nil {
			err = ctx.Err() // not "use of closed network connection"
		}
		return nil, &Error{Phase: PhaseTLS, Addr: addrOf(c), Err: err}
	}
	return tc, nil
}

func addrOf(c net.Conn) string {
	if a := c.RemoteAddr(); a != nil {
		return a.String()
	}
	return "unknown address"
}

// goodbye bounds what Close spends on telling the peer.
const goodbye = time.Millisecond

// Close closes c. Unlike the Close of a *tls.Conn, which waits for seconds when
// the peer has stopped reading, it returns within about a millisecond; a peer
// that can be told is told.
func Close(c net.Conn) error {
	tc, ok := c.(*tls.Conn)
	if !ok {
		return c.Close()
	}
	done := make(chan error, 1)
	go func() { done <- tc.Close() }()
	timer := time.NewTimer(goodbye)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return tc.NetConn().Close()
	}
}

// layer is a connection that has its framing on another one.
type layer interface{ below() net.Conn }

// TLSState returns the TLS state of a connection made by Dial or Upgrade, and
// whether it is encrypted by TLS here at all.
func TLSState(c net.Conn) (tls.ConnectionState, bool) {
	if s, ok := c.(interface{ ConnectionState() tls.ConnectionState }); ok {
		return s.ConnectionState(), true
	}
	if l, ok := c.(layer); ok {
		return TLSState(l.below())
	}
	return tls.ConnectionState{}, false
}

// SurvivesWriteTimeout reports whether writing to c can go on after a Write that
// timed out, from where it stopped. Not so with TLS and WebSocket: there a frame
// may have been cut, and each later Write fails at once with the same error.
func SurvivesWriteTimeout(c net.Conn) bool {
	switch c.(type) {
	case *tls.Conn, layer:
		return false
	}
	return true
}

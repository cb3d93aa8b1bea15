package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"

	"github.com/coder/websocket"
)

var errBrowser = errors.New("a browser makes the connection by itself: custom dialers, in-process servers and headers can't be used with ws and wss here")

// dialWebSocket opens a stream of binary WebSocket messages to u. The browser
// does all of it, TLS and compression included.
func dialWebSocket(ctx context.Context, cfg *Config, u *url.URL, _ *tls.Config) (net.Conn, error) {
	if cfg.Custom != nil || cfg.InProcess != nil || cfg.Headers != nil {
		return nil, &Error{Phase: PhaseDial, Addr: u.Host, Err: errBrowser}
	}
	ws, _, err := websocket.Dial(ctx, webSocketURL(cfg, u, u.Scheme), nil)
	if err != nil {
		return nil, &Error{Phase: PhaseWebSocket, Addr: u.Host, Err: err}
	}
	return websocket.NetConn(context.Background(), ws, websocket.MessageBinary), nil
}

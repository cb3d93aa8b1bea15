//go:build !js

package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/coder/websocket"
)

// dialWebSocket opens a stream of binary WebSocket messages to u.
func dialWebSocket(ctx context.Context, cfg *Config, u *url.URL, tlsCfg *tls.Config) (net.Conn, error) {
	opts := &websocket.DialOptions{}
	if cfg.Headers != nil {
		h, err := askHeaders(ctx, cfg.Headers)
		if err != nil {
			return nil, &Error{Phase: PhaseWebSocket, Addr: u.Host, Err: err}
		}
		opts.HTTPHeader = h.Clone()
		opts.Host = h.Get("Host")
	}
	if cfg.Compression {
		// The form that every server knows which knows any.
		opts.CompressionMode = websocket.CompressionNoContextTakeover
	}

	c, err := dialStream(ctx, cfg, u)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "wss" && !cfg.SkipTLSHandshake() {
		if c, err = Upgrade(ctx, c, forHost(tlsCfg, u.Hostname())); err != nil {
			return nil, err
		}
	}

	raw := newRawConn(c)
	opts.HTTPClient = oneConnClient(raw)
	// The stream below is encrypted already where it must be: never wss here.
	ws, _, err := websocket.Dial(ctx, webSocketURL(cfg, u, "ws"), opts)
	if err != nil {
		_ = raw.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, &Error{Phase: PhaseWebSocket, Addr: u.Host, Err: err}
	}
	return newWSConn(ws, raw, cfg.Compression), nil
}

// forHost returns cfg with the server's name filled in, as crypto/tls wants it.
func forHost(cfg *tls.Config, host string) *tls.Config {
	if cfg == nil {
		return &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	if cfg.ServerName != "" {
		return cfg
	}
	cfg = cfg.Clone()
	cfg.ServerName = host
	return cfg
}

// askHeaders calls the user's function, which may ignore ctx.
func askHeaders(ctx context.Context, ask func(context.Context) (http.Header, error)) (http.Header, error) {
	type answer struct {
		h   http.Header
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		h, err := ask(ctx)
		answers <- answer{h, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, a.err
		}
		if a.h == nil {
			a.h = http.Header{}
		}
		return a.h, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var errOneConn = errors.New("the server asked for a second connection")

// oneConnClient is an HTTP client that makes its one request over c: dialling
// has been done, by our own rules, and a redirect is an answer like any other
// that isn't "switching protocols".
func oneConnClient(c net.Conn) *http.Client {
	first := make(chan net.Conn, 1)
	first <- c
	return &http.Client{
		Transport: &http.Transport{
			DisableCompression: true,
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				select {
				case c := <-first:
					return c, nil
				default:
					return nil, errOneConn
				}
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

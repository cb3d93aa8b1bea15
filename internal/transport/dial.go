package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
)

// Dial opens a stream to u, whose scheme is nats, tls, ws or wss, or any other, which
// means nats, and whose port is there. For wss the TLS handshake with tlsCfg is part of it; for tls it
// isn't: what the two sides say before it is the caller's business.
//
// A plain TCP connection is returned as the *net.TCPConn it is.
func Dial(ctx context.Context, cfg *Config, u *url.URL, tlsCfg *tls.Config) (net.Conn, error) {
	switch u.Scheme {
	case "ws", "wss":
		return dialWebSocket(ctx, cfg, u, tlsCfg)
	}
	return dialStream(ctx, cfg, u)
}

// dialStream opens the stream that everything else is built on.
func dialStream(ctx context.Context, cfg *Config, u *url.URL) (net.Conn, error) {
	if cfg.InProcess != nil {
		c, err := detached(ctx, cfg.Turn, cfg.InProcess)
		if err != nil {
			return nil, &Error{Phase: PhaseDial, Addr: "the in-process server", Err: err}
		}
		return c, nil
	}
	addrs, err := addresses(ctx, cfg, u)
	if err != nil {
		return nil, err
	}
	dial := cfg.dialFunc()
	c, err := race(ctx, addrs, cfg.addressDelay(), func(ctx context.Context, addr string) (net.Conn, error) {
		c, err := dial(ctx, addr)
		if err != nil {
			return nil, phaseError("dial", addr, err)
		}
		return c, nil
	})
	if err != nil {
		if !contains(addrs, u.Host) {
			err = &Error{Phase: PhaseDial, Addr: u.Host, Err: err}
		}
		return nil, err
	}
	return c, nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// dialFunc returns the function that connects to one address.
func (cfg *Config) dialFunc() func(ctx context.Context, addr string) (net.Conn, error) {
	if cfg.Custom == nil {
		d := net.Dialer{}
		if cfg.Dialer != nil {
			d = *cfg.Dialer
		}
		if cfg.MultipathTCP != nil {
			d.SetMultipathTCP(*cfg.MultipathTCP)
		}
		return func(ctx context.Context, addr string) (net.Conn, error) {
			return d.DialContext(ctx, "tcp", addr)
		}
	}
	if custom, ok := cfg.Custom.(ContextDialer); ok {
		return func(ctx context.Context, addr string) (net.Conn, error) {
			return detached(ctx, nil, func() (net.Conn, error) {
				return custom.DialServer(ctx, "tcp", addr)
			})
		}
	}
	return func(ctx context.Context, addr string) (net.Conn, error) {
		return detached(ctx, cfg.Turn, func() (net.Conn, error) { return cfg.Custom.Dial("tcp", addr) })
	}
}

var errNoConn = errors.New("the dialer returned neither a connection nor an error")

// detached runs dial in its turn and returns when ctx is done without waiting
// for it: dial may ignore ctx. A connection that comes late is closed.
func detached(ctx context.Context, turn Turn, dial func() (net.Conn, error)) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := turn.take(ctx); err != nil {
		return nil, err
	}
	type result struct {
		c   net.Conn
		err error
	}
	results := make(chan result)
	gone := make(chan struct{})
	defer close(gone)
	go func() {
		c, err := dial()
		turn.leave()
		if err == nil && c == nil {
			err = errNoConn
		}
		select {
		case results <- result{c, err}:
		case <-gone:
			if err == nil {
				_ = c.Close()
			}
		}
	}()
	select {
	case r := <-results:
		if r.err != nil {
			return nil, r.err
		}
		return r.c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

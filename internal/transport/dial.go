package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// Dial opens a stream to u, whose scheme is nats, tcp (the same), tls, ws or wss and
// whose port is there. For wss the TLS handshake with tlsCfg is part of it; for tls it
// isn't: what the two sides say before it is the caller's business.
//
// A plain TCP connection is returned as the *net.TCPConn it is.
func Dial(ctx context.Context, cfg *Config, u *url.URL, tlsCfg *tls.Config) (net.Conn, error) {
	switch u.Scheme {
	case "nats", "tcp", "tls":
		return dialStream(ctx, cfg, u)
	case "ws", "wss":
		return dialWebSocket(ctx, cfg, u, tlsCfg)
	default:
		return nil, fmt.Errorf("unknown scheme %q in the URL of server %s: use nats, tls, ws or wss", u.Scheme, u.Host)
	}
}

// dialStream opens the stream that everything else is built on.
func dialStream(ctx context.Context, cfg *Config, u *url.URL) (net.Conn, error) {
	if cfg.InProcess != nil {
		c, err := detached(ctx, cfg.InProcess)
		if err != nil {
			return nil, &Error{Phase: "dial", Addr: "the in-process server", Err: err}
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
			err = &Error{Phase: "dial", Addr: u.Host, Err: err}
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
	withContext, ok := cfg.Custom.(interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	})
	return func(ctx context.Context, addr string) (net.Conn, error) {
		return detached(ctx, func() (net.Conn, error) {
			if ok {
				return withContext.DialContext(ctx, "tcp", addr)
			}
			return cfg.Custom.Dial("tcp", addr)
		})
	}
}

var errNoConn = errors.New("the dialer returned neither a connection nor an error")

// detached runs dial, which may ignore ctx, and returns when ctx is done
// without waiting for it. A connection that comes late is closed.
func detached(ctx context.Context, dial func() (net.Conn, error)) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
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

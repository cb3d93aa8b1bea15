package walks

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	nats "github.com/evernats/nats"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/identity/world"
)

func encrypting() []world.Walk {
	return []world.Walk{
		{Name: "tls/wanted and missing", Run: tlsMissing},
		{Name: "tls/handshake", Run: tlsHandshake},
		{Name: "tls/after the handshake", Run: tlsAfter},
		{Name: "tls/own code", Run: tlsOwnCode},
	}
}

func tlsMissing(w *world.World) {
	s := w.Server().URL()
	attempt(w, "secure", s, nats.Secure())
	attempt(w, "scheme", "tls"+s[4:])
	attempt(w, "mixed schemes", s+",tls"+s[4:])
	c := natstest.NewCerts(w.TB)
	wants := w.Server(func(o *server.Options) { o.TLSConfig, o.TLSTimeout = c.ServerConfig(), 5 }).URL()
	attempt(w, "unknown authority", wants)
	attempt(w, "unknown authority, secure", wants, nats.Secure())
	attempt(w, "wrong name", wants, nats.Secure(&tls.Config{RootCAs: c.Pool, ServerName: "elsewhere.test"}))
}

// demands says that TLS is needed and goes on with f.
func demands(f func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		fmt.Fprint(c, "INFO {\"server_id\":\"x\",\"tls_required\":true,\"headers\":true,\"proto\":1}\r\n")
		f(c)
	}
}

// heard waits for the client's first bytes.
func heard(f func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			f(c)
		}
	}
}

func tlsHandshake(w *world.World) {
	c := natstest.NewCerts(w.TB)
	opts := func(more ...nats.Option) []nats.Option {
		return append([]nats.Option{nats.RootCAs(c.CAFile)}, more...)
	}
	for name, f := range map[string]func(net.Conn){
		"hangs up": heard(func(c net.Conn) { stays(&until{Conn: c}) }),
		"garbage":  heard(says("no TLS here, sorry, none at all\r\n")),
	} {
		attempt(w, name, w.Listen(demands(f)), opts()...)
		attempt(w, name+", first", w.Listen(f), opts(nats.TLSHandshakeFirst())...)
		attempt(w, name+", wss", "wss"+w.Listen(f)[4:], opts()...)
	}
	reset := heard(resets)
	attempt(w, "resets", w.Listen(demands(reset)), opts()...)
	attempt(w, "silent", w.Listen(demands(stays)), opts(nats.Timeout(50*time.Millisecond))...)
	attempt(w, "silent, first", w.Listen(stays), opts(nats.TLSHandshakeFirst(), nats.Timeout(50*time.Millisecond))...)
	expired := c.IssueExpired("old", "127.0.0.1")
	old := w.Server(func(o *server.Options) {
		o.TLSConfig, o.TLSTimeout = &tls.Config{Certificates: []tls.Certificate{expired}}, 5
	})
	attempt(w, "expired", old.URL(), opts()...)
	attempt(w, "plain server, first", w.Server().URL(), opts(nats.TLSHandshakeFirst())...)
}

// until reads what the client's hello is, and ends.
type until struct {
	net.Conn
	enough bool
}

func (u *until) Read(b []byte) (int, error) {
	if u.enough {
		return 0, errors.New("enough")
	}
	u.enough = true
	return u.Conn.Read(b)
}

// encrypted makes the handshake and goes on with f.
func encrypted(c *natstest.Certs, f func(net.Conn)) func(net.Conn) {
	return demands(func(conn net.Conn) {
		tc := tls.Server(conn, c.ServerConfig())
		if tc.Handshake() == nil {
			f(tc)
			world.Reset(conn)
		}
	})
}

func tlsAfter(w *world.World) {
	c := natstest.NewCerts(w.TB)
	roots := nats.RootCAs(c.CAFile)
	attempt(w, "hangs up", w.Listen(encrypted(c, func(c net.Conn) { hearing(c); _ = c.Close() })), roots)
	attempt(w, "cuts", w.Listen(demands(func(conn net.Conn) {
		tc := tls.Server(conn, c.ServerConfig())
		if tc.Handshake() == nil {
			hearing(tc)
		}
	})), roots)
	attempt(w, "silent", w.Listen(encrypted(c, stays)), roots, nats.Timeout(100*time.Millisecond))
	attempt(w, "says no", w.Listen(encrypted(c, func(c net.Conn) {
		hearing(c)
		fmt.Fprint(c, "-ERR 'Authorization Violation'\r\n")
		stays(c)
	})), roots)
	attempt(w, "wrong protocol", w.Listen(encrypted(c, func(c net.Conn) {
		hearing(c)
		fmt.Fprint(c, "WHAT\r\n")
		stays(c)
	})), roots)
}

func tlsOwnCode(w *world.World) {
	c := natstest.NewCerts(w.TB)
	s := w.Server(func(o *server.Options) { o.TLSConfig, o.TLSTimeout = c.ServerConfig(), 5 }).URL()
	mine := errors.New("mine")
	good := func() (tls.Certificate, error) { return c.Client, nil }
	roots := func() (*x509.CertPool, error) { return c.Pool, nil }
	attempt(w, "certificate at the option", s, nats.ClientTLSConfig(func() (tls.Certificate, error) { return tls.Certificate{}, mine }, roots))
	attempt(w, "roots at the option", s, nats.ClientTLSConfig(good, func() (*x509.CertPool, error) { return nil, mine }))
	for name, change := range map[string]func(*nats.Options){
		"certificate": func(o *nats.Options) {
			o.TLSCertCB = func() (tls.Certificate, error) { return tls.Certificate{}, mine }
		},
		"roots": func(o *nats.Options) { o.RootCAsCB = func() (*x509.CertPool, error) { return nil, mine } },
	} {
		attempt(w, name, s, nats.RootCAs(c.CAFile), func(o *nats.Options) error { change(o); return nil })
		attempt(w, name+", wss", "wss"+s[4:], nats.RootCAs(c.CAFile), func(o *nats.Options) error { change(o); return nil })
	}
	attempt(w, "file", s, nats.RootCAs("no-such-file.pem"))
	attempt(w, "certificate file", s, nats.ClientCert("no-such-file.pem", "no-such-key.pem"))
}

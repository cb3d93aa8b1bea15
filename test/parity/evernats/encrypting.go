package scenarios

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync/atomic"
	"time"

	nats "github.com/evernats/nats"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/parity/env"
)

func encryption() []env.Scenario {
	return []env.Scenario{
		{Name: "tls/secure", Run: tlsSecure},
		{Name: "tls/roots and certificates", Run: tlsFiles},
		{Name: "tls/callbacks asked anew", Run: tlsCallbacks},
		{Name: "tls/callbacks failing", Run: tlsCallbacksFail},
		{Name: "tls/handshake first", Run: tlsFirst},
		{Name: "tls/server requires it", Run: tlsRequired},
		{Name: "tls/optional", Run: tlsOptional},
		{Name: "tls/scheme", Run: tlsScheme},
		{Name: "tls/host names", Run: tlsNames},
		{Name: "tls/expired certificate", Run: tlsExpired},
		{Name: "tls/messages and state", Run: tlsState},
	}
}

func withTLS(c *natstest.Certs) func(*server.Options) {
	return func(o *server.Options) { o.TLSConfig, o.TLSTimeout = c.ServerConfig(), 5 }
}

func withMutualTLS(c *natstest.Certs) func(*server.Options) {
	return func(o *server.Options) { o.TLSConfig, o.TLSTimeout, o.TLSVerify = c.MutualConfig(), 5, true }
}

func certs(e *env.Env) *natstest.Certs {
	e.Helper()
	return natstest.NewCerts(e.TB)
}

func tlsSecure(e *env.Env) {
	c := certs(e)
	s := e.Server(withTLS(c))
	attempt(e, "secure alone", s.URL(), nats.Secure())
	attempt(e, "own config", s.URL(), nats.Secure(&tls.Config{RootCAs: c.Pool, MinVersion: tls.VersionTLS12}))
	attempt(e, "unverified", s.URL(), nats.Secure(&tls.Config{InsecureSkipVerify: true}))
	attempt(e, "nil config", s.URL(), nats.Secure(nil))
	config := &tls.Config{RootCAs: c.Pool}
	nc := connect(e, s.URL(), nats.Secure(config))
	e.Log("secure %v, same config %v, server name in it %q", nc.Opts.Secure, nc.Opts.TLSConfig == config, config.ServerName)
	o := nats.GetDefaultOptions()
	o.Url, o.Secure = s.URL(), true
	_, err := o.Connect()
	e.Err("field alone", err)
	o = nats.GetDefaultOptions()
	o.Url, o.TLSConfig = s.URL(), config
	byHand, err := o.Connect()
	e.Err("config without secure", err)
	if byHand != nil {
		byHand.Close()
	}
}

func tlsFiles(e *env.Env) {
	c := certs(e)
	s := e.Server(withTLS(c))
	attempt(e, "roots", s.URL(), nats.RootCAs(c.CAFile))
	attempt(e, "roots twice", s.URL(), nats.RootCAs(c.CAFile, c.CAFile))
	attempt(e, "wrong roots", s.URL(), nats.RootCAs(certs(e).CAFile))
	attempt(e, "no roots", s.URL())
	m := e.Server(withMutualTLS(c))
	attempt(e, "certificate", m.URL(), nats.RootCAs(c.CAFile), nats.ClientCert(c.ClientCertFile, c.ClientKeyFile))
	attempt(e, "certificate first", m.URL(), nats.ClientCert(c.ClientCertFile, c.ClientKeyFile), nats.RootCAs(c.CAFile))
	attempt(e, "secure with both", m.URL(), nats.Secure(c.ClientConfig()))
	nc, err := nats.Connect(m.URL(), nats.RootCAs(c.CAFile), nats.Timeout(5*time.Second))
	e.Log("no certificate: refused %v", err != nil && nc == nil)
	attempt(e, "key of another", m.URL(), nats.RootCAs(c.CAFile), nats.ClientCert(c.ClientCertFile, c.ServerKeyFile))
}

func tlsCallbacks(e *env.Env) {
	c := certs(e)
	s := e.Server(withMutualTLS(c))
	var cert, roots atomic.Int32
	nc := connect(e, s.URL(), watched(e, quick(nats.ClientTLSConfig(
		func() (tls.Certificate, error) { cert.Add(1); return c.Client, nil },
		func() (*x509.CertPool, error) { roots.Add(1); return c.Pool, nil },
	))...)...)
	once := cert.Load() >= 1 && roots.Load() >= 1
	asked := cert.Load()
	reconnectTwice(e, s)
	e.Log("asked at connect %v, asked again at each reconnect %v", once, cert.Load() >= asked+2 && roots.Load() >= 3)
	nc.Close()
	e.Await("callbacks", "closed", 1)
	plain := e.Server(withTLS(c))
	attempt(e, "roots only", plain.URL(), nats.ClientTLSConfig(nil, func() (*x509.CertPool, error) { return c.Pool, nil }))
}

func tlsCallbacksFail(e *env.Env) {
	c := certs(e)
	s := e.Server(withMutualTLS(c))
	attempt(e, "certificate fails", s.URL(), nats.ClientTLSConfig(
		func() (tls.Certificate, error) { return tls.Certificate{}, fmt.Errorf("no certificate today") },
		func() (*x509.CertPool, error) { return c.Pool, nil }))
	attempt(e, "roots fail", s.URL(), nats.ClientTLSConfig(
		func() (tls.Certificate, error) { return c.Client, nil },
		func() (*x509.CertPool, error) { return nil, fmt.Errorf("no roots today") }))
}

func tlsFirst(e *env.Env) {
	c := certs(e)
	s := e.Server(withTLS(c), func(o *server.Options) { o.TLSHandshakeFirst = true })
	attempt(e, "both first", s.URL(), nats.RootCAs(c.CAFile), nats.TLSHandshakeFirst())
	attempt(e, "without secure", s.URL(), nats.TLSHandshakeFirst())
	attempt(e, "first by scheme", s.URLFor("tls", ""), nats.RootCAs(c.CAFile), nats.TLSHandshakeFirst())
	nc, err := nats.Connect(s.URL(), nats.RootCAs(c.CAFile), nats.Timeout(300*time.Millisecond))
	e.Log("only the server: refused %v", nc == nil && err != nil)
	later := e.Server(withTLS(c))
	nc, err = nats.Connect(later.URL(), nats.RootCAs(c.CAFile), nats.TLSHandshakeFirst())
	e.Log("only the client: refused %v", nc == nil && err != nil)
	e.Err("only the client", err)
}

func tlsRequired(e *env.Env) {
	c := certs(e)
	s := e.Server(withTLS(c))
	attempt(e, "knows nothing", s.URL())
	nc := connect(e, s.URL(), nats.Secure(c.ClientConfig()))
	e.Log("required %v", nc.TLSRequired())
	_, err := nc.TLSConnectionState()
	e.Err("state", err)
}

func tlsOptional(e *env.Env) {
	c := certs(e)
	s := e.Server(withTLS(c), func(o *server.Options) { o.AllowNonTLS = true })
	nc := connect(e, s.URL())
	e.Log("required %v", nc.TLSRequired())
	_, err := nc.TLSConnectionState()
	e.Err("plain", err)
	nc = connect(e, s.URL(), nats.RootCAs(c.CAFile))
	_, err = nc.TLSConnectionState()
	e.Err("with roots", err)
	nc = connect(e, s.URL(), nats.Secure(c.ClientConfig()))
	_, err = nc.TLSConnectionState()
	e.Err("secure", err)
}

func tlsScheme(e *env.Env) {
	c := certs(e)
	s := e.Server(withTLS(c))
	attempt(e, "unknown authority", s.URLFor("tls", ""))
	attempt(e, "with roots", s.URLFor("tls", ""), nats.RootCAs(c.CAFile))
	plain := e.Server()
	attempt(e, "plain server", plain.URLFor("tls", ""))
	attempt(e, "plain server among two", plain.URL()+","+s.URLFor("tls", ""), nats.RootCAs(c.CAFile), nats.DontRandomize())
	nc, err := nats.Connect(plain.URL()+","+s.URLFor("tls", ""), nats.Secure(c.ClientConfig()), nats.DontRandomize())
	e.Err("secure, one of two has tls", err)
	if nc != nil {
		e.Log("at %s", nc.ConnectedServerName())
		nc.Close()
	}
}

func tlsNames(e *env.Env) {
	c := certs(e)
	other := c.Issue("other", "other.example")
	s := e.Server(func(o *server.Options) {
		o.TLSConfig = &tls.Config{Certificates: []tls.Certificate{other}}
		o.TLSTimeout = 5
	})
	attempt(e, "wrong name", s.URL(), nats.RootCAs(c.CAFile))
	attempt(e, "server name given", s.URL(), nats.Secure(&tls.Config{RootCAs: c.Pool, ServerName: "other.example"}))
	attempt(e, "other server name given", s.URL(), nats.Secure(&tls.Config{RootCAs: c.Pool, ServerName: "third.example"}))
	good := e.Server(withTLS(c))
	attempt(e, "by name", "nats://localhost"+good.Addr()[len("127.0.0.1"):], nats.RootCAs(c.CAFile))
}

func tlsExpired(e *env.Env) {
	c := certs(e)
	old := c.IssueExpired("old", "127.0.0.1", "localhost")
	s := e.Server(func(o *server.Options) {
		o.TLSConfig = &tls.Config{Certificates: []tls.Certificate{old}}
		o.TLSTimeout = 5
	})
	attempt(e, "expired", s.URL(), nats.RootCAs(c.CAFile))
}

func tlsState(e *env.Env) {
	c := certs(e)
	s := e.Server(withMutualTLS(c))
	nc := connect(e, s.URL(), watched(e, quick(nats.Secure(c.ClientConfig()))...)...)
	state, err := nc.TLSConnectionState()
	e.Err("state", err)
	e.Log("handshake %v, version %v, peers %d", state.HandshakeComplete, tls.VersionName(state.Version), len(state.PeerCertificates))
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(nc.Publish("a", []byte("secret")))
	next(e, sub)
	s.CutClients()
	e.Await("callbacks", "reconnected", 1)
	e.Must(nc.Publish("a", []byte("again")))
	next(e, sub)
	_, err = nc.TLSConnectionState()
	e.Err("state", err)
	look := s.Client()
	e.Log("server: %v", look.TLSVersion)
}

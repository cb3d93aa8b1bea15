package natstest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
)

func TestCertsHandshake(t *testing.T) {
	certs := NewCerts(t)
	for name, cfg := range map[string]Config{
		"after INFO":  {TLS: certs.ServerConfig()},
		"before INFO": {TLS: certs.MutualConfig(), TLSFirst: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg.Network, cfg.Addr = NewNetwork(t), "127.0.0.1:4222"
				s := NewServer(t, cfg)
				if s.URL() != "tls://127.0.0.1:4222" {
					t.Errorf("URL %s", s.URL())
				}
				p := dialServer(t, s, cfg.Network)
				if !cfg.TLSFirst {
					p.hear("INFO {…")
				}
				tc := tls.Client(p.c, certs.ClientConfig())
				p.c = tc
				p.r.Reset(tc)
				if err := tc.Handshake(); err != nil {
					t.Fatal(err)
				}
				if cfg.TLSFirst {
					p.hear("INFO {…")
				}
				p.say("CONNECT {}", "PING")
				p.hear("PONG")
				if !s.Last().TLS() {
					t.Error("the server doesn't know that there is TLS")
				}
			})
		})
	}
}

func TestStallTLS(t *testing.T) {
	certs := NewCerts(t)
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(t)
		s := NewServer(t, Config{Network: n, Addr: "a:1", TLS: certs.ServerConfig(), Behave: Always(Behavior{StallTLS: true})})
		p := dialServer(t, s, n)
		p.hear("INFO {…")
		var ne net.Error
		if err := tls.Client(p.c, certs.ClientConfig()).Handshake(); !errors.As(err, &ne) || !ne.Timeout() {
			t.Errorf("handshake: %v, want a time-out", err)
		}
	})
}

func TestCertsAreChecked(t *testing.T) {
	certs := NewCerts(t)
	for name, cert := range map[string]tls.Certificate{
		"other host":      certs.Issue("x", "example.org"),
		"expired":         certs.IssueExpired("x", "localhost"),
		"other authority": NewCerts(t).Server,
	} {
		_, err := cert.Leaf.Verify(x509.VerifyOptions{DNSName: "localhost", Roots: certs.Pool})
		if err == nil {
			t.Errorf("%s: certificate is good", name)
		}
	}
	if _, err := certs.Server.Leaf.Verify(x509.VerifyOptions{DNSName: "127.0.0.1", Roots: certs.Pool}); err != nil {
		t.Error(err)
	}
}

func TestCertFiles(t *testing.T) {
	certs := NewCerts(t)
	for _, files := range [][2]string{{certs.ServerCertFile, certs.ServerKeyFile}, {certs.ClientCertFile, certs.ClientKeyFile}} {
		if _, err := tls.LoadX509KeyPair(files[0], files[1]); err != nil {
			t.Error(err)
		}
	}
	b, err := os.ReadFile(certs.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(b) {
		t.Error("no certificate in the authority's file")
	}
}

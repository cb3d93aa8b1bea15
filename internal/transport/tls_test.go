package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/natstest"
)

// tlsPair makes a link on a network in memory.
func tlsPair(t *testing.T) (link *natstest.Link, client, server net.Conn) {
	t.Helper()
	n := natstest.NewNetwork(t)
	ln, err := n.Listen("10.0.0.1:4222")
	if err != nil {
		t.Fatal(err)
	}
	if client, err = n.Dial("tcp", "10.0.0.1:4222"); err != nil {
		t.Fatal(err)
	}
	if server, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	return n.Links("10.0.0.1:4222")[0], client, server
}

// upgraded is tlsPair with TLS on it; the server echoes.
func upgraded(t *testing.T) (*natstest.Link, *tls.Conn) {
	t.Helper()
	certs := natstest.NewCerts(t)
	link, client, server := tlsPair(t)
	go copyBack(tls.Server(server, certs.ServerConfig()))
	tc, err := Upgrade(t.Context(), client, certs.ClientConfig())
	if err != nil {
		t.Fatal(err)
	}
	return link, tc
}

func TestUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := upgraded(t)
		works(t, c)
		if state, ok := TLSState(c); !ok || !state.HandshakeComplete {
			t.Error("no TLS state")
		}
		if _, ok := TLSState(c.NetConn()); ok {
			t.Error("TLS state of a plain connection")
		}
		if err := Close(c); err != nil {
			t.Error(err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read after the close: %v", err)
		}
	})
}

func TestUpgradeOutlivesItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		certs := natstest.NewCerts(t)
		_, client, server := tlsPair(t)
		go copyBack(tls.Server(server, certs.ServerConfig()))
		ctx, cancel := context.WithCancel(t.Context())
		c, err := Upgrade(ctx, client, certs.ClientConfig())
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		works(t, c)
		_ = Close(c)
	})
}

func TestUpgradeStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client, server := tlsPair(t)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		_, err := Upgrade(ctx, client, &tls.Config{ServerName: "localhost"})
		timedOut(t, err)
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("took %v", d)
		}
		if !strings.HasPrefix(err.Error(), "TLS handshake with 10.0.0.1:4222: ") {
			t.Errorf("error says %q", err)
		}
		if _, err := io.Copy(io.Discard, server); err != nil { // EOF: it was closed
			t.Error(err)
		}
	})
}

func TestUpgradeChecksTheCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		certs := natstest.NewCerts(t)
		_, client, server := tlsPair(t)
		go copyBack(tls.Server(server, certs.ServerConfig()))
		cfg := certs.ClientConfig()
		cfg.ServerName = "elsewhere.test"
		_, err := Upgrade(t.Context(), client, cfg)
		var ve *tls.CertificateVerificationError
		if !errors.As(err, &ve) {
			t.Errorf("got %v", err)
		}
		if _, err := client.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the connection isn't closed: %v", err)
		}
	})
}

// Close doesn't wait for a peer that has stopped reading.
func TestCloseOfStalledTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := upgraded(t)
		link.Stall(natstest.Both)
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := c.Write(make([]byte, 1<<20)); err == nil {
			t.Fatal("a write of more than the buffer went through")
		}
		start := time.Now()
		_ = Close(c)
		if d := time.Since(start); d > goodbye {
			t.Errorf("took %v", d)
		}
	})
}

// Nor for a write that is under way.
func TestCloseDuringWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := upgraded(t)
		link.Stall(natstest.Both)
		done := make(chan error, 1)
		go func() { _, err := c.Write(make([]byte, 1<<20)); done <- err }()
		synctest.Wait()
		start := time.Now()
		_ = Close(c)
		if err := <-done; err == nil {
			t.Error("the write succeeded")
		}
		if d := time.Since(start); d > goodbye {
			t.Errorf("took %v", d)
		}
	})
}

func TestSurvivesWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := upgraded(t)
		link.Stall(natstest.Both)
		for _, tc := range []struct {
			c    net.Conn
			want bool
		}{{c, false}, {c.NetConn(), true}} {
			if got := SurvivesWriteTimeout(tc.c); got != tc.want {
				t.Errorf("%T: %t", tc.c, got)
			}
			_ = tc.c.SetWriteDeadline(time.Now().Add(time.Second))
			if _, err := tc.c.Write(make([]byte, 1<<20)); err == nil {
				t.Fatal("a write of more than the buffer went through")
			}
			_ = tc.c.SetWriteDeadline(time.Time{})
			if tc.want {
				link.Heal()
			}
			_, err := tc.c.Write([]byte("x"))
			if got := err == nil; got != tc.want {
				t.Errorf("%T: the next write: %v", tc.c, err)
			}
		}
		_ = Close(c)
	})
}

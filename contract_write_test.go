package nats_test

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// fill gets the connection's writer stuck in a socket that takes nothing more.
func fill(t *testing.T, n *natstest.Network, nc *nats.Conn) (msgs int) {
	t.Helper()
	n.Stall(addrA, natstest.ToServer)
	for range 20 {
		must(t, nc.Publish("a", make([]byte, 10_000)))
	}
	return 20
}

func TestFlusherTimeoutIsReportedAndTheWriteGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.FlusherTimeout(2*time.Second), nats.PingInterval(0))...)
		msgs := fill(t, n, nc)
		begin := time.Now()
		h := r.wait(t, "error", 1)
		if d := h.at.Sub(begin); !errors.Is(h.err, os.ErrDeadlineExceeded) || d < 2*time.Second || d > 2500*time.Millisecond {
			t.Errorf("%v after %v", h.err, d)
		}
		r.wait(t, "error", 2)
		n.Heal(addrA)
		must(t, nc.Flush())
		if got := len(payloads("a", s)); got != msgs || r.count("disconnected") != 0 {
			t.Errorf("%d of %d arrived, %d disconnects", got, msgs, r.count("disconnected"))
		}
	})
}

func TestReconnectOnFlusherError(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.FlusherTimeout(2*time.Second), nats.PingInterval(0),
			nats.ReconnectOnFlusherError())...)
		fill(t, n, nc)
		r.wait(t, "disconnected", 1)
		n.Heal(addrA)
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
	})
}

// TLS can't go on after a write that was cut short.
func TestFlusherTimeoutReconnectsWithTLS(t *testing.T) {
	certs := natstest.NewCerts(t)
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA, func(cfg *natstest.Config) { cfg.TLS = certs.ServerConfig() })
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.Secure(certs.ClientConfig()),
			nats.FlusherTimeout(2*time.Second), nats.PingInterval(0))...)
		fill(t, n, nc)
		r.wait(t, "disconnected", 1)
		n.Heal(addrA)
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
	})
}

// A link so slow that one write takes many seconds is neither stalled nor stale.
func TestSlowLinkIsNotTakenForAStalledOne(t *testing.T) {
	certs := natstest.NewCerts(t)
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				n.SetBuffer(4 << 10)
				s := memServer(t, n, addrA, func(cfg *natstest.Config) {
					if secure {
						cfg.TLS = certs.ServerConfig()
					}
				}, behaving(natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
					if op.Kind == "PUB" {
						time.Sleep(25 * time.Millisecond) // of virtual time: 40 kB/s
					}
					return op.Kind == "PUB"
				}})))
				var r recorder
				nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.Secure(certs.ClientConfig()), plainUnless(secure),
					nats.StaleAfter(10*time.Second), nats.FlusherTimeout(5*time.Second), nats.ReconnectBufSize(300_000))...)
				const total = 2000
				for range total { // the default policy: waits as long as the socket moves
					must(t, nc.Publish("a", make([]byte, 1000)))
				}
				must(t, nc.FlushTimeout(time.Hour))
				if got := len(payloads("a", s)); got != total || r.count("disconnected") != 0 || r.count("error") != 0 {
					t.Errorf("%d of %d arrived, %d disconnects, errors %v", got, total, r.count("disconnected"), r.of("error"))
				}
				synctest.Wait()
			})
		})
	}
}

func plainUnless(secure bool) nats.Option {
	return func(o *nats.Options) error {
		o.Secure = secure
		return nil
	}
}

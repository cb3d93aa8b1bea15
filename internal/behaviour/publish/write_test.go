package publish_test

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// fill gets the connection's writer stuck in a socket that takes nothing more.
func fill(t *testing.T, n *natstest.Network, nc *nats.Conn) (msgs int) {
	t.Helper()
	n.Stall(AddrA, natstest.ToServer)
	for range 20 {
		Must(t, nc.Publish("a", make([]byte, 10_000)))
	}
	return 20
}

func TestFlusherTimeoutIsReportedAndTheWriteGoesOn(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.FlusherTimeout(2*time.Second), nats.PingInterval(0))...)
		msgs := fill(t, n, nc)
		begin := time.Now()
		h := r.Wait(t, "error", 1)
		if d := h.At.Sub(begin); !errors.Is(h.Err, os.ErrDeadlineExceeded) || d < 2*time.Second || d > 2500*time.Millisecond {
			t.Errorf("%v after %v", h.Err, d)
		}
		r.Wait(t, "error", 2)
		n.Heal(AddrA)
		Must(t, nc.Flush())
		if got := len(Payloads("a", s)); got != msgs || r.Count("disconnected") != 0 {
			t.Errorf("%d of %d arrived, %d disconnects", got, msgs, r.Count("disconnected"))
		}
	})
}

func TestReconnectOnFlusherError(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.FlusherTimeout(2*time.Second), nats.PingInterval(0),
			nats.ReconnectOnFlusherError())...)
		fill(t, n, nc)
		r.Wait(t, "disconnected", 1)
		n.Heal(AddrA)
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
	})
}

// TLS can't go on after a write that was cut short.
func TestFlusherTimeoutReconnectsWithTLS(t *testing.T) {
	certs := natstest.NewCerts(t)
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.TLS = certs.ServerConfig() })
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.Secure(certs.ClientConfig()),
			nats.FlusherTimeout(2*time.Second), nats.PingInterval(0))...)
		fill(t, n, nc)
		r.Wait(t, "disconnected", 1)
		n.Heal(AddrA)
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
	})
}

// A link so slow that one write takes many seconds is neither stalled nor stale.
func TestSlowLinkIsNotTakenForAStalledOne(t *testing.T) {
	certs := natstest.NewCerts(t)
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				n.SetBuffer(4 << 10)
				s := MemServer(t, n, AddrA, func(cfg *natstest.Config) {
					if secure {
						cfg.TLS = certs.ServerConfig()
					}
				}, Behaving(natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
					if op.Kind == "PUB" {
						time.Sleep(25 * time.Millisecond) // of virtual time: 40 kB/s
					}
					return op.Kind == "PUB"
				}})))
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.Secure(certs.ClientConfig()), PlainUnless(secure),
					nats.StaleAfter(10*time.Second), nats.FlusherTimeout(5*time.Second), nats.ReconnectBufSize(300_000))...)
				const total = 2000
				for range total { // the default policy: waits as long as the socket moves
					Must(t, nc.Publish("a", make([]byte, 1000)))
				}
				Must(t, nc.FlushTimeout(time.Hour))
				if got := len(Payloads("a", s)); got != total || r.Count("disconnected") != 0 || r.Count("error") != 0 {
					t.Errorf("%d of %d arrived, %d disconnects, errors %v", got, total, r.Count("disconnected"), r.Of("error"))
				}
				synctest.Wait()
			})
		})
	}
}

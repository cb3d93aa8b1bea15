package reconnect_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A program that makes its connection reconnect again and again, under load and
// without AtLeastOnce, loses nothing of what it publishes, and all arrives in order.
func TestForceReconnectLosesNothing(t *testing.T) {
	certs := natstest.NewCerts(t)
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			cfg := natstest.Config{}
			if secure {
				cfg.TLS = certs.ServerConfig()
			}
			var mu sync.Mutex
			var got []string
			cfg.Behave = natstest.Always(natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
				if op.Kind == "PUB" {
					mu.Lock()
					got = append(got, op.Payload)
					mu.Unlock()
				}
				return false
			}})
			s := natstest.NewServer(t, cfg)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.MaxReconnects(-1), nats.Secure(certs.ClientConfig()), PlainUnless(secure),
				nats.OutboundFull(nats.WaitForRoom), nats.ReconnectBufSize(256<<10))...)
			_, err := nc.Subscribe("a", func(*nats.Msg) {})
			Must(t, err)
			var stop atomic.Bool
			sent := make(chan int)
			go func() {
				n := 0
				for ; !stop.Load(); n++ {
					if err := nc.Publish("a", fmt.Appendf(nil, "%01000d", n)); err != nil {
						t.Errorf("Publish: %v", err)
						break
					}
				}
				sent <- n
			}()
			for i := range 25 {
				Must(t, nc.ForceReconnect())
				r.WaitIn(t, 30*time.Second, "reconnected", i+1)
			}
			stop.Store(true)
			n := <-sent
			Must(t, nc.Flush())
			mu.Lock()
			defer mu.Unlock()
			if r.InDoubt() != 0 || len(got) != n {
				t.Errorf("%d of %d arrived, %d in doubt", len(got), n, r.InDoubt())
			}
			for i, p := range got {
				if want := fmt.Sprintf("%01000d", i); p != want {
					t.Fatalf("%s arrived in place of %s", p[980:], want[980:])
				}
			}
		})
	}
}

// A link that is dead doesn't hold up a voluntary reconnect, nor the one who asks.
func TestForceReconnectLeavesADeadLinkSoon(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		n.Links(AddrA)[0].BlackHole(natstest.Both)
		Must(t, nc.Publish("a", nil))
		begin := time.Now()
		Must(t, nc.ForceReconnect())
		Must(t, nc.ForceReconnect())
		if d := time.Since(begin); d != 0 {
			t.Errorf("the call took %v", d)
		}
		r.Wait(t, "reconnected", 1)
		if d := time.Since(begin); d > 600*time.Millisecond {
			t.Errorf("reconnected after %v", d)
		}
	})
}

// Close right after ForceReconnect still lets the server have what is queued, or
// reports it when it comes between two connections.
func TestCloseAfterForceReconnectLosesNothing(t *testing.T) {
	for range 20 {
		s := natstest.NewServer(t, natstest.Config{})
		var r Recorder
		nc := Connect(t, s.URL(), r.Options()...)
		PublishNumbers(t, nc, "a", 0, 500)
		Must(t, nc.ForceReconnect())
		Must(t, nc.Flush())
		PublishNumbers(t, nc, "a", 500, 500)
		nc.Close()
		Until(t, "all messages", func() bool { return len(Payloads("a", s))+r.Dropped() == 1000 })
	}
}

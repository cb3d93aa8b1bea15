package reconnect_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A healthy link that needs many times StaleAfter for one message, which the socket
// takes at once, is neither given up nor held against the message.
func TestSlowLinkCarriesALargeMessage(t *testing.T) {
	certs := natstest.NewCerts(t)
	for name, options := range map[string][]nats.Option{
		"StaleAfter":     {nats.StaleAfter(3 * time.Second)},
		"PingInterval":   {nats.PingInterval(time.Second), nats.MaxPingsOutstanding(1)},
		"FlusherTimeout": {nats.FlusherTimeout(2 * time.Second), nats.ReconnectOnFlusherError()},
		"TLS":            {nats.StaleAfter(3 * time.Second), nats.FlusherTimeout(2 * time.Second), nats.Secure(certs.ClientConfig())},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := natstest.Config{}
			if name == "TLS" {
				cfg.TLS = certs.ServerConfig()
			}
			s := natstest.NewServer(t, cfg)
			p := natstest.NewProxy(t, s.Addr())
			p.Receive(32 << 10)
			p.Slow(natstest.ToServer, 100<<10)
			var r Recorder
			nc := Connect(t, p.URL(), r.Options(append(options, nats.MaxReconnects(-1), nats.AtLeastOnce())...)...)
			Must(t, nc.Publish("large", make([]byte, 1000<<10)))
			Must(t, nc.Publish("next", nil))
			Must(t, nc.FlushTimeout(time.Minute))
			if n := len(Payloads("large", s)); n != 1 || r.Count("disconnected") != 0 || r.Dropped() != 0 || r.Count("error") != 0 {
				t.Errorf("%d arrived, %d dropped", n, r.Dropped())
				for _, h := range slices.Concat(r.Of("disconnected"), r.Of("error")) {
					t.Error(h.Kind, h.Err)
				}
			}
		})
	}
}

// Where a buffer on the way hides it, or the system doesn't say what the peer has
// acknowledged, the answer to a PING may take as long as what was written before it
// needs at a slow pace. A server that is known to take more is found out in time.
func TestStaleAfterWaitsForWhatWasWritten(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		n.SetBuffer(4 << 20)
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
			nats.StaleAfter(10*time.Second), nats.AtLeastOnce())...)
		n.Delay(AddrA, natstest.ToServer, 33*time.Second)
		Must(t, nc.Publish("a", make([]byte, 1000<<10)))
		synctest.Wait() // the socket has taken it
		n.Delay(AddrA, natstest.ToServer, 0)
		Must(t, nc.FlushTimeout(time.Hour))
		if r.Count("disconnected") != 0 || r.Dropped() != 0 {
			t.Errorf("disconnected %v, %d dropped", r.Of("disconnected"), r.Dropped())
		}
	})
}

// A connection that the client gave up by itself is no evidence against a message:
// not one that was stale, nor one that a program made it leave.
func TestWhatTheClientGaveUpConvictsNoMessage(t *testing.T) {
	for name, give := range map[string]func(nc *nats.Conn){
		"stale":          func(*nats.Conn) {},
		"ForceReconnect": func(nc *nats.Conn) { _ = nc.ForceReconnect() },
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				// A server that answers until it gets the message, six times.
				s := MemServer(t, n, AddrA, Behaving(func(c *natstest.Conn) natstest.Behavior {
					return natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
						if op.Subject == "a" && c.ID() <= 6 {
							c.Update(Mute)
						}
						return false
					}}
				}))
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond),
					nats.StaleAfter(2*time.Second), nats.AtLeastOnce())...)
				Must(t, nc.Publish("a", nil))
				for i := range 6 {
					for len(s.Conns()) <= i {
						time.Sleep(time.Millisecond)
					}
					s.Conns()[i].WaitOp("PUB", 1)
					give(nc)
					r.Wait(t, "reconnected", i+1)
				}
				Must(t, nc.FlushTimeout(time.Hour))
				if r.Dropped() != 0 {
					t.Errorf("dropped: %v", r.Of("dropped")[0].Err)
				}
			})
		})
	}
}

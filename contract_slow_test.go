package nats_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
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
			var r recorder
			nc := connect(t, p.URL(), r.options(append(options, nats.MaxReconnects(-1), nats.AtLeastOnce())...)...)
			must(t, nc.Publish("large", make([]byte, 1000<<10)))
			must(t, nc.Publish("next", nil))
			must(t, nc.FlushTimeout(time.Minute))
			if n := len(payloads("large", s)); n != 1 || r.count("disconnected") != 0 || r.dropped() != 0 || r.count("error") != 0 {
				t.Errorf("%d arrived, %d dropped", n, r.dropped())
				for _, h := range slices.Concat(r.of("disconnected"), r.of("error")) {
					t.Error(h.kind, h.err)
				}
			}
		})
	}
}

// Where a buffer on the way hides it, or the system doesn't say what the peer has
// acknowledged, the answer to a PING may take as long as what was written before it
// needs at a slow pace. A server that is known to take more is found out in time.
func TestStaleAfterWaitsForWhatWasWritten(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		n.SetBuffer(4 << 20)
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
			nats.StaleAfter(10*time.Second), nats.AtLeastOnce())...)
		n.Delay(addrA, natstest.ToServer, 33*time.Second)
		must(t, nc.Publish("a", make([]byte, 1000<<10)))
		synctest.Wait() // the socket has taken it
		n.Delay(addrA, natstest.ToServer, 0)
		must(t, nc.FlushTimeout(time.Hour))
		if r.count("disconnected") != 0 || r.dropped() != 0 {
			t.Errorf("disconnected %v, %d dropped", r.of("disconnected"), r.dropped())
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
			bubble(t, func(t *testing.T, n *natstest.Network) {
				// A server that answers until it gets the message, six times.
				s := memServer(t, n, addrA, behaving(func(c *natstest.Conn) natstest.Behavior {
					return natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
						if op.Subject == "a" && c.ID() <= 6 {
							c.Update(mute)
						}
						return false
					}}
				}))
				var r recorder
				nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond),
					nats.StaleAfter(2*time.Second), nats.AtLeastOnce())...)
				must(t, nc.Publish("a", nil))
				for i := range 6 {
					for len(s.Conns()) <= i {
						time.Sleep(time.Millisecond)
					}
					s.Conns()[i].WaitOp("PUB", 1)
					give(nc)
					r.wait(t, "reconnected", i+1)
				}
				must(t, nc.FlushTimeout(time.Hour))
				if r.dropped() != 0 {
					t.Errorf("dropped: %v", r.of("dropped")[0].err)
				}
			})
		})
	}
}

package nats_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// callsThatNeverWait are what a program may do at any moment.

func callsThatNeverWait(t *testing.T, nc *nats.Conn) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := nc.Publish("a", []byte("x")); err != nil {
			t.Errorf("Publish: %v", err)
		}
		sub, err := nc.SubscribeSync("b")
		if err != nil {
			t.Errorf("Subscribe: %v", err)
			return
		}
		if err := sub.AutoUnsubscribe(5); err != nil {
			t.Errorf("AutoUnsubscribe: %v", err)
		}
		if err := sub.Unsubscribe(); err != nil {
			t.Errorf("Unsubscribe: %v", err)
		}
		nc.Status()
		nc.IsConnected()
		nc.IsReconnecting()
		nc.IsClosed()
		nc.Stats()
		nc.LastError()
		nc.Servers()
		nc.DiscoveredServers()
		nc.ServerPool()
		nc.ConnectedUrl()
		nc.ConnectedAddr()
		nc.ConnectedServerId()
		nc.MaxPayload()
		nc.HeadersSupported()
		nc.NumSubscriptions()
		if _, err := nc.Buffered(); err != nil {
			t.Errorf("Buffered: %v", err)
		}
		nc.RemoveStatusListener(nc.StatusChanged())
		if err := nc.SetServerPool(nc.Servers()); err != nil {
			t.Errorf("SetServerPool: %v", err)
		}
	}()
	ended(t, "calls that must not wait", done)
}

// closes closes a connection and fails if that waits for anything but a moment.

func closes(t *testing.T, nc *nats.Conn) {
	t.Helper()
	done := make(chan struct{})
	go func() { nc.Close(); close(done) }()
	ended(t, "Close", done)
}

// Real sockets: the dial is held open until the calls have been made.

func TestNoCallWaitsForADial(t *testing.T) {
	certs := natstest.NewCerts(t)
	for name, stuck := range map[string]struct {
		behavior natstest.Behavior
		tls      bool
	}{
		"silent server": {natstest.Behavior{NoInfo: true}, false},
		"no TLS answer": {natstest.Behavior{StallTLS: true}, true},
		"no PONG":       {natstest.Behavior{NoPong: true}, false},
		"deaf server":   {natstest.Behavior{Deaf: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := natstest.Config{}
			opts := quick(nats.Timeout(time.Hour))
			if stuck.tls {
				cfg.TLS = certs.ServerConfig()
				opts = append(opts, nats.Secure(certs.ClientConfig()))
			}
			s := natstest.NewServer(t, cfg)
			nc := connect(t, s.URL(), opts...)
			s.Behave(natstest.Always(stuck.behavior))
			s.Last().HangUp()
			c := s.WaitAccepted(2)
			callsThatNeverWait(t, nc)
			if !c.Open() || nc.IsConnected() {
				t.Fatal("the dial was over before the calls were")
			}
			closes(t, nc)
			if !stuck.behavior.Deaf { // which never learns of it
				c.WaitClosed()
			}
		})
	}
}

// A dead-silent server in the pool holds up nobody while the live one is looked
// for. The time is virtual, so that a call that waits for anything shows, and a
// busy machine doesn't.
func TestNoCallWaitsWhileALiveServerIsLookedFor(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		const limit = 5 * time.Millisecond
		live := memServer(t, n, addrB)
		silent := memServer(t, n, addrA, behaving(natstest.Always(natstest.Behavior{NoInfo: true})))
		var r recorder
		nc := connect(t, live.URL()+","+silent.URL(), r.options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		live.Last().HangUp()
		r.wait(t, "disconnected", 1)
		longest, calls := time.Duration(0), 0
		for ; !nc.IsConnected() && calls < 10_000; calls++ {
			begin := time.Now()
			must(t, nc.Publish("a", []byte("x")))
			nc.Status()
			longest = max(longest, time.Since(begin))
			time.Sleep(time.Millisecond) // of virtual time
		}
		if longest > limit {
			t.Errorf("a call took %v, want %v at most", longest, limit)
		}
		if calls < 100 || nc.ConnectedAddr() != addrB {
			t.Errorf("%d calls before it was connected to %q: the silent server wasn't in the way", calls, nc.ConnectedAddr())
		}
		must(t, nc.Flush())
	})
}

// A dialer that ignores contexts and never returns until it is let go.

func TestNoCallWaitsForADialerThatHangs(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n.PlainDialer()), nats.Timeout(time.Hour), nats.MaxReconnects(-1))...)
		n.HangDial(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		synctest.Wait()
		begin := time.Now()
		callsThatNeverWait(t, nc)
		closes(t, nc)
		r.wait(t, "closed", 1)
		if d := time.Since(begin); d > 20*time.Millisecond {
			t.Errorf("the calls took %v", d)
		}
		n.Heal(addrA)
	})
}

func TestNoCallWaitsForAStalledWrite(t *testing.T) {
	certs := natstest.NewCerts(t)
	for name, set := range map[string]func(cfg *natstest.Config){
		"plain": func(*natstest.Config) {},
		"TLS":   func(cfg *natstest.Config) { cfg.TLS = certs.ServerConfig() },
		"ws":    func(cfg *natstest.Config) { cfg.WebSocket = true },
		"wss":   func(cfg *natstest.Config) { cfg.WebSocket, cfg.TLS = true, certs.ServerConfig() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				s := memServer(t, n, addrA, set)
				var r recorder
				opts := r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectOnFlusherError(), nats.FlusherTimeout(time.Minute))
				opts = append(opts, func(o *nats.Options) error { o.TLSConfig = certs.ClientConfig(); return nil })
				nc := connect(t, s.URL(), opts...)
				// A link that is given up while a write is stuck, and one that is closed.
				for i := 1; i <= 2; i++ {
					n.Stall(addrA, natstest.ToServer)
					for range 20 { // more than the link takes
						must(t, nc.Publish("a", make([]byte, 10_000)))
					}
					synctest.Wait()
					if left, _ := nc.Buffered(); left == 0 {
						t.Fatal("nothing is stuck")
					}
					begin := time.Now()
					callsThatNeverWait(t, nc)
					if i == 1 {
						must(t, nc.ForceReconnect())
					} else {
						closes(t, nc)
					}
					if d := time.Since(begin); d > 20*time.Millisecond {
						t.Errorf("the calls took %v", d)
					}
					n.Heal(addrA)
					if i == 1 {
						r.wait(t, "reconnected", 1)
						must(t, nc.Flush())
					}
				}
				r.wait(t, "closed", 1)
			})
		})
	}
}

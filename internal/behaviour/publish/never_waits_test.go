package publish_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// closes closes a connection and fails if that waits for anything but a moment.
func closes(t *testing.T, nc *nats.Conn) {
	t.Helper()
	done := make(chan struct{})
	go func() { nc.Close(); close(done) }()
	Ended(t, "Close", done)
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
			opts := Quick(nats.Timeout(time.Hour))
			if stuck.tls {
				cfg.TLS = certs.ServerConfig()
				opts = append(opts, nats.Secure(certs.ClientConfig()))
			}
			s := natstest.NewServer(t, cfg)
			nc := Connect(t, s.URL(), opts...)
			s.Behave(natstest.Always(stuck.behavior))
			s.Last().HangUp()
			c := s.WaitAccepted(2)
			CallsThatNeverWait(t, nc)
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
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		const limit = 5 * time.Millisecond
		live := MemServer(t, n, AddrB)
		silent := MemServer(t, n, AddrA, Behaving(natstest.Always(natstest.Behavior{NoInfo: true})))
		var r Recorder
		nc := Connect(t, live.URL()+","+silent.URL(), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		live.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		longest, calls := time.Duration(0), 0
		for ; !nc.IsConnected() && calls < 10_000; calls++ {
			begin := time.Now()
			Must(t, nc.Publish("a", []byte("x")))
			nc.Status()
			longest = max(longest, time.Since(begin))
			time.Sleep(time.Millisecond) // of virtual time
		}
		if longest > limit {
			t.Errorf("a call took %v, want %v at most", longest, limit)
		}
		if calls < 100 || nc.ConnectedAddr() != AddrB {
			t.Errorf("%d calls before it was connected to %q: the silent server wasn't in the way", calls, nc.ConnectedAddr())
		}
		Must(t, nc.Flush())
	})
}

// A dialer that ignores contexts and never returns until it is let go.
func TestNoCallWaitsForADialerThatHangs(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n.PlainDialer()), nats.Timeout(time.Hour), nats.MaxReconnects(-1))...)
		n.HangDial(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		synctest.Wait()
		begin := time.Now()
		CallsThatNeverWait(t, nc)
		closes(t, nc)
		r.Wait(t, "closed", 1)
		if d := time.Since(begin); d > 20*time.Millisecond {
			t.Errorf("the calls took %v", d)
		}
		n.Heal(AddrA)
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
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA, set)
				var r Recorder
				opts := r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectOnFlusherError(), nats.FlusherTimeout(time.Minute))
				opts = append(opts, func(o *nats.Options) error { o.TLSConfig = certs.ClientConfig(); return nil })
				nc := Connect(t, s.URL(), opts...)
				// A link that is given up while a write is stuck, and one that is closed.
				for i := 1; i <= 2; i++ {
					n.Stall(AddrA, natstest.ToServer)
					for range 20 { // more than the link takes
						Must(t, nc.Publish("a", make([]byte, 10_000)))
					}
					synctest.Wait()
					if left, _ := nc.Buffered(); left == 0 {
						t.Fatal("nothing is stuck")
					}
					begin := time.Now()
					CallsThatNeverWait(t, nc)
					if i == 1 {
						Must(t, nc.ForceReconnect())
					} else {
						closes(t, nc)
					}
					if d := time.Since(begin); d > 20*time.Millisecond {
						t.Errorf("the calls took %v", d)
					}
					n.Heal(AddrA)
					if i == 1 {
						r.Wait(t, "reconnected", 1)
						Must(t, nc.Flush())
					}
				}
				r.Wait(t, "closed", 1)
			})
		})
	}
}

package reconnect_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// hangingUp is a server that completes each handshake and then hangs up.
func hangingUp(*natstest.Conn) natstest.Behavior {
	return natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
		if op.Kind != "PING" {
			return false
		}
		c.Send("PONG\r\n")
		time.AfterFunc(time.Millisecond, c.HangUp)
		return true
	}}
}

// trio is three servers of a cluster that name each other in their INFO.
func trio(t *testing.T, n *natstest.Network, more ...func(*natstest.Config)) (a, b, c *natstest.Server) {
	t.Helper()
	bus := natstest.NewBus()
	member := func(addr string) *natstest.Server {
		return MemServer(t, n, addr, append([]func(*natstest.Config){func(cfg *natstest.Config) {
			cfg.Bus, cfg.Info.ConnectURLs = bus, []string{AddrA, AddrB, AddrC}
		}}, more...)...)
	}
	return member(AddrA), member(AddrB), member(AddrC)
}

// sendAway ends a server's last connection with a reason.
func sendAway(s *natstest.Server, reason string) {
	s.Last().SendErr(reason)
	synctest.Wait() // so that it is read before the end
	s.Last().HangUp()
}

// A client that was given the URL of a server that hangs up on whoever connects
// is with another one after a single hang-up.
func TestLeavesAServerThatHangsUp(t *testing.T) {
	for name, opts := range map[string][]nats.Option{
		"defaults":              nil,
		"DontRandomize":         {nats.DontRandomize()},
		"ReconnectSpread":       {nats.ReconnectSpread(5 * time.Second)},
		"ReconnectBackoff":      {nats.ReconnectBackoff(100*time.Millisecond, 10*time.Second)},
		"CustomReconnectDelay":  {nats.CustomReconnectDelay(func(int) time.Duration { return time.Second })},
		"one attempt at a time": {nats.ConnectionAttemptDelay(-1)},
		"MaxReconnects(1)":      {nats.MaxReconnects(1)},
		"Resilient":             {nats.Resilient()},
		"RetryOnFailedConnect":  {nats.RetryOnFailedConnect(true)},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				a, _, _ := trio(t, n)
				a.Behave(hangingUp)
				var r Recorder
				nc := Connect(t, a.URL(), r.Options(append(opts, nats.SetCustomDialer(n))...)...)
				r.Wait(t, "reconnected", 1)
				if addr := nc.ConnectedAddr(); addr != AddrB && addr != AddrC {
					t.Errorf("connected to %q", addr)
				}
				time.Sleep(time.Minute)
				if d := r.Count("disconnected"); d != 1 || len(a.Conns()) != 1 {
					t.Errorf("%d disconnects, %d connections to the server that hangs up", d, len(a.Conns()))
				}
			})
		})
	}
}

// A server that accepts no client may name others that do: in the first connect, and
// in any later attempt.
func TestHearsWhoDoesNotAccept(t *testing.T) {
	for name, b := range map[string]natstest.Behavior{
		"it is full":             {Refuse: "maximum connections exceeded"},
		"the account's limit":    {Refuse: "maximum account active connections exceeded"},
		"it refuses credentials": {Refuse: "Authorization Violation"},
		"it hangs up":            {HangUpAfterOps: 1},
		"it is silent":           {NoPong: true},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				a, _, _ := trio(t, n)
				a.Behave(natstest.Always(b))
				var r Recorder
				nc := Connect(t, a.URL(), r.Options(nats.SetCustomDialer(n))...)
				if addr := nc.ConnectedAddr(); addr != AddrB && addr != AddrC {
					t.Errorf("connected to %q", addr)
				}
				if r.Count("discovered") != 0 {
					t.Error("told of servers that joined, and none has")
				}
			})
		})
		t.Run("later: "+name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				b1, b2 := MemServer(t, n, AddrA), MemServer(t, n, AddrB)
				var r Recorder
				nc := Connect(t, b1.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ConnectionAttemptDelay(-1))...)
				b1.Behave(natstest.Always(b))
				// Only those that come from now on hear of the other one.
				first := b1.Last()
				first.HangUp()
				b1.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{AddrA, AddrB} })
				r.Wait(t, "reconnected", 1)
				if nc.ConnectedAddr() != b2.Addr() || r.Count("discovered") != 1 {
					t.Errorf("connected to %q, %d × discovered", nc.ConnectedAddr(), r.Count("discovered"))
				}
			})
		})
	}
}

// What stands in front of a TLS handshake that fails could be anybody's words.
func TestDoesNotHearAnImpostor(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b, c := trio(t, n)
		var r Recorder
		_, err := nats.Connect("tls://"+a.Addr(), r.Options(nats.SetCustomDialer(n))...)
		if err == nil || len(b.Conns())+len(c.Conns()) != 0 {
			t.Errorf("%v, %d connections to what it named", err, len(b.Conns())+len(c.Conns()))
		}
	})
}

// A client that is told nothing, or doesn't listen, has nowhere to go, and isn't
// closed for it.
func TestStaysWithTheOnlyServerItMayUse(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b, c := trio(t, n)
		a.Behave(hangingUp)
		var r Recorder
		Connect(t, a.URL(), r.Options(nats.SetCustomDialer(n), nats.IgnoreDiscoveredServers())...)
		r.WaitIn(t, time.Hour, "disconnected", 20)
		if len(b.Conns())+len(c.Conns()) != 0 || r.Count("closed") != 0 {
			t.Errorf("%d connections to others, %d × closed", len(b.Conns())+len(c.Conns()), r.Count("closed"))
		}
		a.Behave(natstest.Always(natstest.Behavior{}))
		r.WaitIn(t, time.Minute, "reconnected", r.Count("disconnected"))
	})
}

// Kicked, again and again and at any pace, a client has been on every server of
// the cluster before long.
func TestKickedGoesRound(t *testing.T) {
	for _, pace := range []time.Duration{0, 10 * time.Second, 5 * time.Minute} {
		t.Run(fmt.Sprint(pace), func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				a, b, c := trio(t, n)
				var r Recorder
				nc := Connect(t, a.URL(), r.Options(nats.SetCustomDialer(n), nats.DontRandomize())...)
				for i, want := range []*natstest.Server{b, c, a, b, c} {
					time.Sleep(pace)
					for _, s := range []*natstest.Server{a, b, c} {
						for _, open := range s.Open() {
							open.HangUp()
						}
					}
					r.Wait(t, "reconnected", i+1)
					if nc.ConnectedAddr() != want.Addr() {
						t.Fatalf("kick %d: connected to %s, want %s", i+1, nc.ConnectedAddr(), want.Addr())
					}
				}
			})
		})
	}
}

// A server that ended the connection because the credentials expired isn't asked
// again before ReconnectWait has passed: the new ones are there by then.
func TestNewCredentialsHaveTimeToArrive(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var current atomic.Value
		current.Store("old")
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.ReconnectWait(2*time.Second), nats.ReconnectJitter(time.Second, 0),
			nats.UserInfoHandler(func() (string, string) { return "me", current.Load().(string) }))...)
		for i := range 5 {
			time.Sleep(time.Minute)
			begin := time.Now()
			// The server refuses the old ones from now on.
			s.Behave(func(*natstest.Conn) natstest.Behavior {
				if current.Load() == "old" {
					return natstest.Behavior{Refuse: "User Authentication Expired"}
				}
				return natstest.Behavior{}
			})
			sendAway(s, "User Authentication Expired")
			time.AfterFunc(time.Second, func() { current.Store("new") })
			h := r.Wait(t, "reconnected", i+1)
			if d := h.At.Sub(begin); d < 2*time.Second || d > 3*time.Second {
				t.Errorf("back after %v", d)
			}
			current.Store("old")
		}
		synctest.Wait()
		if !nc.IsConnected() || r.Count("disconnected") != 5 || r.Count("attempt failed") != 0 {
			t.Errorf("status %v, %d disconnects, %d refusals", nc.Status(), r.Count("disconnected"), r.Count("attempt failed"))
		}
	})
}

// Other servers are asked at once, and the one that refused has its turn later.
func TestOthersAreAskedAtOnce(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b := MemServer(t, n, AddrA), MemServer(t, n, AddrB)
		var r Recorder
		nc := Connect(t, a.URL()+","+b.URL(), r.Options(nats.SetCustomDialer(n), nats.DontRandomize())...)
		begin := time.Now()
		sendAway(a, "Authorization Violation")
		if h := r.Wait(t, "reconnected", 1); h.At.Sub(begin) > 100*time.Millisecond || nc.ConnectedAddr() != AddrB {
			t.Errorf("at %s after %v", nc.ConnectedAddr(), h.At.Sub(begin))
		}
		if call := r.Wait(t, "disconnected", 1); !errors.Is(call.Err, nats.ErrAuthorization) {
			t.Errorf("disconnected: %v", call.Err)
		}
	})
}

// The same refusal ends the connection when ReconnectWait lies between the two,
// and not before, however short the other waits are.
func TestRefusedTwiceMeansAWaitApart(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		refuse := Behaving(natstest.Script(natstest.Behavior{},
			natstest.Behavior{Refuse: "Authorization Violation"}, natstest.Behavior{Refuse: "Authorization Violation"},
			natstest.Behavior{Refuse: "Authorization Violation"}, natstest.Behavior{Refuse: "Authorization Violation"},
			natstest.Behavior{Refuse: "Authorization Violation"}, natstest.Behavior{Refuse: "Authorization Violation"}))
		s := MemServer(t, n, AddrA, refuse)
		var r Recorder
		Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.ReconnectWait(time.Second),
			nats.CustomReconnectDelay(func(int) time.Duration { return 300 * time.Millisecond }))...)
		begin := time.Now()
		s.Last().HangUp()
		h := r.Wait(t, "closed", 1)
		if d := h.At.Sub(begin); d < time.Second || d > 1500*time.Millisecond {
			t.Errorf("closed after %v and %d refusals", d, r.Count("attempt failed"))
		}
	})
}

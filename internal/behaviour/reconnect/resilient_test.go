package reconnect_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func TestResilientLivesThroughATenMinuteOutage(t *testing.T) {
	for name, outage := range map[string]struct {
		begin, end func(n *natstest.Network, s *natstest.Server)
	}{
		"refused": {
			func(n *natstest.Network, s *natstest.Server) { n.Refuse(AddrA); s.Last().HangUp() },
			func(n *natstest.Network, _ *natstest.Server) { n.Heal(AddrA) }},
		"black hole": {
			func(n *natstest.Network, _ *natstest.Server) { n.BlackHole(AddrA, natstest.Both) },
			func(n *natstest.Network, _ *natstest.Server) { n.Heal(AddrA) }},
		"server stopped": {
			func(_ *natstest.Network, s *natstest.Server) { s.Stop() },
			func(_ *natstest.Network, s *natstest.Server) { s.Start() }},
		"accepts and stays silent": {
			func(_ *natstest.Network, s *natstest.Server) {
				s.Behave(natstest.Always(natstest.Behavior{NoInfo: true}))
				s.Last().HangUp()
			},
			func(_ *natstest.Network, s *natstest.Server) { s.Behave(nil) }},
		"too many connections": {
			func(_ *natstest.Network, s *natstest.Server) {
				s.Behave(natstest.Always(natstest.Behavior{Refuse: "maximum connections exceeded"}))
				s.Last().HangUp()
			},
			func(_ *natstest.Network, s *natstest.Server) { s.Behave(nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.Resilient())...)
				outage.begin(n, s)
				r.WaitIn(t, time.Minute, "disconnected", 1)
				PublishNumbers(t, nc, "a", 0, 100)
				time.Sleep(10 * time.Minute) // of virtual time
				if nc.Status() != nats.RECONNECTING {
					t.Errorf("status %v in the outage", nc.Status())
				}
				outage.end(n, s)
				begin := time.Now()
				h := r.WaitIn(t, time.Minute, "reconnected", 1)
				if d := h.At.Sub(begin); d > 15*time.Second {
					t.Errorf("reconnected %v after the end of the outage", d)
				}
				Must(t, nc.Flush())
				if got := Payloads("a", s); !slices.Equal(got, Numbered(0, 100)) {
					t.Errorf("arrived: %v", got)
				}
				if failed := r.Count("attempt failed"); failed > 700 {
					t.Errorf("%d attempts in ten minutes: no back-off", failed)
				}
			})
		})
	}
}

func TestResilientStartsWithoutAServer(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		var r Recorder
		nc := Connect(t, "nats://"+AddrA, r.Options(nats.SetCustomDialer(n), nats.Resilient())...)
		PublishNumbers(t, nc, "a", 0, 10)
		time.Sleep(10 * time.Minute) // of virtual time
		s := MemServer(t, n, AddrA)
		r.WaitIn(t, time.Minute, "connected", 1)
		Must(t, nc.Flush())
		if got := Payloads("a", s); !slices.Equal(got, Numbered(0, 10)) {
			t.Errorf("arrived: %v", got)
		}
	})
}

func TestResilientLivesThroughAnAuthOutage(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.Resilient(), nats.UserInfo("u", "p"))...)
		s.Behave(natstest.Always(natstest.Behavior{Refuse: "Authorization Violation"}))
		s.Last().SendErr("User Authentication Expired")
		synctest.Wait() // until it has left the server
		s.Last().HangUp()
		if h := r.Wait(t, "disconnected", 1); !errors.Is(h.Err, nats.ErrAuthExpired) {
			t.Errorf("disconnected with %v: the reason should be the server's", h.Err)
		}
		time.Sleep(10 * time.Minute) // of virtual time
		if nc.IsClosed() {
			t.Fatal("closed")
		}
		for _, h := range r.Of("attempt failed") {
			if !errors.Is(h.Err, nats.ErrAuthorization) {
				t.Errorf("an attempt failed with %v", h.Err)
			}
		}
		if failed := r.Count("attempt failed"); failed > 700 {
			t.Errorf("%d attempts in ten minutes: auth errors must back off", failed)
		}
		s.Behave(nil)
		r.WaitIn(t, time.Minute, "reconnected", 1)
		Must(t, nc.Flush())
	})
}

// The server takes the new password only; the program's callback knows it later
// than the server does.
func TestResilientLivesThroughAPasswordRotation(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		var wanted, known atomic.Value
		wanted.Store("one")
		known.Store("one")
		s := MemServer(t, n, AddrA, Behaving(natstest.Always(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			if op.Kind != "CONNECT" || op.Field("pass") == wanted.Load() {
				return false
			}
			c.Update(func(b *natstest.Behavior) { b.NoPong = true })
			c.SendErr("Authorization Violation")
			return true
		}})))
		var r Recorder
		var asked atomic.Int32
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.Resilient(),
			nats.UserInfoHandler(func() (string, string) { asked.Add(1); return "u", known.Load().(string) }))...)
		for i, password := range []string{"two", "three"} {
			wanted.Store(password)
			s.Last().HangUp()
			r.Wait(t, "disconnected", i+1)
			time.Sleep(time.Minute) // of virtual time
			if nc.IsConnected() || nc.IsClosed() {
				t.Fatalf("status %v with the old password", nc.Status())
			}
			before := asked.Load()
			known.Store(password)
			r.WaitIn(t, time.Minute, "reconnected", i+1)
			if asked.Load() == before {
				t.Error("the credentials were not asked for anew")
			}
		}
		Must(t, nc.Flush())
	})
}

func TestResilientPartsCanBeOverridden(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		_, err := nats.Connect("nats://"+AddrA, nats.SetCustomDialer(n), nats.Resilient(), nats.RetryOnFailedConnect(false))
		if !errors.Is(err, nats.ErrNoServers) {
			t.Errorf("Connect: %v", err)
		}
	})
}

package reconnect_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func TestChecklist01TwoForceReconnectsDuringBackoff(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
			nats.ReconnectWait(time.Hour))...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		synctest.Wait()
		if d := n.Dials(AddrA); d != 2 {
			t.Fatalf("%d dials before the wait, want 2", d)
		}
		n.Heal(AddrA)
		begin := time.Now()
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if err := nc.ForceReconnect(); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		r.Wait(t, "reconnected", 1)
		synctest.Wait()
		if d := time.Since(begin); d > time.Second {
			t.Errorf("took %v: the wait of an hour wasn't skipped", d)
		}
		if !nc.IsConnected() || r.Count("closed") != 0 || len(s.Open()) != 1 {
			t.Errorf("status %v, %d × closed, %d open connections", nc.Status(), r.Count("closed"), len(s.Open()))
		}
	})
}

func TestChecklist02ForceReconnectBeforeTheLoopStartsSkipsTheWait(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		var forced sync.Once
		var nc *nats.Conn
		ready := make(chan struct{})
		nc = Connect(t, s.URL(), append(r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Hour)),
			// Called before the first attempt: the earliest moment a program has.
			nats.ReconnectSpread(time.Hour),
			nats.DisconnectErrHandler(func(c *nats.Conn, err error) {
				<-ready
				forced.Do(func() { _ = c.ForceReconnect() })
			}))...)
		close(ready)
		begin := time.Now()
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		if d := time.Since(begin); d > time.Second {
			t.Errorf("reconnected after %v: the wait wasn't skipped", d)
		}
		_ = nc
	})
}

// An attempt that began before the call may be one to a server that had not come
// back yet: its failure must not cost the wait that the user wanted to skip.
func TestForceReconnectDuringAnAttemptThatFails(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Hour))...)
		begin := time.Now()
		s.Behave(natstest.Script(natstest.Behavior{}, natstest.Behavior{NoInfo: true}))
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		synctest.Wait() // an attempt is under way, at a server that says nothing
		Must(t, nc.ForceReconnect())
		r.Wait(t, "reconnected", 1)
		if d := time.Since(begin); d > time.Minute {
			t.Errorf("reconnected after %v: the wait wasn't skipped", d)
		}
	})
}

func TestChecklist03FirstConnectFailureReachesReconnectErrCB(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		var r Recorder
		nc := Connect(t, "nats://"+AddrA, r.Options(nats.SetCustomDialer(n), nats.RetryOnFailedConnect(true),
			nats.MaxReconnects(-1), nats.ReconnectWait(time.Second),
			nats.AttemptHandler(func(_ *nats.Conn, err *nats.ConnError) { r.Add("attempt", nil, err) }))...)
		if nc.Status() != nats.RECONNECTING {
			t.Fatalf("status %v", nc.Status())
		}
		// What Connect would have returned.
		if failed := r.Wait(t, "attempt failed", 1); failed.Err != nats.ErrNoServers {
			t.Errorf("ReconnectErrCB was told %v", failed.Err)
		}
		var ce *nats.ConnError
		if first := r.Wait(t, "attempt", 1); !errors.As(first.Err, &ce) || ce.Phase != "dial" {
			t.Errorf("AttemptCB was told %v", first.Err)
		}
		s := MemServer(t, n, AddrA)
		r.Wait(t, "connected", 1)
		if got, want := r.Count("attempt failed"), n.Dials(AddrA)-1; got != want {
			t.Errorf("%d calls for %d failed attempts", got, want)
		}
		if r.Count("reconnected") != 0 || nc.Stats().Reconnects != 0 {
			t.Errorf("a first connection counted as a reconnect: %d calls, %d in Stats", r.Count("reconnected"), nc.Stats().Reconnects)
		}
		s.WaitConn(1)
	})
}

func TestChecklist04WriteErrorDoesNotStick(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		// The link breaks under a write, in the middle of a frame.
		n.Links(AddrA)[0].CutAfter(natstest.ToServer, 40)
		PublishNumbers(t, nc, "a", 0, 10)
		r.Wait(t, "reconnected", 1)
		PublishNumbers(t, nc, "a", 10, 10)
		Must(t, nc.Flush())
		Must(t, nc.Flush())
		if err := nc.Publish("a", []byte("20")); err != nil {
			t.Errorf("Publish on the next connection: %v", err)
		}
		Must(t, nc.Flush())
		if got := Payloads("a", s); !slices.Equal(got, Numbered(0, 21)) {
			t.Errorf("servers read %v", got)
		}
		if r.Count("disconnected") != 1 {
			t.Errorf("%d disconnects", r.Count("disconnected"))
		}
	})
}

func TestChecklist08SuccessClearsTheRememberedAuthError(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		// Refused on every other attempt: never twice in a row.
		s := MemServer(t, n, AddrA, Behaving(func(c *natstest.Conn) natstest.Behavior {
			if c.ID()%2 == 0 {
				return natstest.Behavior{Refuse: "Authorization Violation"}
			}
			return natstest.Behavior{}
		}))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.ReconnectWait(time.Millisecond))...)
		for i := 1; i <= 5; i++ {
			s.Last().HangUp()
			r.Wait(t, "reconnected", i)
			r.Wait(t, "attempt failed", i)
		}
		if nc.Status() != nats.CONNECTED || r.Count("closed") != 0 {
			t.Errorf("status %v", nc.Status())
		}
		for _, h := range r.Of("attempt failed") {
			if !errors.Is(h.Err, nats.ErrAuthorization) {
				t.Errorf("an attempt failed with %v", h.Err)
			}
		}
	})
}

func TestChecklist08TwoRefusalsInARowClose(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, Behaving(natstest.Script(natstest.Behavior{},
			natstest.Behavior{Refuse: "Authorization Violation"}, natstest.Behavior{Refuse: "Authorization Violation"})))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.ReconnectWait(time.Millisecond))...)
		s.Last().HangUp()
		r.Wait(t, "closed", 1)
		if !errors.Is(nc.LastError(), nats.ErrAuthorization) {
			t.Errorf("LastError: %v", nc.LastError())
		}
		if len(s.Conns()) != 3 {
			t.Errorf("%d connections, want 3", len(s.Conns()))
		}
	})
}

func TestChecklist09AttemptCounterResetsOnlyAfterTheWholeHandshake(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		hangUpBeforePong := natstest.Behavior{HangUpAfterOps: 2} // CONNECT, PING
		s := MemServer(t, n, AddrA, Behaving(func(c *natstest.Conn) natstest.Behavior {
			if c.ID() == 1 {
				return natstest.Behavior{}
			}
			return hangUpBeforePong
		}))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(5), nats.ReconnectWait(time.Millisecond))...)
		s.Last().HangUp()
		r.Wait(t, "closed", 1)
		if !errors.Is(nc.LastError(), nats.ErrNoServers) {
			t.Errorf("LastError: %v", nc.LastError())
		}
		if got := len(s.Conns()); got != 1+5 {
			t.Errorf("%d connections: a TCP connection without a PONG must count as failed", got)
		}
		if r.Count("attempt failed") != 5 || nc.Stats().Reconnects != 0 {
			t.Errorf("%d failed attempts told, %d reconnects counted", r.Count("attempt failed"), nc.Stats().Reconnects)
		}
	})
}

func TestChecklist12CloseBreaksTheReconnectLoop(t *testing.T) {
	phases := map[string]struct {
		fault  func(n *natstest.Network, s *natstest.Server)
		option nats.Option
	}{
		"dial": {fault: func(n *natstest.Network, s *natstest.Server) { n.HangDial(AddrA) }},
		"INFO": {fault: func(n *natstest.Network, s *natstest.Server) {
			s.Behave(natstest.Always(natstest.Behavior{NoInfo: true}))
		}},
		"PONG": {fault: func(n *natstest.Network, s *natstest.Server) {
			s.Behave(natstest.Always(natstest.Behavior{NoPong: true}))
		}},
		"wait":   {fault: func(n *natstest.Network, s *natstest.Server) { n.Refuse(AddrA) }, option: nats.ReconnectWait(time.Hour)},
		"delay":  {fault: func(n *natstest.Network, s *natstest.Server) { n.Refuse(AddrA) }, option: nats.CustomReconnectDelay(func(int) time.Duration { return time.Hour })},
		"spread": {fault: func(n *natstest.Network, s *natstest.Server) {}, option: nats.ReconnectSpread(time.Hour)},
	}
	for name, phase := range phases {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				opts := r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.Timeout(time.Hour))
				if phase.option != nil {
					opts = append(opts, phase.option)
				}
				nc := Connect(t, s.URL(), opts...)
				phase.fault(n, s)
				s.Last().HangUp()
				r.Wait(t, "disconnected", 1)
				synctest.Wait()
				begin := time.Now()
				nc.Close()
				r.Wait(t, "closed", 1)
				if d := time.Since(begin); d > 20*time.Millisecond {
					t.Errorf("closed after %v", d)
				}
				if r.Count("disconnected") != 1 {
					t.Errorf("%d × disconnected", r.Count("disconnected"))
				}
				synctest.Wait()
				if open := len(s.Open()); open != 0 {
					t.Errorf("%d connections are still open", open)
				}
			})
		})
	}
}

func TestChecklist31AlternatesWithoutGrowingItsPool(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		both := func(cfg *natstest.Config) { cfg.Info.ConnectURLs = []string{AddrA, AddrB} }
		a, b := MemServer(t, n, AddrA, both), MemServer(t, n, AddrB, both)
		var r Recorder
		nc := Connect(t, a.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		here, there := a, b
		for i := 1; i <= 10; i++ {
			here.Stop()
			r.Wait(t, "reconnected", i)
			if got := nc.ConnectedAddr(); got != there.Addr() {
				t.Fatalf("round %d: connected to %s, want %s", i, got, there.Addr())
			}
			here.Start()
			here, there = there, here
			if pool := nc.ServerPool(); len(pool) != 2 {
				t.Fatalf("round %d: pool of %d: %v", i, len(pool), nc.Servers())
			}
		}
		if got := fmt.Sprint(len(nc.Servers()), len(nc.DiscoveredServers())); got != "2 1" {
			t.Errorf("servers known, discovered: %s", got)
		}
	})
}

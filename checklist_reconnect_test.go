package nats_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

func TestChecklist01TwoForceReconnectsDuringBackoff(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
			nats.ReconnectWait(time.Hour))...)
		n.Refuse(addrA)
		s.Last().HangUp()
		synctest.Wait()
		if d := n.Dials(addrA); d != 2 {
			t.Fatalf("%d dials before the wait, want 2", d)
		}
		n.Heal(addrA)
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
		r.wait(t, "reconnected", 1)
		synctest.Wait()
		if d := time.Since(begin); d > time.Second {
			t.Errorf("took %v: the wait of an hour wasn't skipped", d)
		}
		if !nc.IsConnected() || r.count("closed") != 0 || len(s.Open()) != 1 {
			t.Errorf("status %v, %d × closed, %d open connections", nc.Status(), r.count("closed"), len(s.Open()))
		}
	})
}

func TestChecklist02ForceReconnectBeforeTheLoopStartsSkipsTheWait(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		var forced sync.Once
		var nc *nats.Conn
		ready := make(chan struct{})
		nc = connect(t, s.URL(), append(r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Hour)),
			// Called before the first attempt: the earliest moment a program has.
			nats.ReconnectSpread(time.Hour),
			nats.DisconnectErrHandler(func(c *nats.Conn, err error) {
				<-ready
				forced.Do(func() { _ = c.ForceReconnect() })
			}))...)
		close(ready)
		begin := time.Now()
		s.Last().HangUp()
		r.wait(t, "reconnected", 1)
		if d := time.Since(begin); d > time.Second {
			t.Errorf("reconnected after %v: the wait wasn't skipped", d)
		}
		_ = nc
	})
}

// An attempt that began before the call may be one to a server that had not come
// back yet: its failure must not cost the wait that the user wanted to skip.
func TestForceReconnectDuringAnAttemptThatFails(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Hour))...)
		begin := time.Now()
		s.Behave(natstest.Script(natstest.Behavior{}, natstest.Behavior{NoInfo: true}))
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		synctest.Wait() // an attempt is under way, at a server that says nothing
		must(t, nc.ForceReconnect())
		r.wait(t, "reconnected", 1)
		if d := time.Since(begin); d > time.Minute {
			t.Errorf("reconnected after %v: the wait wasn't skipped", d)
		}
	})
}

func TestChecklist03FirstConnectFailureReachesReconnectErrCB(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		var r recorder
		nc := connect(t, "nats://"+addrA, r.options(nats.SetCustomDialer(n), nats.RetryOnFailedConnect(true),
			nats.MaxReconnects(-1), nats.ReconnectWait(time.Second),
			nats.AttemptHandler(func(_ *nats.Conn, err *nats.ConnError) { r.add("attempt", nil, err) }))...)
		if nc.Status() != nats.RECONNECTING {
			t.Fatalf("status %v", nc.Status())
		}
		// What Connect would have returned.
		if failed := r.wait(t, "attempt failed", 1); failed.err != nats.ErrNoServers {
			t.Errorf("ReconnectErrCB was told %v", failed.err)
		}
		var ce *nats.ConnError
		if first := r.wait(t, "attempt", 1); !errors.As(first.err, &ce) || ce.Phase != "dial" {
			t.Errorf("AttemptCB was told %v", first.err)
		}
		s := memServer(t, n, addrA)
		r.wait(t, "connected", 1)
		if got, want := r.count("attempt failed"), n.Dials(addrA)-1; got != want {
			t.Errorf("%d calls for %d failed attempts", got, want)
		}
		if r.count("reconnected") != 0 || nc.Stats().Reconnects != 0 {
			t.Errorf("a first connection counted as a reconnect: %d calls, %d in Stats", r.count("reconnected"), nc.Stats().Reconnects)
		}
		s.WaitConn(1)
	})
}

func TestChecklist04WriteErrorDoesNotStick(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		// The link breaks under a write, in the middle of a frame.
		n.Links(addrA)[0].CutAfter(natstest.ToServer, 40)
		publishNumbers(t, nc, "a", 0, 10)
		r.wait(t, "reconnected", 1)
		publishNumbers(t, nc, "a", 10, 10)
		must(t, nc.Flush())
		must(t, nc.Flush())
		if err := nc.Publish("a", []byte("20")); err != nil {
			t.Errorf("Publish on the next connection: %v", err)
		}
		must(t, nc.Flush())
		if got := payloads("a", s); !slices.Equal(got, numbered(0, 21)) {
			t.Errorf("servers read %v", got)
		}
		if r.count("disconnected") != 1 {
			t.Errorf("%d disconnects", r.count("disconnected"))
		}
	})
}

func TestChecklist08SuccessClearsTheRememberedAuthError(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		// Refused on every other attempt: never twice in a row.
		s := memServer(t, n, addrA, behaving(func(c *natstest.Conn) natstest.Behavior {
			if c.ID()%2 == 0 {
				return natstest.Behavior{Refuse: "Authorization Violation"}
			}
			return natstest.Behavior{}
		}))
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.ReconnectWait(time.Millisecond))...)
		for i := 1; i <= 5; i++ {
			s.Last().HangUp()
			r.wait(t, "reconnected", i)
			r.wait(t, "attempt failed", i)
		}
		if nc.Status() != nats.CONNECTED || r.count("closed") != 0 {
			t.Errorf("status %v", nc.Status())
		}
		for _, h := range r.of("attempt failed") {
			if !errors.Is(h.err, nats.ErrAuthorization) {
				t.Errorf("an attempt failed with %v", h.err)
			}
		}
	})
}

func TestChecklist08TwoRefusalsInARowClose(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA, behaving(natstest.Script(natstest.Behavior{},
			natstest.Behavior{Refuse: "Authorization Violation"}, natstest.Behavior{Refuse: "Authorization Violation"})))
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.ReconnectWait(time.Millisecond))...)
		s.Last().HangUp()
		r.wait(t, "closed", 1)
		if !errors.Is(nc.LastError(), nats.ErrAuthorization) {
			t.Errorf("LastError: %v", nc.LastError())
		}
		if len(s.Conns()) != 3 {
			t.Errorf("%d connections, want 3", len(s.Conns()))
		}
	})
}

func TestChecklist09AttemptCounterResetsOnlyAfterTheWholeHandshake(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		hangUpBeforePong := natstest.Behavior{HangUpAfterOps: 2} // CONNECT, PING
		s := memServer(t, n, addrA, behaving(func(c *natstest.Conn) natstest.Behavior {
			if c.ID() == 1 {
				return natstest.Behavior{}
			}
			return hangUpBeforePong
		}))
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(5), nats.ReconnectWait(time.Millisecond))...)
		s.Last().HangUp()
		r.wait(t, "closed", 1)
		if !errors.Is(nc.LastError(), nats.ErrNoServers) {
			t.Errorf("LastError: %v", nc.LastError())
		}
		if got := len(s.Conns()); got != 1+5 {
			t.Errorf("%d connections: a TCP connection without a PONG must count as failed", got)
		}
		if r.count("attempt failed") != 5 || nc.Stats().Reconnects != 0 {
			t.Errorf("%d failed attempts told, %d reconnects counted", r.count("attempt failed"), nc.Stats().Reconnects)
		}
	})
}

func TestChecklist12CloseBreaksTheReconnectLoop(t *testing.T) {
	phases := map[string]struct {
		fault  func(n *natstest.Network, s *natstest.Server)
		option nats.Option
	}{
		"dial": {fault: func(n *natstest.Network, s *natstest.Server) { n.HangDial(addrA) }},
		"INFO": {fault: func(n *natstest.Network, s *natstest.Server) {
			s.Behave(natstest.Always(natstest.Behavior{NoInfo: true}))
		}},
		"PONG": {fault: func(n *natstest.Network, s *natstest.Server) {
			s.Behave(natstest.Always(natstest.Behavior{NoPong: true}))
		}},
		"wait":   {fault: func(n *natstest.Network, s *natstest.Server) { n.Refuse(addrA) }, option: nats.ReconnectWait(time.Hour)},
		"delay":  {fault: func(n *natstest.Network, s *natstest.Server) { n.Refuse(addrA) }, option: nats.CustomReconnectDelay(func(int) time.Duration { return time.Hour })},
		"spread": {fault: func(n *natstest.Network, s *natstest.Server) {}, option: nats.ReconnectSpread(time.Hour)},
	}
	for name, phase := range phases {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				s := memServer(t, n, addrA)
				var r recorder
				opts := r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.Timeout(time.Hour))
				if phase.option != nil {
					opts = append(opts, phase.option)
				}
				nc := connect(t, s.URL(), opts...)
				phase.fault(n, s)
				s.Last().HangUp()
				r.wait(t, "disconnected", 1)
				synctest.Wait()
				begin := time.Now()
				nc.Close()
				r.wait(t, "closed", 1)
				if d := time.Since(begin); d > 20*time.Millisecond {
					t.Errorf("closed after %v", d)
				}
				if r.count("disconnected") != 1 {
					t.Errorf("%d × disconnected", r.count("disconnected"))
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
	bubble(t, func(t *testing.T, n *natstest.Network) {
		both := func(cfg *natstest.Config) { cfg.Info.ConnectURLs = []string{addrA, addrB} }
		a, b := memServer(t, n, addrA, both), memServer(t, n, addrB, both)
		var r recorder
		nc := connect(t, a.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		here, there := a, b
		for i := 1; i <= 10; i++ {
			here.Stop()
			r.wait(t, "reconnected", i)
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

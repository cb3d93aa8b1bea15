package end_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A drain that begins while there is no connection waits for one, delivers, and
// closes.
func TestDrainWhileReconnectingFinishes(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		PublishNumbers(t, nc, "a", 0, 100)
		Must(t, nc.Drain())
		time.Sleep(5 * time.Second) // of virtual time
		if nc.IsClosed() {
			t.Fatal("closed at once: the queue is lost")
		}
		if _, err := nc.SubscribeSync("b"); !errors.Is(err, nats.ErrConnectionDraining) {
			t.Errorf("Subscribe: %v", err)
		}
		n.Heal(AddrA)
		r.Wait(t, "closed", 1)
		if got := Payloads("a", s); !slices.Equal(got, Numbered(0, 100)) {
			t.Errorf("arrived: %v", got)
		}
		if r.Count("dropped") != 0 || r.Count("error") != 0 {
			t.Errorf("reported: %v %v", r.Of("dropped"), r.Of("error"))
		}
	})
}

// A connection that dies under a drain, in either of its halves, is made again.
func TestDrainGoesOnThroughALoss(t *testing.T) {
	t.Run("in DRAINING_SUBS", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
			let := make(chan struct{})
			var handled atomic.Int32
			_, err := nc.Subscribe("in", func(m *nats.Msg) {
				<-let
				handled.Add(1)
				if err := nc.Publish("out", m.Data); err != nil {
					t.Errorf("Publish in a draining handler: %v", err)
				}
			})
			Must(t, err)
			Must(t, nc.Flush())
			for _, p := range Numbered(0, 10) {
				s.Last().SendMsg("in", "1", "", p)
			}
			synctest.Wait()
			Must(t, nc.Drain())
			synctest.Wait()
			if st := nc.Status(); st != nats.DRAINING_SUBS {
				t.Errorf("status %v", st)
			}
			s.Last().HangUp()
			r.Wait(t, "disconnected", 1)
			close(let)
			r.Wait(t, "closed", 1)
			if got := Payloads("out", s); !slices.Equal(got, Numbered(0, 10)) {
				t.Errorf("%d handled, arrived: %v", handled.Load(), got)
			}
		})
	})
	t.Run("in DRAINING_PUBS", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
			n.Stall(AddrA, natstest.ToServer)
			payload := strings.Repeat("x", 1000)
			for range 100 { // more than the socket holds
				Must(t, nc.Publish("a", []byte(payload)))
			}
			Must(t, nc.Drain())
			synctest.Wait()
			if st := nc.Status(); st != nats.DRAINING_PUBS {
				t.Errorf("status %v", st)
			}
			if err := nc.Publish("a", nil); !errors.Is(err, nats.ErrConnectionDraining) {
				t.Errorf("Publish: %v", err)
			}
			n.LoseWritten(AddrA)
			n.Heal(AddrA)
			r.Wait(t, "closed", 1)
			got := len(Payloads("a", s))
			if lost := 100 - got; lost > int(r.InDoubt()) || got == 0 {
				t.Errorf("%d arrived, %d reported as in doubt", got, r.InDoubt())
			}
			if r.Count("reconnected") != 1 || r.Dropped() != 0 {
				t.Errorf("%d reconnects, %d messages given up", r.Count("reconnected"), r.Dropped())
			}
		})
	})
	t.Run("in DRAINING_PUBS with AtLeastOnce", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.AtLeastOnce(), nats.MaxReconnects(-1))...)
			n.Stall(AddrA, natstest.ToServer)
			PublishNumbers(t, nc, "a", 0, 10_000)
			Must(t, nc.Drain())
			synctest.Wait()
			n.LoseWritten(AddrA)
			n.Heal(AddrA)
			r.Wait(t, "closed", 1)
			if got := Payloads("a", s); !slices.Equal(got, Numbered(0, 10_000)) {
				t.Errorf("%d arrived, or not in order", len(got))
			}
		})
	})
}

// A connection that drains and loses its server can be waited for.
func TestWaitConnectedWhileDraining(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		let := make(chan struct{})
		_, err := nc.Subscribe("in", func(*nats.Msg) { <-let })
		Must(t, err)
		Must(t, nc.Flush())
		s.Last().SendMsg("in", "1", "", "x")
		synctest.Wait()
		Must(t, nc.Drain())
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		up := make(chan error, 1)
		go func() { up <- nc.WaitConnected(context.Background()) }()
		synctest.Wait()
		n.Heal(AddrA)
		Must(t, Receive(t, "the connection", up))
		if st := nc.Status(); st != nats.DRAINING_SUBS {
			t.Errorf("status %v", st)
		}
		close(let)
		r.Wait(t, "closed", 1)
	})
}

func TestDrainWithContext(t *testing.T) {
	t.Run("everything delivered", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
			_, err := nc.Subscribe("in", func(*nats.Msg) {})
			Must(t, err)
			PublishNumbers(t, nc, "a", 0, 100)
			Must(t, nc.DrainWithContext(t.Context()))
			if !nc.IsClosed() || len(Payloads("a", s)) != 100 {
				t.Errorf("status %v, %d arrived", nc.Status(), len(Payloads("a", s)))
			}
			if err := nc.DrainWithContext(t.Context()); !errors.Is(err, nats.ErrConnectionClosed) {
				t.Errorf("again: %v", err)
			}
		})
	})
	t.Run("the context ends first", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
			n.Refuse(AddrA)
			s.Last().HangUp()
			r.Wait(t, "disconnected", 1)
			PublishNumbers(t, nc, "a", 0, 9)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			begin := time.Now()
			err := nc.DrainWithContext(ctx)
			if !errors.Is(err, nats.ErrDrainTimeout) || !strings.Contains(err.Error(), "108 bytes") {
				t.Errorf("%v", err)
			}
			if d := time.Since(begin); d > 3*time.Second+10*time.Millisecond || !nc.IsClosed() {
				t.Errorf("after %v, status %v", d, nc.Status())
			}
			r.Wait(t, "closed", 1)
			if r.Dropped() != 9 {
				t.Errorf("%d messages reported as given up, want 9", r.Dropped())
			}
		})
	})
	t.Run("a handler that hangs", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
			let := make(chan struct{})
			defer close(let)
			_, err := nc.Subscribe("in", func(*nats.Msg) { <-let })
			Must(t, err)
			Must(t, nc.Flush())
			for range 5 {
				s.Last().SendMsg("in", "1", "", "x")
			}
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err = nc.DrainWithContext(ctx)
			if !errors.Is(err, nats.ErrDrainTimeout) || !strings.Contains(err.Error(), "5 received messages") {
				t.Errorf("%v", err)
			}
		})
	})
}

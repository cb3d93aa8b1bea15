package publish_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func TestPublishTTL(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.PublishTTL(time.Minute))...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		PublishNumbers(t, nc, "a", 0, 10)
		time.Sleep(2 * time.Minute) // of virtual time: these get too old
		PublishNumbers(t, nc, "a", 10, 10)
		n.Heal(AddrA)
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
		if got := Payloads("a", s); !slices.Equal(got, Numbered(10, 10)) {
			t.Errorf("arrived: %v", got)
		}
		if r.Dropped() != 10 {
			t.Errorf("%d reported as dropped, want 10", r.Dropped())
		}
		for _, h := range r.Of("dropped") {
			if !errors.Is(h.Err, nats.ErrMessageExpired) {
				t.Errorf("reported %v", h.Err)
			}
		}
	})
}

func TestPublishConfirmed(t *testing.T) {
	msg := &nats.Msg{Subject: "a", Data: []byte("x")}
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		Must(t, nc.PublishConfirmed(context.Background(), msg))
		if got := len(Payloads("a", s)); got != 1 {
			t.Fatalf("confirmed, but the server has read %d", got)
		}

		// Many at a time share the round trips: all that gathered behind a busy
		// socket.
		n.Stall(AddrA, natstest.ToServer)
		Must(t, nc.Publish("filler", make([]byte, 2*natstest.DefaultBuffer)))
		synctest.Wait()
		pings := s.Last().Count("PING")
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if err := nc.PublishConfirmed(context.Background(), msg); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		n.Heal(AddrA)
		all.Wait()
		if got := s.Last().Count("PING") - pings; got > 2 {
			t.Errorf("%d PINGs for 100 confirmations", got)
		}

		// Away: it waits for the next connection, as long as the context allows.
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := nc.PublishConfirmed(ctx, msg); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("away: %v", err)
		}
		done := make(chan error, 1)
		go func() { done <- nc.PublishConfirmed(context.Background(), msg) }()
		synctest.Wait()
		n.Heal(AddrA)
		Must(t, Receive(t, "the confirmation", done))
		if got := len(Payloads("a", s)); got != 103 {
			t.Errorf("%d arrived, want 103", got)
		}

		// Sent, and the connection dies before the answer.
		s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
		go func() { done <- nc.PublishConfirmed(context.Background(), msg) }()
		s.Last().WaitOp("PUB", 3) // after the two that waited
		synctest.Wait()
		s.Last().HangUp()
		if err := Receive(t, "the end", done); !errors.Is(err, nats.ErrInDoubt) {
			t.Errorf("in doubt: %v", err)
		}
		nc.Close()
		if err := nc.PublishConfirmed(context.Background(), msg); !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("closed: %v", err)
		}
	})
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, Behaving(natstest.Script(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			return op.Kind == "PING" && c.Count("PUB") > 0
		}})))
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.AtLeastOnce())...)
		done := make(chan error, 1)
		go func() { done <- nc.PublishConfirmed(context.Background(), msg) }()
		s.Last().WaitOp("PUB", 1)
		synctest.Wait()
		s.Last().HangUp()
		Must(t, Receive(t, "the confirmation with AtLeastOnce", done))
		if got := len(Payloads("a", s)); got != 2 {
			t.Errorf("sent %d times", got)
		}
	})
}

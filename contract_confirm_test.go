package nats_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

func TestPublishTTL(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.PublishTTL(time.Minute))...)
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		publishNumbers(t, nc, "a", 0, 10)
		time.Sleep(2 * time.Minute) // of virtual time: these get too old
		publishNumbers(t, nc, "a", 10, 10)
		n.Heal(addrA)
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
		if got := payloads("a", s); !slices.Equal(got, numbered(10, 10)) {
			t.Errorf("arrived: %v", got)
		}
		if r.dropped() != 10 {
			t.Errorf("%d reported as dropped, want 10", r.dropped())
		}
		for _, h := range r.of("dropped") {
			if !errors.Is(h.err, nats.ErrMessageExpired) {
				t.Errorf("reported %v", h.err)
			}
		}
	})
}

func TestPublishConfirmed(t *testing.T) {
	msg := &nats.Msg{Subject: "a", Data: []byte("x")}
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		must(t, nc.PublishConfirmed(context.Background(), msg))
		if got := len(payloads("a", s)); got != 1 {
			t.Fatalf("confirmed, but the server has read %d", got)
		}

		// Many at a time share the round trips: all that gathered behind a busy
		// socket.
		n.Stall(addrA, natstest.ToServer)
		must(t, nc.Publish("filler", make([]byte, 2*natstest.DefaultBuffer)))
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
		n.Heal(addrA)
		all.Wait()
		if got := s.Last().Count("PING") - pings; got > 2 {
			t.Errorf("%d PINGs for 100 confirmations", got)
		}

		// Away: it waits for the next connection, as long as the context allows.
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := nc.PublishConfirmed(ctx, msg); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("away: %v", err)
		}
		done := make(chan error, 1)
		go func() { done <- nc.PublishConfirmed(context.Background(), msg) }()
		synctest.Wait()
		n.Heal(addrA)
		must(t, receive(t, "the confirmation", done))
		if got := len(payloads("a", s)); got != 103 {
			t.Errorf("%d arrived, want 103", got)
		}

		// Sent, and the connection dies before the answer.
		s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
		go func() { done <- nc.PublishConfirmed(context.Background(), msg) }()
		s.Last().WaitOp("PUB", 3) // after the two that waited
		synctest.Wait()
		s.Last().HangUp()
		if err := receive(t, "the end", done); !errors.Is(err, nats.ErrInDoubt) {
			t.Errorf("in doubt: %v", err)
		}
		nc.Close()
		if err := nc.PublishConfirmed(context.Background(), msg); !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("closed: %v", err)
		}
	})
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA, behaving(natstest.Script(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			return op.Kind == "PING" && c.Count("PUB") > 0
		}})))
		nc := connect(t, s.URL(), quick(nats.SetCustomDialer(n), nats.AtLeastOnce())...)
		done := make(chan error, 1)
		go func() { done <- nc.PublishConfirmed(context.Background(), msg) }()
		s.Last().WaitOp("PUB", 1)
		synctest.Wait()
		s.Last().HangUp()
		must(t, receive(t, "the confirmation with AtLeastOnce", done))
		if got := len(payloads("a", s)); got != 2 {
			t.Errorf("sent %d times", got)
		}
	})
}

package publish_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// What a lost connection leaves in the queue expires in time, though nothing more
// is published: with AtLeastOnce what was unconfirmed, without it what was stuck.
func TestPublishTTLHoldsForWhatALossLeaves(t *testing.T) {
	const ttl = time.Second
	t.Run("unconfirmed", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA, Behaving(natstest.Script(natstest.Behavior{}, natstest.Behavior{})))
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1),
				nats.AtLeastOnce(), nats.PublishTTL(ttl))...)
			s.Last().Update(Mute)
			begin := time.Now()
			told := make(chan error, 1)
			go func() {
				told <- nc.PublishConfirmed(context.Background(), &nats.Msg{Subject: "a", Data: []byte("x")})
			}()
			s.Last().WaitOp("PUB", 1)
			time.Sleep(100 * time.Millisecond) // of virtual time
			n.Refuse(AddrA)
			s.Last().HangUp()
			if err := Receive(t, "the end of PublishConfirmed", told); !errors.Is(err, nats.ErrMessageExpired) {
				t.Errorf("PublishConfirmed: %v", err)
			}
			if d := time.Since(begin); d < ttl || d > ttl*12/10 {
				t.Errorf("expired after %v", d)
			}
			r.Wait(t, "dropped", 1)
		})
	})
	t.Run("stuck", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.PublishTTL(ttl))...)
			n.Stall(AddrA, natstest.ToServer)
			begin := time.Now()
			for range 200 {
				Must(t, nc.Publish("a", make([]byte, 1000)))
			}
			synctest.Wait()
			n.Refuse(AddrA)
			n.Cut(AddrA)
			r.Wait(t, "disconnected", 1)
			Until(t, "an empty queue", func() bool { left, _ := nc.Buffered(); return left == 0 })
			if d := time.Since(begin); d < ttl || d > ttl*12/10 {
				t.Errorf("expired after %v", d)
			}
			synctest.Wait()
			if got := uint64(r.Dropped()) + r.InDoubt(); got != 200 {
				t.Errorf("%d were reported", got)
			}
		})
	})
	t.Run("older than that when the connection is lost", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.PublishTTL(ttl))...)
			n.Stall(AddrA, natstest.ToServer)
			for range 200 {
				Must(t, nc.Publish("a", make([]byte, 1000)))
			}
			time.Sleep(2 * ttl) // of virtual time
			n.Refuse(AddrA)
			n.Cut(AddrA)
			r.Wait(t, "disconnected", 1)
			if left, _ := nc.Buffered(); left != 0 {
				t.Errorf("%d bytes wait for the next connection", left)
			}
		})
	})
}

package nats_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// A subscription that is drained without a server handles what is pending and ends:
// nothing can come that it should wait for.
func TestSubscriptionDrainEndsWithoutAServer(t *testing.T) {
	for _, lost := range []struct {
		name   string
		before bool
	}{{"lost before", true}, {"lost on the way", false}} {
		t.Run(lost.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				var deaf atomic.Bool
				s := memServer(t, n, addrA, behaving(func(*natstest.Conn) natstest.Behavior {
					return natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
						return op.Kind == "PING" && deaf.Load()
					}}
				}))
				var r recorder
				nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
				var got []string
				let := make(chan struct{})
				busy, err := nc.Subscribe("a", func(m *nats.Msg) { <-let; got = append(got, string(m.Data)) })
				must(t, err)
				idle, err := nc.Subscribe("b", func(*nats.Msg) {})
				must(t, err)
				unread, err := nc.SubscribeSync("a")
				must(t, err)
				ch := make(chan *nats.Msg, 5)
				toChan, err := nc.ChanSubscribe("a", ch)
				must(t, err)
				publishNumbers(t, nc, "a", 0, 3)
				must(t, nc.Flush())
				subs := []*nats.Subscription{busy, idle, unread, toChan}
				drain := func() {
					for _, sub := range subs {
						must(t, sub.Drain())
					}
				}
				n.Refuse(addrA)
				if !lost.before {
					deaf.Store(true)
					drain()
				}
				s.Last().HangUp()
				r.wait(t, "disconnected", 1)
				if lost.before {
					drain()
				}
				synctest.Wait()
				if idle.IsValid() {
					t.Error("the one with nothing pending is still there")
				}
				for _, sub := range []*nats.Subscription{busy, unread, toChan} {
					if !sub.IsValid() {
						t.Error("one with messages pending has ended")
					}
				}
				close(let)
				for range 3 {
					if _, err := unread.NextMsg(time.Second); err != nil {
						t.Errorf("NextMsg: %v", err)
					}
					<-ch
				}
				time.Sleep(10 * time.Millisecond) // a channel is looked at every 5 ms
				synctest.Wait()
				if !slices.Equal(got, numbered(0, 3)) {
					t.Errorf("handled %v", got)
				}
				if left := nc.NumSubscriptions(); left != 0 {
					t.Errorf("%d subscriptions are left without a server", left)
				}
				n.Heal(addrA)
				nc.Close()
			})
		})
	}
}

package end_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
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
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				var deaf atomic.Bool
				s := MemServer(t, n, AddrA, Behaving(func(*natstest.Conn) natstest.Behavior {
					return natstest.Behavior{On: func(_ *natstest.Conn, op natstest.Op) bool {
						return op.Kind == "PING" && deaf.Load()
					}}
				}))
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
				var got []string
				let := make(chan struct{})
				busy, err := nc.Subscribe("a", func(m *nats.Msg) { <-let; got = append(got, string(m.Data)) })
				Must(t, err)
				idle, err := nc.Subscribe("b", func(*nats.Msg) {})
				Must(t, err)
				unread, err := nc.SubscribeSync("a")
				Must(t, err)
				ch := make(chan *nats.Msg, 5)
				toChan, err := nc.ChanSubscribe("a", ch)
				Must(t, err)
				PublishNumbers(t, nc, "a", 0, 3)
				Must(t, nc.Flush())
				subs := []*nats.Subscription{busy, idle, unread, toChan}
				drain := func() {
					for _, sub := range subs {
						Must(t, sub.Drain())
					}
				}
				n.Refuse(AddrA)
				if !lost.before {
					deaf.Store(true)
					drain()
				}
				s.Last().HangUp()
				r.Wait(t, "disconnected", 1)
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
				if !slices.Equal(got, Numbered(0, 3)) {
					t.Errorf("handled %v", got)
				}
				if left := nc.NumSubscriptions(); left != 0 {
					t.Errorf("%d subscriptions are left without a server", left)
				}
				n.Heal(AddrA)
				nc.Close()
			})
		})
	}
}

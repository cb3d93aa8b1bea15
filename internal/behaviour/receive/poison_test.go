package receive_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// hangsUpOn is a server that hangs up when one of the subjects, or a queue, is
// subscribed to; with what it says before, if anything.
func hangsUpOn(says string, names ...string) func(*natstest.Config) {
	return Behaving(natstest.Always(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
		for _, name := range names {
			if op.Kind == "SUB" && (op.Subject == name || op.Queue == name) {
				if says != "" {
					c.SendErr(says)
					synctest.Wait()
				}
				c.HangUp()
				return true
			}
		}
		return false
	}}))
}

// A subscription that ends each connection on which it is made is taken out and
// reported; the connection and all others live on.
func TestSubscriptionThatEndsConnectionsIsTakenOut(t *testing.T) {
	long := "a." + strings.Repeat("x", 5000)
	for name, c := range map[string]struct {
		says, bad, queue string
		most             int // connections
	}{
		"a long subject":            {"", long, "", 6},
		"a long subject, said":      {"maximum control line exceeded", long, "", 4},
		"a long queue":              {"", "a", "q" + long, 6},
		"a short one, among others": {"", "b", "", 9}, // 64 are made one by one on each
	} {
		for _, before := range []int{0, 3, 200} {
			t.Run(fmt.Sprintf("%s, %d others", name, before), func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					bad := c.bad
					if c.queue != "" {
						bad = c.queue
					}
					s := MemServer(t, n, AddrA, hangsUpOn(c.says, bad))
					var r Recorder
					nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
					var others []*nats.Subscription
					for i := range before {
						sub, err := nc.SubscribeSync(fmt.Sprintf("other.%d", i))
						Must(t, err)
						Must(t, sub.AutoUnsubscribe(100))
						others = append(others, sub)
					}
					sub, err := nc.QueueSubscribeSync(c.bad, c.queue)
					Must(t, err)
					last, err := nc.SubscribeSync("last")
					Must(t, err)
					var told Happening
					for told.Sub == nil {
						for _, h := range r.Of("error") {
							if h.Sub != nil {
								told = h
							}
						}
						time.Sleep(time.Millisecond) // of virtual time
					}
					if told.Sub != sub || !errors.Is(told.Err, nats.ErrPoisonSubscription) {
						t.Errorf("reported %v with %v", told.Err, told.Sub)
					}
					if _, err := sub.NextMsg(time.Second); !errors.Is(err, nats.ErrPoisonSubscription) {
						t.Errorf("NextMsg: %v", err)
					}
					Must(t, nc.FlushTimeout(time.Hour))
					if n := len(s.Conns()); n > c.most {
						t.Errorf("%d connections", n)
					}
					ends := r.Count("disconnected")
					time.Sleep(time.Hour) // of virtual time
					if r.Count("disconnected") != ends {
						t.Error("it goes on")
					}
					for i, sub := range append(others, last) {
						Must(t, nc.Publish(sub.Subject, nil))
						if _, err := sub.NextMsg(time.Second); err != nil {
							t.Fatalf("other %d of %d: %v", i, before, err)
						}
					}
					Must(t, sub.Unsubscribe())
				})
			})
		}
	}
}

// Several of them are found one after the other.
func TestSubscriptionsThatEndConnectionsAreAllTakenOut(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, hangsUpOn("", "s.7", "s.50", "s.51", "s.190"))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		for i := range 200 {
			_, err := nc.SubscribeSync(fmt.Sprintf("s.%d", i))
			Must(t, err)
		}
		found := make(map[string]bool)
		UntilIn(t, time.Hour, "four subscriptions taken out", func() bool {
			for _, h := range r.Of("error") { // writes that failed are told, too
				if h.Sub != nil {
					found[h.Sub.Subject] = true
				}
			}
			return len(found) >= 4
		})
		Must(t, nc.FlushTimeout(time.Hour))
		if len(found) != 4 || !found["s.7"] || !found["s.50"] || !found["s.51"] || !found["s.190"] {
			t.Errorf("took out %v", found)
		}
	})
}

// Servers that are restarted, a link that fails again and again, and connections that
// the client gives up by itself convict no subscription, in whatever moment.
func TestLossesConvictNoSubscription(t *testing.T) {
	for name, end := range map[string]func(nc *nats.Conn, s *natstest.Server, n *natstest.Network, i int){
		"restarted right after CONNECT": func(_ *nats.Conn, s *natstest.Server, _ *natstest.Network, _ int) {
			s.Last().HangUp()
		},
		"cut after some bytes": func(_ *nats.Conn, _ *natstest.Server, n *natstest.Network, i int) {
			for _, l := range n.Links(AddrA) {
				l.LoseAfter(natstest.ToServer, 1+37*i)
			}
		},
		"ForceReconnect": func(nc *nats.Conn, _ *natstest.Server, _ *natstest.Network, _ int) {
			_ = nc.ForceReconnect()
		},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
				for i := range 20 {
					_, err := nc.SubscribeSync(fmt.Sprintf("s.%d", i))
					Must(t, err)
				}
				for i := range 30 {
					end(nc, s, n, i)
					_ = nc.Publish("a", make([]byte, 2000))
					r.Wait(t, "reconnected", i+1)
				}
				Must(t, nc.FlushTimeout(time.Hour))
				Until(t, "all subscriptions", func() bool { return len(s.Last().Subscriptions()) == 20 })
				for _, h := range r.Of("error") { // writes that failed are told, too
					if h.Sub != nil || errors.Is(h.Err, nats.ErrPoisonSubscription) {
						t.Errorf("reported %v for %v", h.Err, h.Sub)
					}
				}
			})
		})
	}
}

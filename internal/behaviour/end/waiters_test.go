package end_test

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

// Everybody who waits for a message is told when there will be none: in NextMsg, with
// a timeout or a context, and in both iterators, however many they are.
func TestEveryWaiterLearnsOfTheEnd(t *testing.T) {
	waits := map[string]func(s *nats.Subscription) error{
		"NextMsg":            func(s *nats.Subscription) error { _, err := s.NextMsg(time.Hour); return err },
		"NextMsgWithContext": func(s *nats.Subscription) error { _, err := s.NextMsgWithContext(context.Background()); return err },
		"Msgs": func(s *nats.Subscription) error {
			for _, err := range s.Msgs() {
				return err
			}
			return nil
		},
		"MsgsTimeout": func(s *nats.Subscription) error {
			for _, err := range s.MsgsTimeout(time.Hour) {
				return err
			}
			return nil
		},
	}
	ends := []struct {
		name string
		do   func(t *testing.T, nc *nats.Conn, s *natstest.Server, sub *nats.Subscription)
		want error
	}{
		{"Unsubscribe", func(t *testing.T, _ *nats.Conn, _ *natstest.Server, sub *nats.Subscription) {
			Must(t, sub.Unsubscribe())
		}, nats.ErrBadSubscription},
		{"Drain", func(t *testing.T, _ *nats.Conn, _ *natstest.Server, sub *nats.Subscription) { Must(t, sub.Drain()) }, nats.ErrBadSubscription},
		{"AutoUnsubscribe", func(t *testing.T, nc *nats.Conn, s *natstest.Server, sub *nats.Subscription) {
			Must(t, sub.AutoUnsubscribe(1))
			Must(t, nc.Flush())
			send(s, 1, "x")
		}, nats.ErrMaxMessages},
		{"Close", func(_ *testing.T, nc *nats.Conn, _ *natstest.Server, _ *nats.Subscription) { nc.Close() }, nats.ErrConnectionClosed},
		{"Conn.Drain", func(t *testing.T, nc *nats.Conn, _ *natstest.Server, _ *nats.Subscription) { Must(t, nc.Drain()) }, nil},
		{"refused", func(_ *testing.T, _ *nats.Conn, s *natstest.Server, _ *nats.Subscription) {
			s.Last().SendErr(`Permissions Violation for Subscription to "a"`)
		}, nats.ErrPermissionViolation},
	}
	for _, typ := range []nats.SubscriptionType{nats.SyncSubscription, nats.ChanSubscription} {
		for _, end := range ends {
			name := "NextMsg's"
			if typ == nats.ChanSubscription {
				name = "channel's"
			}
			t.Run(name+"/"+end.name, func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					s := MemServer(t, n, AddrA)
					nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.PermissionErrOnSubscribe(true))...)
					var sub *nats.Subscription
					var err error
					if typ == nats.ChanSubscription {
						sub, err = nc.ChanSubscribe("a", make(chan *nats.Msg, 10))
					} else {
						sub, err = nc.SubscribeSync("a")
					}
					Must(t, err)
					Must(t, nc.Flush())
					errs := make(chan error, 3*len(waits))
					for _, wait := range waits {
						for range 3 {
							go func() { errs <- wait(sub) }()
						}
					}
					synctest.Wait()
					end.do(t, nc, s, sub)
					synctest.Wait()
					if len(errs) != cap(errs) {
						t.Errorf("%d of %d were told", len(errs), cap(errs))
						nc.Close()
					}
					messages := 0
					for range cap(errs) {
						err := <-errs
						switch {
						case err == nil:
							messages++
						case end.want == nil: // its drain, or what follows it
						case !errors.Is(err, end.want):
							t.Errorf("told %v, want %v", err, end.want)
						}
					}
					if want := map[string]int{"AutoUnsubscribe": 1}[end.name]; messages != want {
						t.Errorf("%d messages, want %d", messages, want)
					}
				})
			})
		}
	}
}

// A program may use a channel again when its subscription has ended: the old one
// takes nothing from it any more.
func TestEndedSubscriptionLeavesItsChannelAlone(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
		ch := make(chan *nats.Msg, 10)
		old, err := nc.ChanSubscribe("a", ch)
		Must(t, err)
		Must(t, old.Unsubscribe())
		_, err = nc.ChanSubscribe("b", ch)
		Must(t, err)
		Must(t, nc.Publish("b", nil))
		Must(t, nc.Flush())
		if m, err := old.NextMsg(time.Second); err != nats.ErrBadSubscription {
			t.Errorf("the old one has %v, %v", m, err)
		}
		if len(ch) != 1 {
			t.Errorf("%d messages for the new one, want 1", len(ch))
		}
		close(ch)
		if _, err := old.NextMsg(time.Second); err != nats.ErrBadSubscription {
			t.Errorf("with the channel closed: %v", err)
		}
	})
}

// What has ended calls nothing and announces nothing any more: a handler isn't called
// for what was pending, the closed handler once, and the last status is the end.
func TestNothingIsToldAfterTheEnd(t *testing.T) {
	for _, end := range []struct {
		name string
		do   func(nc *nats.Conn, sub *nats.Subscription)
	}{
		{"Unsubscribe", func(_ *nats.Conn, sub *nats.Subscription) { sub.Unsubscribe() }},
		{"Close", func(nc *nats.Conn, _ *nats.Subscription) { nc.Close() }},
		{"both", func(nc *nats.Conn, sub *nats.Subscription) { sub.Unsubscribe(); nc.Close() }},
		{"Drain, then Close", func(nc *nats.Conn, sub *nats.Subscription) { sub.Drain(); nc.Close() }},
	} {
		t.Run(end.name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
				let, calls, closed := make(chan struct{}), make(chan struct{}, 20), make(chan string, 5)
				sub, err := nc.Subscribe("a", func(*nats.Msg) {
					calls <- struct{}{}
					<-let
				})
				Must(t, err)
				Must(t, sub.SetPendingLimits(3, -1))
				sub.SetClosedHandler(func(subj string) { closed <- subj })
				Must(t, nc.Flush())
				statuses := sub.StatusChanged()
				send(s, 10, "x") // slow, too
				end.do(nc, sub)
				synctest.Wait()
				if len(closed) != 0 {
					t.Error("the closed handler was called while a message was being handled")
				}
				errs := r.Count("error")
				if nc.Status() != nats.CLOSED {
					send(s, 10, "x")
				}
				close(let)
				synctest.Wait()
				if len(calls) != 1 || len(closed) != 1 {
					t.Errorf("%d calls of the handler, %d of the closed handler; want 1 of each", len(calls), len(closed))
				}
				if got := r.Count("error"); got != errs {
					t.Errorf("%d errors were told after the end", got-errs)
				}
				var last nats.SubStatus
				for st := range statuses {
					last = st
				}
				if last != nats.SubscriptionClosed {
					t.Errorf("the last status is %v", last)
				}
				nc.Close()
				synctest.Wait()
				if len(closed) != 1 {
					t.Errorf("the closed handler was called %d times", len(closed))
				}
			})
		})
	}
}

package end_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// counted is a subscription of each type whose consumer is stuck until let go.
type counted struct {
	name string
	// make returns the subscription and a function that lets its consumer go, and
	// returns how many messages it got and the error after them.
	make func(t *testing.T, nc *nats.Conn, subj string) (sub *nats.Subscription, letGo func() (got int, err error))
	// after is what NextMsg says when the count has been used up.
	after error
}

var allTypes = []counted{
	{"handler", func(t *testing.T, nc *nats.Conn, subj string) (*nats.Subscription, func() (int, error)) {
		let := make(chan struct{})
		var got atomic.Int32
		sub, err := nc.Subscribe(subj, func(*nats.Msg) {
			<-let
			got.Add(1)
		})
		Must(t, err)
		return sub, func() (int, error) {
			close(let)
			synctest.Wait()
			_, err := sub.NextMsg(time.Second)
			return int(got.Load()), err
		}
	}, nats.ErrSyncSubRequired},
	{"NextMsg", func(t *testing.T, nc *nats.Conn, subj string) (*nats.Subscription, func() (int, error)) {
		sub, err := nc.SubscribeSync(subj)
		Must(t, err)
		return sub, func() (got int, err error) {
			for {
				_, err := sub.NextMsg(time.Second)
				switch {
				case err == nil:
					got++
				case err != nats.ErrSlowConsumer:
					return got, err
				}
			}
		}
	}, nats.ErrMaxMessages},
	{"channel", func(t *testing.T, nc *nats.Conn, subj string) (*nats.Subscription, func() (int, error)) {
		ch := make(chan *nats.Msg, 3)
		sub, err := nc.ChanSubscribe(subj, ch)
		Must(t, err)
		return sub, func() (int, error) {
			got := 0
			for {
				select {
				case <-ch:
					got++
				default:
					synctest.Wait()
					if len(ch) > 0 {
						continue
					}
					_, err := sub.NextMsg(time.Second)
					return got, err
				}
			}
		}
	}, nats.ErrMaxMessages},
}

// The server counts what it sends. What was dropped because the consumer was slow
// is part of the count, or the subscription would wait for ever for messages that
// nobody sends.
func TestAutoUnsubscribeCountsWhatWasDropped(t *testing.T) {
	for _, typ := range allTypes {
		for _, c := range []struct {
			name string
			play func(t *testing.T, nc *nats.Conn, s *natstest.Server, sub *nats.Subscription, r *Recorder)
			got  int
		}{
			{"all at once", func(t *testing.T, nc *nats.Conn, s *natstest.Server, sub *nats.Subscription, _ *Recorder) {
				Must(t, sub.AutoUnsubscribe(10))
				Must(t, nc.Flush())
				send(s, 10, "x")
			}, 3},
			{"one by one", func(t *testing.T, nc *nats.Conn, s *natstest.Server, sub *nats.Subscription, _ *Recorder) {
				Must(t, sub.AutoUnsubscribe(10))
				Must(t, nc.Flush())
				for range 10 {
					send(s, 1, "x")
					synctest.Wait()
				}
			}, 3},
			{"the count comes last", func(t *testing.T, nc *nats.Conn, s *natstest.Server, sub *nats.Subscription, _ *Recorder) {
				send(s, 10, "x")
				Must(t, sub.AutoUnsubscribe(10))
			}, 3},
			{"across a reconnect", func(t *testing.T, nc *nats.Conn, s *natstest.Server, sub *nats.Subscription, r *Recorder) {
				Must(t, sub.AutoUnsubscribe(10))
				Must(t, nc.Flush())
				send(s, 6, "x")
				synctest.Wait()
				s.Last().HangUp()
				r.Wait(t, "reconnected", 1)
				Must(t, nc.Flush())
				send(s, 4, "x")
			}, 3},
		} {
			t.Run(typ.name+", "+c.name, func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					s := MemServer(t, n, AddrA)
					var r Recorder
					nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
					sub, letGo := typ.make(t, nc, "a")
					if sub.Type() != nats.ChanSubscription {
						Must(t, sub.SetPendingLimits(3, -1))
					}
					over := make(chan string, 2)
					sub.SetClosedHandler(func(subj string) { over <- subj })
					Must(t, nc.Flush())
					c.play(t, nc, s, sub, &r)
					synctest.Wait()
					got, err := letGo()
					if got != c.got {
						t.Errorf("it got %d messages, want %d", got, c.got)
					}
					if err != typ.after {
						t.Errorf("afterwards: %v, want %v", err, typ.after)
					}
					synctest.Wait()
					if sub.IsValid() || nc.NumSubscriptions() != 0 || len(over) != 1 {
						t.Errorf("valid %v, %d subscriptions, the closed handler was called %d times", sub.IsValid(), nc.NumSubscriptions(), len(over))
					}
				})
			})
		}
	}
}

// A message that is larger than what may be pending is dropped without anything
// before it: no consumer comes to find that it was the last.
func TestAutoUnsubscribeEndsWithADroppedMessage(t *testing.T) {
	for _, typ := range allTypes[:2] {
		t.Run(typ.name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n))...)
				sub, letGo := typ.make(t, nc, "a")
				Must(t, sub.SetPendingLimits(-1, 10))
				Must(t, sub.AutoUnsubscribe(3))
				Must(t, nc.Flush())
				waits := make(chan error, 1)
				if sub.Type() == nats.SyncSubscription {
					go func() {
						_, err := sub.NextMsgWithContext(t.Context())
						for err == nil || err == nats.ErrSlowConsumer {
							_, err = sub.NextMsgWithContext(t.Context())
						}
						waits <- err
					}()
				} else {
					letGo()
				}
				send(s, 2, "x")
				synctest.Wait()
				send(s, 1, strings.Repeat("x", 11))
				synctest.Wait()
				if sub.IsValid() {
					t.Error("it is valid, and nothing can come any more")
				}
				if sub.Type() == nats.SyncSubscription {
					if err := Receive(t, "the end", waits); err != nats.ErrMaxMessages {
						t.Errorf("who waits is told %v", err)
					}
				}
			})
		})
	}
}

// The server is told of a count that has been reached as of any other end.
func TestAutoUnsubscribeBelowWhatHasComeEndsItOnTheServer(t *testing.T) {
	for _, typ := range allTypes[:2] {
		t.Run(typ.name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
				sub, letGo := typ.make(t, nc, "a")
				Must(t, nc.Flush())
				send(s, 5, "x")
				synctest.Wait()
				s.Last().HangUp()
				r.Wait(t, "reconnected", 1)
				Must(t, nc.Flush())
				Must(t, sub.AutoUnsubscribe(3)) // reached by what waits for the consumer
				Must(t, nc.Flush())
				if left := s.Last().Subscriptions(); len(left) != 0 {
					t.Errorf("the server still has %v", left)
				}
				if got, err := letGo(); got != 3 || err != typ.after {
					t.Errorf("it got %d, then %v", got, err)
				}
			})
		})
	}
}

// send sends messages to the first subscription.
func send(s *natstest.Server, n int, payload string) {
	for range n {
		s.Last().SendMsg("a", "1", "", payload)
	}
	synctest.Wait()
}

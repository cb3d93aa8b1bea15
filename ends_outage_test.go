package nats_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// outages are the ways for a connection to have no server.
var outages = []struct {
	name string
	// run makes a connection, subscribes with make, has the server send n messages
	// as long as there is one, and returns when the server is gone.
	run func(t *testing.T, n *natstest.Network, r *recorder, make func(nc *nats.Conn), msgs int) *nats.Conn
	// can says whether messages can have come in.
	can bool
}{
	{"gone", func(t *testing.T, n *natstest.Network, r *recorder, make func(nc *nats.Conn), msgs int) *nats.Conn {
		s := memServer(t, n, addrA)
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		make(nc)
		must(t, nc.Flush())
		send(s, msgs, "x")
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		return nc
	}, true},
	{"never made", func(t *testing.T, n *natstest.Network, r *recorder, make func(nc *nats.Conn), _ int) *nats.Conn {
		n.Refuse(addrA)
		nc := connect(t, "nats://"+addrA, r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true))...)
		make(nc)
		return nc
	}, false},
	{"silent", func(t *testing.T, n *natstest.Network, r *recorder, make func(nc *nats.Conn), _ int) *nats.Conn {
		n.Stall(addrA, natstest.ToServer)
		nc := connect(t, "nats://"+addrA, r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true))...)
		make(nc)
		return nc
	}, false},
}

// subscriptions of each type; made returns the channel to read, nil when there is
// none.
var kinds = []struct {
	name string
	sub  func(nc *nats.Conn, ch chan *nats.Msg, cb nats.MsgHandler) (*nats.Subscription, error)
}{
	{"Subscribe", func(nc *nats.Conn, _ chan *nats.Msg, cb nats.MsgHandler) (*nats.Subscription, error) {
		return nc.Subscribe("a", cb)
	}},
	{"QueueSubscribe", func(nc *nats.Conn, _ chan *nats.Msg, cb nats.MsgHandler) (*nats.Subscription, error) {
		return nc.QueueSubscribe("a", "q", cb)
	}},
	{"SubscribeSync", func(nc *nats.Conn, _ chan *nats.Msg, _ nats.MsgHandler) (*nats.Subscription, error) {
		return nc.SubscribeSync("a")
	}},
	{"QueueSubscribeSync", func(nc *nats.Conn, _ chan *nats.Msg, _ nats.MsgHandler) (*nats.Subscription, error) {
		return nc.QueueSubscribeSync("a", "q")
	}},
	{"ChanSubscribe", func(nc *nats.Conn, ch chan *nats.Msg, _ nats.MsgHandler) (*nats.Subscription, error) {
		return nc.ChanSubscribe("a", ch)
	}},
	{"ChanQueueSubscribe", func(nc *nats.Conn, ch chan *nats.Msg, _ nats.MsgHandler) (*nats.Subscription, error) {
		return nc.ChanQueueSubscribe("a", "q", ch)
	}},
}

// Every end of a subscription can be reached without a server.
func TestSubscriptionsEndWithoutAServer(t *testing.T) {
	for _, o := range outages {
		for _, k := range kinds {
			for _, end := range []struct {
				name string
				do   func(nc *nats.Conn, sub *nats.Subscription) error
				got  int // of 5
			}{
				{"Unsubscribe", func(_ *nats.Conn, sub *nats.Subscription) error { return sub.Unsubscribe() }, 0},
				{"AutoUnsubscribe", func(_ *nats.Conn, sub *nats.Subscription) error { return sub.AutoUnsubscribe(5) }, 5},
				{"Drain", func(_ *nats.Conn, sub *nats.Subscription) error { return sub.Drain() }, 5},
				{"Conn.Drain", func(nc *nats.Conn, _ *nats.Subscription) error { return nc.Drain() }, 5},
				{"Close", func(nc *nats.Conn, _ *nats.Subscription) error { nc.Close(); return nil }, 0},
			} {
				if end.name == "AutoUnsubscribe" && !o.can {
					continue // it waits for messages, of which none came
				}
				t.Run(fmt.Sprintf("%s/%s/%s", o.name, k.name, end.name), func(t *testing.T) {
					bubble(t, func(t *testing.T, n *natstest.Network) {
						var r recorder
						let := make(chan struct{})
						handled := make(chan *nats.Msg, 10)
						ch := make(chan *nats.Msg, 10)
						over := make(chan string, 2)
						var sub *nats.Subscription
						nc := o.run(t, n, &r, func(nc *nats.Conn) {
							var err error
							sub, err = k.sub(nc, ch, func(m *nats.Msg) {
								<-let
								handled <- m
							})
							must(t, err)
							sub.SetClosedHandler(func(subj string) { over <- subj })
						}, 5)
						begin := time.Now()
						must(t, end.do(nc, sub))
						synctest.Wait()
						got := 0
						switch sub.Type() {
						case nats.AsyncSubscription:
							close(let)
							synctest.Wait()
							if got = len(handled); end.got == 0 {
								got = max(got-1, 0) // the one that was being handled
							}
						case nats.SyncSubscription:
							for {
								if _, err := sub.NextMsg(0); err != nil {
									break
								}
								got++
							}
						case nats.ChanSubscription:
							for end.got > 0 && len(ch) > 0 {
								<-ch
								got++
							}
						}
						want := end.got
						if !o.can {
							want = 0
						}
						if got != want {
							t.Errorf("%d messages were handled, want %d", got, want)
						}
						if subj := receive(t, "the end", over); subj != "a" || sub.IsValid() {
							t.Errorf("the end of %q, valid %v", subj, sub.IsValid())
						}
						if d := time.Since(begin); d > 20*time.Millisecond {
							t.Errorf("it took %v", d)
						}
					})
				})
			}
		}
	}
}

// The link dies while a drain waits for the server's answer.
func TestDrainOfASubscriptionGoesOnWithoutTheServer(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				s := memServer(t, n, addrA)
				var r recorder
				nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
				handled, ch, over := make(chan *nats.Msg, 10), make(chan *nats.Msg, 10), make(chan string, 2)
				sub, err := k.sub(nc, ch, func(m *nats.Msg) { handled <- m })
				must(t, err)
				sub.SetClosedHandler(func(subj string) { over <- subj })
				must(t, nc.Flush())
				s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
				must(t, sub.Drain())
				send(s, 3, "x")
				if !sub.IsDraining() {
					t.Fatal("it doesn't wait for the server")
				}
				n.Refuse(addrA)
				s.Last().HangUp()
				r.wait(t, "disconnected", 1)
				for got := 0; got < 3; got++ {
					switch sub.Type() {
					case nats.AsyncSubscription:
						receive(t, "a message", handled)
					case nats.SyncSubscription:
						_, err := sub.NextMsg(time.Second)
						must(t, err)
					default:
						receive(t, "a message", ch)
					}
				}
				receive(t, "the end", over)
				if sub.IsValid() || nc.NumSubscriptions() != 0 {
					t.Errorf("valid %v, %d subscriptions", sub.IsValid(), nc.NumSubscriptions())
				}
			})
		})
	}
}

// In an outage a drain waits for what there is to save: messages that wait to be
// sent, or to be handled. Without any it is over at once.
func TestDrainInAnOutageWaitsOnlyForWhatThereIsToSave(t *testing.T) {
	for _, o := range outages {
		for _, with := range []string{"Drain", "DrainWithContext"} {
			t.Run(o.name+"/"+with+"/nothing", func(t *testing.T) {
				bubble(t, func(t *testing.T, n *natstest.Network) {
					var r recorder
					nc := o.run(t, n, &r, func(nc *nats.Conn) {
						_, err := nc.Subscribe("a", func(*nats.Msg) {})
						must(t, err)
						_, err = nc.SubscribeSync("a")
						must(t, err)
					}, 0)
					begin := time.Now()
					if with == "Drain" {
						must(t, nc.Drain())
					} else {
						must(t, nc.DrainWithContext(t.Context()))
					}
					h := r.wait(t, "closed", 1)
					if d := h.at.Sub(begin); d > 10*time.Millisecond {
						t.Errorf("closed after %v", d)
					}
					if r.count("error") != 0 {
						t.Errorf("told %v", r.of("error")[0].err)
					}
				})
			})
		}
		t.Run(o.name+"/published", func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				var r recorder
				nc := o.run(t, n, &r, func(*nats.Conn) {}, 0)
				must(t, nc.Publish("a", nil))
				begin := time.Now()
				must(t, nc.Drain())
				time.Sleep(20 * time.Second) // of virtual time
				if st := nc.Status(); st != nats.DRAINING_PUBS {
					t.Errorf("status %v", st)
				}
				if nc.IsConnected() {
					t.Error("a drain that waits for a server says that it is connected")
				}
				e := r.waitIn(t, time.Minute, "error", 1)
				if d := e.at.Sub(begin); d != nats.DefaultDrainTimeout || !errors.Is(e.err, nats.ErrDrainTimeout) {
					t.Errorf("told %v after %v", e.err, d)
				}
				r.wait(t, "closed", 1)
			})
		})
	}
	t.Run("what was sent is lost with the link", func(t *testing.T) {
		bubble(t, func(t *testing.T, n *natstest.Network) {
			s := memServer(t, n, addrA)
			var r recorder
			nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
			s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
			must(t, nc.Publish("a", nil))
			s.Last().WaitOp("PUB", 1)
			left := make(chan error, 1)
			go func() { left <- nc.DrainWithContext(context.Background()) }()
			synctest.Wait()
			n.Refuse(addrA)
			begin := time.Now()
			s.Last().HangUp()
			if err := receive(t, "the drain", left); !errors.Is(err, nats.ErrInDoubt) {
				t.Errorf("the drain: %v", err)
			}
			if d := time.Since(begin); d > 10*time.Millisecond {
				t.Errorf("it took %v", d)
			}
		})
	})
	t.Run("the link dies in the drain and nothing is left", func(t *testing.T) {
		bubble(t, func(t *testing.T, n *natstest.Network) {
			s := memServer(t, n, addrA)
			var r recorder
			nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
			s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
			must(t, nc.Drain())
			synctest.Wait()
			if st := nc.Status(); st != nats.DRAINING_PUBS || !nc.IsConnected() {
				t.Errorf("status %v, connected %v", st, nc.IsConnected())
			}
			n.Refuse(addrA)
			begin := time.Now()
			s.Last().HangUp()
			h := r.wait(t, "closed", 1)
			if d := h.at.Sub(begin); d > 10*time.Millisecond || r.count("error") != 0 {
				t.Errorf("closed after %v, told %v", d, r.of("error"))
			}
		})
	})
}

// A connection that drains is connected as long as there is a server.
func TestDrainThatReconnectsIsConnectedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		let := make(chan struct{})
		_, err := nc.Subscribe("a", func(*nats.Msg) { <-let })
		must(t, err)
		must(t, nc.Flush())
		send(s, 1, "x")
		must(t, nc.Drain())
		synctest.Wait()
		if !nc.IsConnected() || !nc.IsDraining() {
			t.Error("it has a server, and says that it has none")
		}
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		if nc.IsConnected() || !nc.IsDraining() || nc.IsClosed() {
			t.Errorf("connected %v, draining %v, closed %v", nc.IsConnected(), nc.IsDraining(), nc.IsClosed())
		}
		n.Heal(addrA)
		must(t, nc.WaitConnected(t.Context()))
		if !nc.IsConnected() {
			t.Error("it has a server again, and says that it has none")
		}
		close(let)
		r.wait(t, "closed", 1)
	})
}

// Close in a drain that has nothing left to do is the program's own decision, of
// which it needs no report; what was left is reported.
func TestCloseInADrainReportsOnlyWhatWasLeft(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		bubble(t, func(t *testing.T, n *natstest.Network) {
			s := memServer(t, n, addrA)
			var r recorder
			nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n))...)
			_, err := nc.SubscribeSync("a")
			must(t, err)
			must(t, nc.Flush())
			s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
			must(t, nc.Drain())
			synctest.Wait()
			nc.Close()
			r.wait(t, "closed", 1)
			if r.count("error") != 0 {
				t.Errorf("told %v", r.of("error")[0].err)
			}
		})
	})
	t.Run("messages, of which the error handler is told before the closed handler", func(t *testing.T) {
		bubble(t, func(t *testing.T, n *natstest.Network) {
			s := memServer(t, n, addrA)
			var r recorder
			nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.DetailedErrors())...)
			_, err := nc.SubscribeSync("a")
			must(t, err)
			must(t, nc.Flush())
			send(s, 4, "x")
			must(t, nc.Drain())
			synctest.Wait()
			nc.Close()
			r.wait(t, "closed", 1)
			synctest.Wait()
			errs := r.of("error")
			if len(errs) != 1 || !strings.Contains(errs[0].err.Error(), "4 received messages") {
				t.Fatalf("told %v", errs)
			}
			if kinds := r.kinds(); kinds[len(kinds)-1] != "closed" {
				t.Errorf("told in the order %v", kinds)
			}
		})
	})
	t.Run("messages", func(t *testing.T) {
		bubble(t, func(t *testing.T, n *natstest.Network) {
			s := memServer(t, n, addrA)
			var r recorder
			nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n))...)
			_, err := nc.SubscribeSync("a")
			must(t, err)
			must(t, nc.Flush())
			send(s, 4, "x")
			left := make(chan error, 1)
			go func() { left <- nc.DrainWithContext(context.Background()) }()
			synctest.Wait()
			nc.Close()
			err = receive(t, "the drain", left)
			if want := "4 received messages were not handled"; err == nil || !errors.Is(err, nats.ErrConnectionClosed) || !strings.Contains(err.Error(), want) {
				t.Errorf("the drain: %v", err)
			}
		})
	})
}

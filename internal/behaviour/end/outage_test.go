package end_test

import (
	"context"
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

// outages are the ways for a connection to have no server.
var outages = []struct {
	name string
	// run makes a connection, subscribes with make, has the server send n messages
	// as long as there is one, and returns when the server is gone.
	run func(t *testing.T, n *natstest.Network, r *Recorder, make func(nc *nats.Conn), msgs int) *nats.Conn
	// can says whether messages can have come in.
	can bool
}{
	{"gone", func(t *testing.T, n *natstest.Network, r *Recorder, make func(nc *nats.Conn), msgs int) *nats.Conn {
		s := MemServer(t, n, AddrA)
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		make(nc)
		Must(t, nc.Flush())
		send(s, msgs, "x")
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		return nc
	}, true},
	{"never made", func(t *testing.T, n *natstest.Network, r *Recorder, make func(nc *nats.Conn), _ int) *nats.Conn {
		n.Refuse(AddrA)
		nc := Connect(t, "nats://"+AddrA, r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true))...)
		make(nc)
		return nc
	}, false},
	{"silent", func(t *testing.T, n *natstest.Network, r *Recorder, make func(nc *nats.Conn), _ int) *nats.Conn {
		n.Stall(AddrA, natstest.ToServer)
		nc := Connect(t, "nats://"+AddrA, r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true))...)
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
					Bubble(t, func(t *testing.T, n *natstest.Network) {
						var r Recorder
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
							Must(t, err)
							sub.SetClosedHandler(func(subj string) { over <- subj })
						}, 5)
						begin := time.Now()
						Must(t, end.do(nc, sub))
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
						if subj := Receive(t, "the end", over); subj != "a" || sub.IsValid() {
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
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
				handled, ch, over := make(chan *nats.Msg, 10), make(chan *nats.Msg, 10), make(chan string, 2)
				sub, err := k.sub(nc, ch, func(m *nats.Msg) { handled <- m })
				Must(t, err)
				sub.SetClosedHandler(func(subj string) { over <- subj })
				Must(t, nc.Flush())
				s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
				Must(t, sub.Drain())
				send(s, 3, "x")
				if !sub.IsDraining() {
					t.Fatal("it doesn't wait for the server")
				}
				n.Refuse(AddrA)
				s.Last().HangUp()
				r.Wait(t, "disconnected", 1)
				for got := 0; got < 3; got++ {
					switch sub.Type() {
					case nats.AsyncSubscription:
						Receive(t, "a message", handled)
					case nats.SyncSubscription:
						_, err := sub.NextMsg(time.Second)
						Must(t, err)
					default:
						Receive(t, "a message", ch)
					}
				}
				Receive(t, "the end", over)
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
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					var r Recorder
					nc := o.run(t, n, &r, func(nc *nats.Conn) {
						_, err := nc.Subscribe("a", func(*nats.Msg) {})
						Must(t, err)
						_, err = nc.SubscribeSync("a")
						Must(t, err)
					}, 0)
					begin := time.Now()
					if with == "Drain" {
						Must(t, nc.Drain())
					} else {
						Must(t, nc.DrainWithContext(t.Context()))
					}
					h := r.Wait(t, "closed", 1)
					if d := h.At.Sub(begin); d > 10*time.Millisecond {
						t.Errorf("closed after %v", d)
					}
					if r.Count("error") != 0 {
						t.Errorf("told %v", r.Of("error")[0].Err)
					}
				})
			})
		}
		t.Run(o.name+"/published", func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				var r Recorder
				nc := o.run(t, n, &r, func(*nats.Conn) {}, 0)
				Must(t, nc.Publish("a", nil))
				begin := time.Now()
				Must(t, nc.Drain())
				time.Sleep(20 * time.Second) // of virtual time
				if st := nc.Status(); st != nats.DRAINING_PUBS {
					t.Errorf("status %v", st)
				}
				if nc.IsConnected() {
					t.Error("a drain that waits for a server says that it is connected")
				}
				e := r.WaitIn(t, time.Minute, "error", 1)
				if d := e.At.Sub(begin); d != nats.DefaultDrainTimeout || !errors.Is(e.Err, nats.ErrDrainTimeout) {
					t.Errorf("told %v after %v", e.Err, d)
				}
				r.Wait(t, "closed", 1)
			})
		})
	}
	t.Run("what was sent is lost with the link", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
			s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
			Must(t, nc.Publish("a", nil))
			s.Last().WaitOp("PUB", 1)
			left := make(chan error, 1)
			go func() { left <- nc.DrainWithContext(context.Background()) }()
			synctest.Wait()
			n.Refuse(AddrA)
			begin := time.Now()
			s.Last().HangUp()
			if err := Receive(t, "the drain", left); !errors.Is(err, nats.ErrInDoubt) {
				t.Errorf("the drain: %v", err)
			}
			if d := time.Since(begin); d > 10*time.Millisecond {
				t.Errorf("it took %v", d)
			}
		})
	})
	t.Run("the link dies in the drain and nothing is left", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
			s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
			Must(t, nc.Drain())
			synctest.Wait()
			if st := nc.Status(); st != nats.DRAINING_PUBS || !nc.IsConnected() {
				t.Errorf("status %v, connected %v", st, nc.IsConnected())
			}
			n.Refuse(AddrA)
			begin := time.Now()
			s.Last().HangUp()
			h := r.Wait(t, "closed", 1)
			if d := h.At.Sub(begin); d > 10*time.Millisecond || r.Count("error") != 0 {
				t.Errorf("closed after %v, told %v", d, r.Of("error"))
			}
		})
	})
}

// A connection that drains is connected as long as there is a server.
func TestDrainThatReconnectsIsConnectedAgain(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		let := make(chan struct{})
		_, err := nc.Subscribe("a", func(*nats.Msg) { <-let })
		Must(t, err)
		Must(t, nc.Flush())
		send(s, 1, "x")
		Must(t, nc.Drain())
		synctest.Wait()
		if !nc.IsConnected() || !nc.IsDraining() {
			t.Error("it has a server, and says that it has none")
		}
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		if nc.IsConnected() || !nc.IsDraining() || nc.IsClosed() {
			t.Errorf("connected %v, draining %v, closed %v", nc.IsConnected(), nc.IsDraining(), nc.IsClosed())
		}
		n.Heal(AddrA)
		Must(t, nc.WaitConnected(t.Context()))
		if !nc.IsConnected() {
			t.Error("it has a server again, and says that it has none")
		}
		close(let)
		r.Wait(t, "closed", 1)
	})
}

// Close in a drain that has nothing left to do is the program's own decision, of
// which it needs no report; what was left is reported.
func TestCloseInADrainReportsOnlyWhatWasLeft(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
			_, err := nc.SubscribeSync("a")
			Must(t, err)
			Must(t, nc.Flush())
			s.Last().Update(func(b *natstest.Behavior) { b.NoPong = true })
			Must(t, nc.Drain())
			synctest.Wait()
			nc.Close()
			r.Wait(t, "closed", 1)
			if r.Count("error") != 0 {
				t.Errorf("told %v", r.Of("error")[0].Err)
			}
		})
	})
	t.Run("messages, of which the error handler is told before the closed handler", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.DetailedErrors())...)
			_, err := nc.SubscribeSync("a")
			Must(t, err)
			Must(t, nc.Flush())
			send(s, 4, "x")
			Must(t, nc.Drain())
			synctest.Wait()
			nc.Close()
			r.Wait(t, "closed", 1)
			synctest.Wait()
			errs := r.Of("error")
			if len(errs) != 1 || !strings.Contains(errs[0].Err.Error(), "4 received messages") {
				t.Fatalf("told %v", errs)
			}
			if kinds := r.Kinds(); kinds[len(kinds)-1] != "closed" {
				t.Errorf("told in the order %v", kinds)
			}
		})
	})
	t.Run("messages", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
			_, err := nc.SubscribeSync("a")
			Must(t, err)
			Must(t, nc.Flush())
			send(s, 4, "x")
			left := make(chan error, 1)
			go func() { left <- nc.DrainWithContext(context.Background()) }()
			synctest.Wait()
			nc.Close()
			err = Receive(t, "the drain", left)
			if want := "4 received messages were not handled"; err == nil || !errors.Is(err, nats.ErrConnectionClosed) || !strings.Contains(err.Error(), want) {
				t.Errorf("the drain: %v", err)
			}
		})
	})
}

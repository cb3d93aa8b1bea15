package events_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func TestChecklist07DrainWhileReconnectingStillFiresClosedCB(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.DrainTimeout(5*time.Second))...)
		_, err := nc.Subscribe("a", func(*nats.Msg) {})
		Must(t, err)
		Must(t, nc.Flush()) // a write that meets the end would be told, too
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		Must(t, nc.Publish("b", nil)) // without anything to save it would be over at once
		begin := time.Now()
		Must(t, nc.Drain())
		h := r.Wait(t, "closed", 1)
		if d := h.At.Sub(begin); d < 4*time.Second || d > 6*time.Second {
			t.Errorf("closed after %v, DrainTimeout is 5 s", d)
		}
		if e := r.Wait(t, "error", 1); e.Err != nats.ErrDrainTimeout {
			t.Errorf("told %v", e.Err)
		}
	})
}

// Events come while nobody reads the channels that tell of them.
func TestChecklist13FullChannelsDoNotBlockTeardown(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		stuck := make(chan struct{})
		block := func(*nats.Conn) { <-stuck }
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n), nats.ReconnectHandler(block),
			nats.DisconnectErrHandler(func(*nats.Conn, error) { <-stuck }))...)
		defer close(stuck)
		nc.StatusChanged()
		full := make(chan *nats.Msg)
		_, err := nc.ChanSubscribe("a", full)
		Must(t, err)
		sub, err := nc.SubscribeSync("a")
		Must(t, err)
		sub.StatusChanged()
		for i := 1; i <= 30; i++ {
			c := s.WaitConn(i)
			c.WaitOp("SUB", 2)
			for range 20 {
				c.SendMsg("a", "1", "", "x")
				c.SendMsg("a", "2", "", "x")
			}
			c.HangUp()
		}
		s.WaitConn(31)
		nc.Close()
		s.WaitFor("no connection", func() bool { return len(s.Open()) == 0 })
		if !nc.IsClosed() {
			t.Errorf("status %v", nc.Status())
		}
	})
}

func TestChecklist17ReplacingAHandlerWhileItIsCalled(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		var calls atomic.Int32
		var stop atomic.Bool
		var all sync.WaitGroup
		all.Go(func() {
			for !stop.Load() {
				for range 10 {
					nc.SetReconnectHandler(func(c *nats.Conn) { calls.Add(1); c.SetReconnectHandler(nil) })
					nc.SetDisconnectErrHandler(func(c *nats.Conn, _ error) { c.SetDisconnectErrHandler(nil) })
					nc.SetErrorHandler(func(c *nats.Conn, _ *nats.Subscription, _ error) { c.SetErrorHandler(nil) })
					nc.SetDiscoveredServersHandler(func(*nats.Conn) {})
					nc.ReconnectHandler()
					nc.DisconnectErrHandler()
					nc.ErrorHandler()
				}
				time.Sleep(time.Millisecond) // lets virtual time pass
			}
		})
		for i := 1; i <= 20; i++ {
			c := s.WaitConn(i)
			c.SendErr("something")
			s.SetInfo(func(info *natstest.Info) {
				info.ConnectURLs = append(info.ConnectURLs, fmt.Sprintf("10.1.0.%d:4222", i))
			})
			c.HangUp()
		}
		s.WaitConn(21)
		stop.Store(true)
		all.Wait()
		// The one set last is the one that is called.
		again := make(chan bool, 1)
		nc.SetReconnectHandler(func(*nats.Conn) { again <- true })
		s.Last().HangUp()
		Receive(t, "the last handler", again)
		if calls.Load() == 0 {
			t.Error("no handler was called on the way")
		}
	})
}

// Whatever a handler does to the connection, the client goes on to reconnect.
func TestChecklist28HandlersDoNotEndTheRetryLoop(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		reconnected := make(chan bool, 10)
		status := make(chan nats.Status, 100)
		touch := func(nc *nats.Conn) {
			status <- nc.Status()
			_ = nc.ForceReconnect()
			_ = nc.SetServerPool([]string{"nats://" + AddrA})
			_ = nc.Publish("a", nil)
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			_ = nc.FlushWithContext(ctx)
		}
		nc := Connect(t, s.URL(), Quick(nats.SetCustomDialer(n),
			nats.DisconnectErrHandler(func(nc *nats.Conn, _ error) { touch(nc) }),
			nats.ReconnectErrHandler(func(nc *nats.Conn, _ error) { touch(nc) }),
			nats.ReconnectHandler(func(*nats.Conn) { reconnected <- true }))...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		for range 10 {
			if st := Receive(t, "a handler", status); st != nats.RECONNECTING {
				t.Fatalf("status %v in a handler", st)
			}
		}
		nc.SetDisconnectErrHandler(nil)
		n.Heal(AddrA)
		Receive(t, "a reconnect", reconnected)
		Until(t, "CONNECTED", nc.IsConnected)
	})
}

func TestChecklist30AHundredDisconnectsLeaveNothingBehind(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	var r Recorder
	nc := Connect(t, s.URL(), r.Options(nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.PingInterval(time.Second), nats.StaleAfter(10*time.Second))...)
	for i := range 10 {
		_, err := nc.Subscribe(fmt.Sprint("a.", i), func(*nats.Msg) {})
		Must(t, err)
	}
	_, err := nc.SubscribeSync("b")
	Must(t, err)
	Must(t, nc.Flush())
	settled := func() int {
		runtime.GC()
		return len(OurGoroutines())
	}
	var before int
	Until(t, "a settled number of goroutines", func() bool {
		last := before
		before = settled()
		return last == before
	})
	for i := 1; i <= 100; i++ {
		if i%2 == 0 {
			s.Last().HangUp()
		} else {
			Must(t, nc.ForceReconnect())
		}
		r.Wait(t, "reconnected", i)
		Must(t, nc.Publish("c", []byte(fmt.Sprint(i))))
		Must(t, nc.FlushTimeout(10*time.Second))
	}
	Until(t, fmt.Sprintf("%d goroutines as before", before), func() bool { return settled() <= before })
	s.WaitFor("a single open connection", func() bool { return len(s.Open()) == 1 })
	if got := len(s.Last().Subscriptions()); got != 11 {
		t.Errorf("%d subscriptions on the server, want 11", got)
	}
	if got := nc.Stats().Reconnects; got != 100 {
		t.Errorf("%d reconnects counted", got)
	}
	if got := len(nc.Servers()); got != 1 {
		t.Errorf("%d servers known", got)
	}
}

func TestChecklist32CallsFromInsideHandlersDoNotDeadlock(t *testing.T) {
	calls := map[string]func(nc *nats.Conn){
		"Close":          func(nc *nats.Conn) { nc.Close() },
		"Publish":        func(nc *nats.Conn) { _ = nc.Publish("a", nil) },
		"Subscribe":      func(nc *nats.Conn) { _, _ = nc.Subscribe("b", func(*nats.Msg) {}) },
		"Drain":          func(nc *nats.Conn) { _ = nc.Drain() },
		"ForceReconnect": func(nc *nats.Conn) { _ = nc.ForceReconnect() },
		"Barrier":        func(nc *nats.Conn) { _ = nc.Barrier(func() { nc.Close() }) },
		"status":         func(nc *nats.Conn) { nc.RemoveStatusListener(nc.StatusChanged()); nc.Stats(); nc.LastError() },
		"pool":           func(nc *nats.Conn) { _ = nc.SetServerPool(nc.Servers()); nc.ServerPool() },
		"Request":        func(nc *nats.Conn) { _, _ = nc.Request("b", nil, time.Millisecond) },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				// Each handler of a connection makes the call once, and says when it
				// is back.
				back := make(chan string, 100)
				var closed sync.Once
				var made sync.Map
				done := make(chan struct{})
				in := func(kind string, nc *nats.Conn) {
					if _, again := made.LoadOrStore(fmt.Sprintf("%s %p", kind, nc), true); !again {
						call(nc)
						back <- kind
					}
				}
				opts := Quick(nats.SetCustomDialer(n),
					nats.DisconnectErrHandler(func(nc *nats.Conn, _ error) { in("disconnected", nc) }),
					nats.ReconnectHandler(func(nc *nats.Conn) { in("reconnected", nc) }),
					nats.ReconnectErrHandler(func(nc *nats.Conn, _ error) { in("attempt failed", nc) }),
					nats.DiscoveredServersHandler(func(nc *nats.Conn) { in("discovered", nc) }),
					nats.LameDuckModeHandler(func(nc *nats.Conn) { in("lame duck", nc) }),
					nats.ErrorHandler(func(nc *nats.Conn, _ *nats.Subscription, _ error) { in("error", nc) }),
					nats.ClosedHandler(func(nc *nats.Conn) { in("closed", nc); closed.Do(func() { close(done) }) }))
				for _, happen := range []func(c *natstest.Conn){
					func(c *natstest.Conn) { c.HangUp() },
					func(c *natstest.Conn) { s.SetInfo(func(i *natstest.Info) { i.LameDuckMode = !i.LameDuckMode }) },
					func(c *natstest.Conn) {
						s.SetInfo(func(i *natstest.Info) { i.ConnectURLs = append(i.ConnectURLs, AddrA, AddrB) })
					},
					func(c *natstest.Conn) { c.SendErr("some error") },
					func(c *natstest.Conn) { c.SendMsg("m", "1", "", "x") },
				} {
					nc := Connect(t, s.URL(), opts...)
					_, err := nc.Subscribe("m", func(*nats.Msg) { in("message", nc) })
					Must(t, err)
					if name != "Request" { // its inbox is a subscription more
						Must(t, nc.Flush())
					}
					happen(s.Last())
					Receive(t, "a handler's return", back)
					synctest.Wait()
					nc.Close()
					synctest.Wait()
				}
				Ended(t, "the closed handler's return", done)
			})
		})
	}
}

package events_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A reader that lags finds the newest announcements and stays listed.
func TestStatusChangedReaderThatLags(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		ch := nc.StatusChanged()
		read := func() (list []nats.Status) {
			for {
				select {
				case st := <-ch:
					list = append(list, st)
				default:
					return list
				}
			}
		}
		// As many as the channel holds: none is lost.
		for i := 1; i <= 5; i++ {
			s.Last().HangUp()
			r.Wait(t, "reconnected", i)
		}
		pair := []nats.Status{nats.RECONNECTING, nats.CONNECTED}
		if got := read(); !slices.Equal(got, slices.Repeat(pair, 5)) {
			t.Errorf("read %v", got)
		}
		for i := 6; i <= 40; i++ {
			s.Last().HangUp()
			r.Wait(t, "reconnected", i)
		}
		got := read()
		if !slices.Equal(got, slices.Repeat(pair, cap(ch)/2)) {
			t.Errorf("a reader that lags finds %v", got)
		}
		s.Last().HangUp()
		r.Wait(t, "reconnected", 41)
		if got := read(); !slices.Equal(got, pair) {
			t.Errorf("afterwards it is told %v", got)
		}
		nc.Close()
		if got := Receive(t, "CLOSED", ch); got != nats.CLOSED {
			t.Errorf("told %v", got)
		}
	})
}

func TestPermissionErrorMarksOneSubscriptionAndIsTriedAgain(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, Behaving(func(c *natstest.Conn) natstest.Behavior {
			if c.ID() > 1 {
				return natstest.Behavior{}
			}
			return natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
				if op.Kind != "SUB" || op.Subject != "secret" {
					return false
				}
				c.SendErr(`Permissions Violation for Subscription to "secret"`)
				return true
			}}
		}))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.PermissionErrOnSubscribe(true))...)
		open, err := nc.SubscribeSync("open")
		Must(t, err)
		secret, err := nc.SubscribeSync("secret")
		Must(t, err)
		Must(t, nc.Flush())
		if h := r.Wait(t, "error", 1); h.Sub != secret || !errors.Is(h.Err, nats.ErrPermissionViolation) {
			t.Errorf("told %v on %v", h.Err, h.Sub)
		}
		if _, err := secret.NextMsg(time.Second); !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("NextMsg on the refused subscription: %v", err)
		}
		Must(t, nc.Publish("open", []byte("x")))
		if _, err := open.NextMsg(time.Second); err != nil {
			t.Errorf("NextMsg on the other: %v", err)
		}
		if r.Count("disconnected") != 0 {
			t.Error("the connection was given up")
		}
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Publish("secret", []byte("now")))
		if m, err := secret.NextMsg(time.Second); err != nil || string(m.Data) != "now" {
			t.Errorf("after the reconnect: %v, %v", m, err)
		}
	})
}

func TestLameDuckHandler(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
		s.SetInfo(func(info *natstest.Info) { info.LameDuckMode = true })
		r.Wait(t, "lame duck", 1)
		s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{AddrA, AddrB} })
		r.Wait(t, "discovered", 1)
		synctest.Wait()
		if r.Count("lame duck") != 1 {
			t.Errorf("%d calls", r.Count("lame duck"))
		}
		if !nc.IsConnected() || r.Count("disconnected") != 0 {
			t.Errorf("status %v: it stays until the server hangs up", nc.Status())
		}
	})
}

// A handler that hangs delays only its own later calls, if the program wants that.
func TestParallelHandlersDelayOnlyTheirOwn(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		let := make(chan struct{})
		var disconnects atomic.Int32
		nc := Connect(t, s.URL(), append(r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond)),
			nats.ParallelHandlers(), nats.DisconnectErrHandler(func(*nats.Conn, error) {
				disconnects.Add(1)
				<-let
			}))...)
		begin := time.Now()
		for i := 1; i <= 10; i++ {
			s.Last().HangUp()
			r.Wait(t, "reconnected", i)
		}
		s.Last().SendErr("something")
		r.Wait(t, "error", 1)
		if d := time.Since(begin); d > 10*time.Second {
			t.Errorf("the other handlers were delayed: %v", d)
		}
		if got := disconnects.Load(); got != 1 {
			t.Errorf("%d calls while the first is not back", got)
		}
		Must(t, nc.Flush())
		close(let)
		Until(t, "the other calls", func() bool { return disconnects.Load() == 10 })
	})
}

// Handlers run strictly one after another however long they take, the closed
// handler last; what is new beside them, and the connection, wait for none.
func TestSlowHandlersKeepTheirOrder(t *testing.T) {
	for name, parallel := range map[string]bool{"one after another": false, "in parallel": true} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				var now, most atomic.Int32
				slow := func(kind string) func() {
					return func() {
						most.Store(max(most.Load(), now.Add(1)))
						time.Sleep(120 * time.Millisecond)
						now.Add(-1)
						r.Add(kind, nil, nil)
					}
				}
				conn := func(kind string) nats.ConnHandler { return func(*nats.Conn) { slow(kind)() } }
				opts := Quick(nats.SetCustomDialer(n), nats.ConnectHandler(conn("connected")), nats.ReconnectHandler(conn("reconnected")),
					nats.DisconnectErrHandler(func(*nats.Conn, error) { slow("disconnected")() }), nats.ClosedHandler(conn("closed")),
					nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) { slow("error")() }),
					nats.AttemptHandler(func(*nats.Conn, *nats.ConnError) { slow("attempt")() }))
				if parallel {
					opts = append(opts, nats.ParallelHandlers())
				}
				nc := Connect(t, s.URL(), opts...)
				s.Last().SendErr("something")
				synctest.Wait()
				n.Refuse(AddrA)
				s.Last().HangUp()
				synctest.Wait()
				n.Heal(AddrA)
				begin := time.Now()
				Must(t, nc.WaitConnected(t.Context()))
				Must(t, nc.Flush())
				if d := time.Since(begin); d > 10*time.Millisecond {
					t.Errorf("the connection waited %v for a handler", d)
				}
				nc.Close()
				r.Wait(t, "closed", 1)
				events := r.All()
				var told []string
				for _, e := range events {
					if e.Kind != "attempt" {
						told = append(told, e.Kind)
					}
				}
				if len(told) != 6 || told[5] != "closed" || events[len(events)-1].Kind != "closed" {
					t.Errorf("told %v, want closed at the end", events)
				}
				want := []string{"connected", "error", "disconnected", "reconnected", "disconnected", "closed"}
				if !parallel && !slices.Equal(told, want) {
					t.Errorf("told %v, want %v", told, want)
				}
				if limit := int32(2); !parallel && most.Load() > limit {
					t.Errorf("%d handlers at once: one of nats.go's and the new one are %d", most.Load(), limit)
				}
			})
		})
	}
}

func TestHandlersAreToldInOrder(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))...)
		for i := 1; i <= 20; i++ {
			s.Last().HangUp()
			r.Wait(t, "reconnected", i)
		}
		nc.Close()
		r.Wait(t, "closed", 1)
		events := r.All()
		want := []string{"connected"}
		for range 20 {
			want = append(want, "disconnected", "reconnected")
		}
		want = append(want, "disconnected", "closed")
		var got []string
		for _, e := range events {
			got = append(got, e.Kind)
		}
		if !slices.Equal(got, want) {
			t.Errorf("told %v", got)
		}
		if last := events[len(events)-2]; last.Err != nil {
			t.Errorf("the disconnect by Close was told with %v", last.Err)
		}
	})
}

func TestWaitConnected(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1))...)
		Must(t, nc.WaitConnected(t.Context()))
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "attempt failed", 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := nc.WaitConnected(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("away: %v", err)
		}
		done := make(chan error, 2)
		go func() { done <- nc.WaitConnected(t.Context()) }()
		synctest.Wait()
		n.Heal(AddrA)
		Must(t, Receive(t, "WaitConnected", done))
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 2)
		go func() { done <- nc.WaitConnected(t.Context()) }()
		synctest.Wait()
		nc.Close()
		if err := Receive(t, "WaitConnected", done); !errors.Is(err, nats.ErrConnectionClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

// When WaitConnected returns the status says so, too, though there is a lot to tell
// the server first.
func TestWaitConnectedAgreesWithTheStatus(t *testing.T) {
	s := natstest.NewServer(t, natstest.Config{})
	var r Recorder
	nc := Connect(t, s.URL(), r.Options(nats.ReconnectWait(time.Millisecond), nats.MaxReconnects(-1))...)
	for range 5000 {
		_, err := nc.SubscribeSync("a")
		Must(t, err)
	}
	Must(t, nc.Flush())
	for i := 1; i <= 20; i++ {
		s.Last().HangUp()
		r.Wait(t, "disconnected", i)
		for end := time.Now().Add(10 * time.Second); nc.ConnectedAddr() == "" && time.Now().Before(end); {
			runtime.Gosched()
		}
		Must(t, nc.WaitConnected(t.Context()))
		if st := nc.Status(); st != nats.CONNECTED {
			t.Fatalf("status %v", st)
		}
		r.Wait(t, "reconnected", i)
	}
}

func TestConnectWithContext(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, Behaving(natstest.Always(natstest.Behavior{NoInfo: true})))
		var r Recorder
		for _, retry := range []bool{false, true} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			begin := time.Now()
			nc, err := nats.ConnectWithContext(ctx, s.URL(), r.Options(nats.SetCustomDialer(n), nats.Timeout(time.Hour), nats.RetryOnFailedConnect(retry))...)
			if d := time.Since(begin); nc != nil || !errors.Is(err, context.DeadlineExceeded) || d != time.Second {
				t.Errorf("%v, %v after %v", nc, err, d)
			}
			cancel()
		}
		synctest.Wait()
		if len(s.Open()) != 0 || len(r.All()) != 0 {
			t.Errorf("%d connections are left, handlers were told %v", len(s.Open()), r.All())
		}
		s.Behave(nil)
		nc, err := nats.ConnectWithContext(t.Context(), s.URL(), nats.SetCustomDialer(n))
		Must(t, err)
		nc.Close()
	})
}

func TestConnectWithRetryObeysTimeoutOnce(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		var urls string
		for i := range 5 {
			s := MemServer(t, n, fmt.Sprintf("10.0.0.%d:4222", i+1), Behaving(natstest.Always(natstest.Behavior{NoInfo: true})))
			urls += s.URL() + ","
		}
		begin := time.Now()
		nc := Connect(t, urls[:len(urls)-1], Quick(nats.SetCustomDialer(n), nats.RetryOnFailedConnect(true), nats.Timeout(2*time.Second))...)
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("Connect took %v", d)
		}
		if nc.Status() != nats.RECONNECTING {
			t.Errorf("status %v", nc.Status())
		}
	})
}

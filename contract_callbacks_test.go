package nats_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// A callback that doesn't come back costs the attempts that need it, and no more:
// they end with Timeout, and Close works.
func TestCallbackThatHangsIsBoundedByTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		var hang atomic.Bool
		let := make(chan struct{})
		var asked atomic.Int32
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.Timeout(2*time.Second), nats.DetailedErrors(),
			nats.TokenHandler(func() string {
				asked.Add(1)
				if hang.Load() {
					<-let
				}
				return "token"
			}))...)
		hang.Store(true)
		begin := time.Now()
		s.Last().HangUp()
		h := r.wait(t, "attempt failed", 1)
		if d := h.at.Sub(begin); d > 2200*time.Millisecond || !errors.Is(h.err, nats.ErrTimeout) {
			t.Errorf("%v after %v", h.err, d)
		}
		r.wait(t, "attempt failed", 2)
		if got := asked.Load(); got != 2 {
			t.Errorf("asked %d times while it hangs, want one call at a time", got-1)
		}
		callsThatNeverWait(t, nc)
		hang.Store(false)
		close(let)
		r.wait(t, "reconnected", 1)
		must(t, nc.Flush())
	})
}

// Attempts race, but a program's callbacks need not be written for that.
func TestCredentialsAreAskedForOneAtATime(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		first := memServer(t, n, "10.0.1.1:4222")
		urls := []string{first.URL()}
		for i := range 4 {
			s := memServer(t, n, fmt.Sprintf("10.0.0.%d:4222", i+1), behaving(natstest.Always(natstest.Behavior{NoPong: true})))
			urls = append(urls, s.URL())
		}
		var r recorder
		var now, most, calls atomic.Int32
		nc := connect(t, strings.Join(urls, ","), r.options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.UserInfoHandler(func() (string, string) {
				most.Store(max(most.Load(), now.Add(1)))
				calls.Add(1)
				time.Sleep(300 * time.Millisecond) // of virtual time: the next attempt begins meanwhile
				now.Add(-1)
				return "u", "p"
			}))...)
		first.Stop()
		r.wait(t, "attempt failed", 6)
		if most.Load() != 1 || calls.Load() < 6 {
			t.Errorf("%d calls, up to %d at a time", calls.Load(), most.Load())
		}
		nc.Close()
		time.Sleep(time.Second) // of virtual time: the last call has returned
	})
}

// WebSocket headers carry credentials too, and the servers may be slow to answer
// the handshake that they are for.
func TestWebSocketHeadersAreAskedForOneAtATime(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		ws := func(cfg *natstest.Config) { cfg.WebSocket = true }
		first := memServer(t, n, "10.0.1.1:4222", ws)
		urls := []string{first.URL()}
		for i := range 4 {
			s := memServer(t, n, fmt.Sprintf("10.0.0.%d:4222", i+1), ws, behaving(natstest.Always(natstest.Behavior{NoInfo: true})))
			urls = append(urls, s.URL())
		}
		var r recorder
		var now, most, calls atomic.Int32
		nc := connect(t, strings.Join(urls, ","), r.options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.WebSocketConnectionHeadersHandler(func() (http.Header, error) {
				most.Store(max(most.Load(), now.Add(1)))
				calls.Add(1)
				time.Sleep(300 * time.Millisecond) // of virtual time: the next attempt begins meanwhile
				now.Add(-1)
				return http.Header{"Authorization": {"Bearer t"}}, nil
			}))...)
		first.Stop()
		r.wait(t, "attempt failed", 6)
		if most.Load() != 1 || calls.Load() < 6 {
			t.Errorf("%d calls, up to %d at a time", calls.Load(), most.Load())
		}
		nc.Close()
		time.Sleep(time.Second) // of virtual time: the last call has returned
	})
}

// A drain that can never finish ends with the connection.
func TestDrainEndsWhenTheConnectionGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(2), nats.ReconnectWait(time.Second))...)
		_, err := nc.Subscribe("a", func(*nats.Msg) {})
		must(t, err)
		must(t, nc.Flush()) // a write that meets the end would be told, too
		n.Refuse(addrA)
		s.Last().HangUp()
		r.wait(t, "disconnected", 1)
		publishNumbers(t, nc, "a", 0, 3)
		must(t, nc.Drain())
		r.wait(t, "closed", 1)
		if r.dropped() != 3 {
			t.Errorf("%d reported as given up", r.dropped())
		}
		if h := r.wait(t, "error", 1); h.err != nats.ErrConnectionClosed {
			t.Errorf("the error handler was told %v", h.err)
		}
		if !nc.IsClosed() || r.count("closed") != 1 {
			t.Errorf("status %v, %d × closed", nc.Status(), r.count("closed"))
		}
	})
}

// The status that a disconnect handler sees is the new one, and there is a LastError.
func TestDisconnectHandlerSeesTheNewStatus(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var seen []string
		var r recorder
		nc := connect(t, s.URL(), append(r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond)),
			nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
				seen = append(seen, fmt.Sprint(nc.Status(), nc.IsConnected(), err == nil || nc.LastError() != nil))
			}))...)
		const losses = 100
		for i := range losses {
			n.Refuse(addrA)
			s.Last().HangUp()
			synctest.Wait()
			n.Heal(addrA)
			r.wait(t, "reconnected", i+1)
		}
		nc.Close()
		synctest.Wait()
		want := append(slices.Repeat([]string{"RECONNECTING false true"}, losses), "CLOSED false true")
		if !slices.Equal(seen, want) {
			t.Errorf("seen %v", seen)
		}
	})
}

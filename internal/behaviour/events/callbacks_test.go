package events_test

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
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A callback that doesn't come back costs the attempts that need it, and no more:
// they end with Timeout, and Close works.
func TestCallbackThatHangsIsBoundedByTimeout(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		var hang atomic.Bool
		let := make(chan struct{})
		var asked atomic.Int32
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.Timeout(2*time.Second), nats.DetailedErrors(),
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
		h := r.Wait(t, "attempt failed", 1)
		if d := h.At.Sub(begin); d > 2200*time.Millisecond || !errors.Is(h.Err, nats.ErrTimeout) {
			t.Errorf("%v after %v", h.Err, d)
		}
		r.Wait(t, "attempt failed", 2)
		if got := asked.Load(); got != 2 {
			t.Errorf("asked %d times while it hangs, want one call at a time", got-1)
		}
		CallsThatNeverWait(t, nc)
		hang.Store(false)
		close(let)
		r.Wait(t, "reconnected", 1)
		Must(t, nc.Flush())
	})
}

// Attempts race, but a program's callbacks need not be written for that.
func TestCredentialsAreAskedForOneAtATime(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		first := MemServer(t, n, "10.0.1.1:4222")
		urls := []string{first.URL()}
		for i := range 4 {
			s := MemServer(t, n, fmt.Sprintf("10.0.0.%d:4222", i+1), Behaving(natstest.Always(natstest.Behavior{NoPong: true})))
			urls = append(urls, s.URL())
		}
		var r Recorder
		var now, most, calls atomic.Int32
		nc := Connect(t, strings.Join(urls, ","), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.UserInfoHandler(func() (string, string) {
				most.Store(max(most.Load(), now.Add(1)))
				calls.Add(1)
				time.Sleep(300 * time.Millisecond) // of virtual time: the next attempt begins meanwhile
				now.Add(-1)
				return "u", "p"
			}))...)
		first.Stop()
		r.Wait(t, "attempt failed", 6)
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
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		ws := func(cfg *natstest.Config) { cfg.WebSocket = true }
		first := MemServer(t, n, "10.0.1.1:4222", ws)
		urls := []string{first.URL()}
		for i := range 4 {
			s := MemServer(t, n, fmt.Sprintf("10.0.0.%d:4222", i+1), ws, Behaving(natstest.Always(natstest.Behavior{NoInfo: true})))
			urls = append(urls, s.URL())
		}
		var r Recorder
		var now, most, calls atomic.Int32
		nc := Connect(t, strings.Join(urls, ","), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.WebSocketConnectionHeadersHandler(func() (http.Header, error) {
				most.Store(max(most.Load(), now.Add(1)))
				calls.Add(1)
				time.Sleep(300 * time.Millisecond) // of virtual time: the next attempt begins meanwhile
				now.Add(-1)
				return http.Header{"Authorization": {"Bearer t"}}, nil
			}))...)
		first.Stop()
		r.Wait(t, "attempt failed", 6)
		if most.Load() != 1 || calls.Load() < 6 {
			t.Errorf("%d calls, up to %d at a time", calls.Load(), most.Load())
		}
		nc.Close()
		time.Sleep(time.Second) // of virtual time: the last call has returned
	})
}

// A drain that can never finish ends with the connection.
func TestDrainEndsWhenTheConnectionGivesUp(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(2), nats.ReconnectWait(time.Second))...)
		_, err := nc.Subscribe("a", func(*nats.Msg) {})
		Must(t, err)
		Must(t, nc.Flush()) // a write that meets the end would be told, too
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		PublishNumbers(t, nc, "a", 0, 3)
		Must(t, nc.Drain())
		r.Wait(t, "closed", 1)
		if r.Dropped() != 3 {
			t.Errorf("%d reported as given up", r.Dropped())
		}
		if h := r.Wait(t, "error", 1); h.Err != nats.ErrConnectionClosed {
			t.Errorf("the error handler was told %v", h.Err)
		}
		if !nc.IsClosed() || r.Count("closed") != 1 {
			t.Errorf("status %v, %d × closed", nc.Status(), r.Count("closed"))
		}
	})
}

// The status that a disconnect handler sees is the new one, and there is a LastError.
func TestDisconnectHandlerSeesTheNewStatus(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var seen []string
		var r Recorder
		nc := Connect(t, s.URL(), append(r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond)),
			nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
				seen = append(seen, fmt.Sprint(nc.Status(), nc.IsConnected(), err == nil || nc.LastError() != nil))
			}))...)
		const losses = 100
		for i := range losses {
			n.Refuse(AddrA)
			s.Last().HangUp()
			synctest.Wait()
			n.Heal(AddrA)
			r.Wait(t, "reconnected", i+1)
		}
		nc.Close()
		synctest.Wait()
		want := append(slices.Repeat([]string{"RECONNECTING false true"}, losses), "CLOSED false true")
		if !slices.Equal(seen, want) {
			t.Errorf("seen %v", seen)
		}
	})
}

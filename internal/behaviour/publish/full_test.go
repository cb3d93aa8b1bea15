package publish_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func TestOutboundFullPoliciesDisconnected(t *testing.T) {
	const limit, size = 1000, 83 // PUB a 83 and CR LF twice: 96
	const room = limit/96 + 1    // the last one may cross
	away := func(t *testing.T, n *natstest.Network, opts ...nats.Option) (*nats.Conn, *natstest.Server, *Recorder) {
		s := MemServer(t, n, AddrA)
		r := new(Recorder)
		nc := Connect(t, s.URL(), r.Options(append(opts, nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectBufSize(limit))...)...)
		n.Refuse(AddrA)
		s.Last().HangUp()
		r.Wait(t, "disconnected", 1)
		for range room {
			Must(t, nc.Publish("a", make([]byte, size)))
		}
		return nc, s, r
	}
	for name, opt := range map[string]nats.Option{
		"default":     nats.OutboundFull(nats.OutboundDefault),
		"FailPublish": nats.OutboundFull(nats.FailPublish),
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				nc, s, _ := away(t, n, opt)
				begin := time.Now()
				err := nc.Publish("a", make([]byte, size))
				if !errors.Is(err, nats.ErrReconnectBufExceeded) || time.Since(begin) != 0 {
					t.Errorf("%v after %v", err, time.Since(begin))
				}
				n.Heal(AddrA)
				Must(t, nc.Flush())
				if got := len(Payloads("a", s)); got != room {
					t.Errorf("%d arrived, want %d", got, room)
				}
			})
		})
	}
	t.Run("WaitForRoom", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			nc, s, _ := away(t, n, nats.OutboundFull(nats.WaitForRoom))
			done := make(chan error, 1)
			go func() { done <- nc.Publish("a", make([]byte, size)) }()
			synctest.Wait()
			select {
			case err := <-done:
				t.Fatalf("Publish returned %v", err)
			default:
			}
			n.Heal(AddrA)
			Must(t, Receive(t, "Publish", done))
			Must(t, nc.Flush())
			if got := len(Payloads("a", s)); got != room+1 {
				t.Errorf("%d arrived, want %d", got, room+1)
			}
		})
	})
	t.Run("WaitForRoom ends with the connection", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			nc, _, _ := away(t, n, nats.OutboundFull(nats.WaitForRoom))
			done := make(chan error, 1)
			go func() { done <- nc.Publish("a", make([]byte, size)) }()
			synctest.Wait()
			nc.Close()
			if err := Receive(t, "Publish", done); !errors.Is(err, nats.ErrConnectionClosed) {
				t.Errorf("Publish returned %v", err)
			}
		})
	})
	t.Run("DropOldest", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			nc, s, r := away(t, n, nats.OutboundFull(nats.DropOldest))
			begin := time.Now()
			for range 3 {
				Must(t, nc.Publish("a", []byte(strings.Repeat("n", size))))
			}
			if d := time.Since(begin); d != 0 {
				t.Errorf("took %v", d)
			}
			n.Heal(AddrA)
			Must(t, nc.Flush())
			synctest.Wait() // for what is still being reported
			got := Payloads("a", s)
			if len(got)+r.Dropped() != room+3 || r.Dropped() == 0 {
				t.Errorf("%d arrived, %d reported as dropped, of %d", len(got), r.Dropped(), room+3)
			}
			if tail := got[len(got)-3:]; tail[0][0] != 'n' {
				t.Error("the newest were dropped")
			}
			if h := r.Of("dropped")[0]; !errors.Is(h.Err, nats.ErrMessageDropped) {
				t.Errorf("reported %v", h.Err)
			}
		})
	})
	t.Run("nothing may wait", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			s := MemServer(t, n, AddrA)
			var r Recorder
			nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.ReconnectBufSize(-1))...)
			Must(t, nc.Publish("a", nil))
			n.Refuse(AddrA)
			s.Last().HangUp()
			r.Wait(t, "disconnected", 1)
			if err := nc.Publish("a", nil); !errors.Is(err, nats.ErrReconnectBufExceeded) {
				t.Errorf("Publish: %v", err)
			}
		})
	})
}

func TestOutboundFullPoliciesConnected(t *testing.T) {
	const limit, size = 100_000, 10_000
	stalled := func(t *testing.T, n *natstest.Network, opts ...nats.Option) (*nats.Conn, *natstest.Server, *Recorder, int) {
		s := MemServer(t, n, AddrA)
		r := new(Recorder)
		nc := Connect(t, s.URL(), r.Options(append(opts, nats.SetCustomDialer(n), nats.ReconnectBufSize(limit))...)...)
		n.Stall(AddrA, natstest.ToServer)
		accepted := 0
		for {
			if left, _ := nc.Buffered(); left >= limit {
				return nc, s, r, accepted
			}
			Must(t, nc.Publish("a", make([]byte, size)))
			accepted++
			synctest.Wait()
		}
	}
	t.Run("FailPublish", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			nc, s, _, accepted := stalled(t, n, nats.OutboundFull(nats.FailPublish))
			begin := time.Now()
			err := nc.Publish("a", make([]byte, size))
			if !errors.Is(err, nats.ErrOutboundFull) || errors.Is(err, nats.ErrReconnectBufExceeded) || time.Since(begin) != 0 {
				t.Errorf("%v after %v", err, time.Since(begin))
			}
			n.Heal(AddrA)
			Must(t, nc.Flush())
			if got := len(Payloads("a", s)); got != accepted {
				t.Errorf("%d arrived of %d", got, accepted)
			}
		})
	})
	t.Run("default waits a second for the socket", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			nc, _, _, _ := stalled(t, n)
			begin := time.Now()
			err := nc.Publish("a", make([]byte, size))
			if d := time.Since(begin); !errors.Is(err, nats.ErrOutboundFull) || d > 1300*time.Millisecond {
				t.Errorf("%v after %v", err, d)
			}
		})
	})
	t.Run("default waits while the socket moves", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			nc, s, _, accepted := stalled(t, n)
			done := make(chan error, 1)
			go func() { done <- nc.Publish("a", make([]byte, size)) }()
			synctest.Wait()
			n.Heal(AddrA)
			Must(t, Receive(t, "Publish", done))
			Must(t, nc.Flush())
			if got := len(Payloads("a", s)); got != accepted+1 {
				t.Errorf("%d arrived of %d", got, accepted+1)
			}
		})
	})
	t.Run("WaitForRoom", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			nc, s, _, accepted := stalled(t, n, nats.OutboundFull(nats.WaitForRoom), nats.FlusherTimeout(-1), nats.PingInterval(0))
			done := make(chan error, 1)
			go func() { done <- nc.Publish("a", make([]byte, size)) }()
			time.Sleep(time.Hour) // of virtual time
			select {
			case err := <-done:
				t.Fatalf("Publish returned %v", err)
			default:
			}
			n.Heal(AddrA)
			Must(t, Receive(t, "Publish", done))
			Must(t, nc.Flush())
			if got := len(Payloads("a", s)); got != accepted+1 {
				t.Errorf("%d arrived of %d", got, accepted+1)
			}
		})
	})
	t.Run("DropOldest", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			nc, s, r, accepted := stalled(t, n, nats.OutboundFull(nats.DropOldest))
			for range 3 {
				Must(t, nc.Publish("a", []byte(strings.Repeat("n", size))))
			}
			n.Heal(AddrA)
			Must(t, nc.Flush())
			synctest.Wait() // for what is still being reported
			got := Payloads("a", s)
			if len(got)+r.Dropped() != accepted+3 || r.Dropped() == 0 {
				t.Errorf("%d arrived, %d reported, of %d", len(got), r.Dropped(), accepted+3)
			}
			if got[len(got)-1][0] != 'n' {
				t.Error("the newest were dropped")
			}
		})
	})
	t.Run("PublishWithContext", func(t *testing.T) {
		Bubble(t, func(t *testing.T, n *natstest.Network) {
			nc, s, _, accepted := stalled(t, n, nats.OutboundFull(nats.FailPublish))
			msg := &nats.Msg{Subject: "a", Data: make([]byte, size)}
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			begin := time.Now()
			err := nc.PublishWithContext(ctx, msg)
			if d := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, nats.ErrOutboundFull) || d != 5*time.Second {
				t.Errorf("%v after %v", err, d)
			}
			done := make(chan error, 1)
			go func() { done <- nc.PublishWithContext(context.Background(), msg) }()
			synctest.Wait()
			n.Heal(AddrA)
			Must(t, Receive(t, "PublishWithContext", done))
			Must(t, nc.Flush())
			if got := len(Payloads("a", s)); got != accepted+1 {
				t.Errorf("%d arrived of %d", got, accepted+1)
			}
		})
	})
}

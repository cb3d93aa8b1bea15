package session

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/internal/reconnect"
)

func stale(a *reconnect.Action) bool {
	var e *Error
	return a != nil && errors.As(a.Err, &e) && e.Fault == Stale && e.Phase == PhaseRead && e.Hint != ""
}

// PINGs go out at their interval while they are answered, and a server that leaves more
// than MaxPingsOut of them unanswered is given up.
func TestPings(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, func(_ *hostOf, cfg *Config) { cfg.PingInterval, cfg.MaxPingsOut = time.Second, 2 }, addrA).begin()
		time.Sleep(100500 * time.Millisecond)
		synctest.Wait()
		if h.pings.Load() != 100 || h.s.Current().Epoch() != 1 {
			t.Errorf("%d PINGs in 100 s, epoch %d", h.pings.Load(), h.s.Current().Epoch())
		}
		s.Last().Update(func(b *natstest.Behavior) { b.Mute = true })
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if h.lastTold(reconnect.TellDisconnected) != nil {
			t.Error("given up too early")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !stale(h.lastTold(reconnect.TellDisconnected)) || h.s.Current().Epoch() != 2 {
			t.Errorf("not given up: %q", h.events())
		}
		if b := &h.last.beat; h.last == nil || !b.on || b.out != 0 {
			t.Error("the next link begins with PINGs out")
		}
	})
}

// With StaleAfter a silent server is found in that time, one that speaks isn't asked.
func TestStaleAfter(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, func(_ *hostOf, cfg *Config) { cfg.StaleAfter = 12 * time.Second }, addrA).begin()
		for range 100 {
			time.Sleep(2 * time.Second)
			s.Last().Send("+OK\r\n")
		}
		synctest.Wait()
		if h.pings.Load() != 0 {
			t.Errorf("%d PINGs to one that speaks", h.pings.Load())
		}
		s.Last().Update(func(b *natstest.Behavior) { b.Mute = true })
		begin := time.Now()
		for h.lastTold(reconnect.TellDisconnected) == nil && time.Since(begin) < time.Minute {
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		if took := time.Since(begin); !stale(h.lastTold(reconnect.TellDisconnected)) || took < 11*time.Second || took > 13500*time.Millisecond {
			t.Errorf("found after %v: %q", took, h.events())
		}
		if h.pings.Load() != 1 {
			t.Errorf("%d PINGs", h.pings.Load())
		}
	})
}

// A link that is gone has no timers any more, nor has one that is in use and wants none.
func TestHeartbeatEndsWithItsLink(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		serve(t, n, addrA)
		h := open(t, n, func(_ *hostOf, cfg *Config) {
			cfg.PingInterval, cfg.MaxPingsOut, cfg.StaleAfter = time.Second, 2, time.Second
		}, addrA).begin()
		l := h.last
		h.s.Force()
		synctest.Wait()
		if b := &l.beat; b.on || b.timer != nil || b.watch != nil {
			t.Errorf("left: %+v", b)
		}
		l.pingDue() // one that fired in that very moment
		l.look()
		if h.pings.Load() != 0 {
			t.Error("a link that is gone is asked")
		}
		g := open(t, n, nil, addrA).begin()
		if b := &g.last.beat; b.timer != nil || b.watch != nil {
			t.Errorf("timers that nobody wants: %+v", b)
		}
	})
}

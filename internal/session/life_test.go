package session

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/internal/reconnect"
)

// expect compares what happened since the last time with what should have. A pattern
// that ends in * is a beginning.
func (h *hostOf) expect(want ...string) {
	h.t.Helper()
	synctest.Wait()
	got := h.events()
	if !slices.EqualFunc(got, want, func(g, w string) bool {
		begin, open := strings.CutSuffix(w, "*")
		return g == w || open && strings.HasPrefix(g, begin)
	}) {
		h.t.Errorf("happened:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// A life from the first dial to the end, in order.
func TestALife(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, nil, addrA).begin()
		h.expect("Connecting", "attach 1", "Connected", "TellConnected")
		if l := h.s.Current(); l.Epoch() != 1 || l.Info().ID != s.Info().ServerID || !h.s.Linked() {
			t.Errorf("epoch %d, INFO %+v", l.Epoch(), l.Info())
		}
		s.Last().HangUp()
		h.expect("detach 1", "gone 1: read: nats://10.0.0.1:4222*", "Attempting", "TellDisconnected", "attach 2", "Connected", "TellReconnected")
		if e := new(Error); !errors.As(h.lastTold(reconnect.TellDisconnected).Err, &e) || e.Phase != PhaseRead || !errors.Is(e, io.EOF) {
			t.Errorf("the reason told is %v", h.lastTold(reconnect.TellDisconnected).Err)
		}
		h.s.Force()
		h.expect("settle 2", "detach 2", "gone 2: <nil>", "Attempting", "TellDisconnected", "attach 3", "Connected", "TellReconnected")
		if !h.s.BeginClose() || h.s.BeginClose() {
			t.Error("two closes are the first")
		}
		h.s.Close(nil)
		h.expect("detach 3", "gone 3: <nil>", "Closed", "TellDisconnected", "ended: TellClosed")
		<-h.s.Done()
		if h.s.Current() != nil || h.s.Linked() || h.s.State() != reconnect.Closed {
			t.Error("something is left")
		}
		if info, ok := h.s.Info(); ok || info.ID == "" {
			t.Errorf("the last INFO is %+v, %v", info, ok)
		}
	})
}

// A first pass that fails ends the session, unless it is to go on.
func TestFirstPassThatFails(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		h := open(t, n, func(_ *hostOf, cfg *Config) { cfg.Policy.RetryOnFailedConnect = false }, addrA, addrB)
		h.s.Start()
		h.expect("Connecting", "TellAttemptFailed", "TellAttemptFailed", "Closed", "ended: TellConnectFailed")
		<-h.s.Done()
		var none *reconnect.NoServersError
		if last := h.lastTold(reconnect.TellConnectFailed).Err; !errors.As(last, &none) || !none.First {
			t.Errorf("told: %v", last)
		}
		if h.s.BeginClose() {
			t.Error("a session that has ended isn't closed")
		}
		g := open(t, n, func(_ *hostOf, cfg *Config) { cfg.Policy.MaxReconnect = 2 }, addrA)
		g.s.Start()
		g.expect("Connecting", "TellAttemptFailed", "Waiting", "TellConnectFailed")
		time.Sleep(time.Minute)
		g.expect("Attempting", "TellAttemptFailed", "Waiting", "Attempting", "TellAttemptFailed", "TellForgotten", "Closed", "ended: TellClosed")
	})
}

// However many report a link's end, and whoever leaves it besides, its books are closed
// once, and then nothing of it is touched: hostOf sees to that.
func TestALinkEndsOnce(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, func(_ *hostOf, cfg *Config) {
			cfg.PingInterval, cfg.MaxPingsOut, cfg.StaleAfter = 20*time.Millisecond, 2, 30*time.Millisecond
		}, addrA).begin()
		const rounds = 50
		for i := range rounds {
			l := h.last
			if l == nil || h.s.Current() != l {
				t.Fatal("no link")
			}
			h.writes(i%3 == 0)
			var all sync.WaitGroup
			for j := range 8 {
				all.Go(func() {
					switch (i + j) % 5 {
					case 0:
						l.Lost(l.Ended(PhaseWrite, fmt.Errorf("%d", j)))
					case 1:
						l.GiveUp(l.Ended(PhaseRead, fmt.Errorf("%d", j)))
					case 2:
						l.Fail(l.Ended(PhaseWrite, fmt.Errorf("%d", j)))
					case 3:
						h.s.Force()
					default:
						s.Last().HangUp()
					}
				})
			}
			all.Wait()
			h.writes(false)
			synctest.Wait()
			l.TakeInfo([]byte(`{"connect_urls":["10.0.0.9:4222"]}`))
			l.TakeInfo([]byte(`nonsense`))
			l.Said("Authorization Violation")
			time.Sleep(200 * time.Millisecond) // heartbeats of what is gone would show
			synctest.Wait()
			if h.s.Current() == nil {
				time.Sleep(2 * time.Second) // short connections make the machine wait
				synctest.Wait()
			}
		}
		seen := make(map[string]int)
		for _, what := range h.events() {
			what, _, _ = strings.Cut(what, ":")
			seen[what]++
		}
		last := int(h.last.Epoch())
		for e := 1; e < last; e++ {
			for _, what := range []string{"attach", "detach", "gone"} {
				if n := seen[fmt.Sprintf("%s %d", what, e)]; n != 1 {
					t.Errorf("%s %d: %d times", what, e, n)
				}
			}
		}
		if last <= rounds {
			t.Errorf("%d links in %d rounds", last, rounds)
		}
		if len(h.reports) != 0 || len(discovered(h.s)) != 0 {
			t.Errorf("INFOs of links that were gone were taken in: %v", h.reports)
		}
	})
}

// The last write must be back before it is said what became of what was sent.
func TestBooksAreClosedBehindTheLastWrite(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, nil, addrA).begin()
		h.events()
		h.writes(true)
		s.Last().HangUp()
		time.Sleep(time.Minute)
		h.expect("detach 1")
		if h.s.Current() != nil || !h.s.Linked() {
			t.Error("the link is in use, or its books are closed")
		}
		held := make(chan struct{})
		h.s.Post(func() { <-held })
		h.writes(false)
		h.expect() // the driver closes the books, not who wrote
		close(held)
		h.expect("gone 1: *", "Attempting", "TellDisconnected", "attach 2", "Connected", "TellReconnected")
	})
}

// The end is the last call, whatever is under way: attempts, questions, a link that is
// being left, INFOs, timers.
func TestNothingIsToldAfterTheEnd(t *testing.T) {
	for _, where := range []string{"dialling", "connected", "waiting", "leaving", "writing", "asking"} {
		t.Run(where, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *natstest.Network) {
				answer := make(chan struct{})
				defer close(answer)
				h := open(t, n, func(h *hostOf, cfg *Config) {
					cfg.PingInterval, cfg.MaxPingsOut, cfg.StaleAfter = time.Second, 2, time.Second
					cfg.Policy.CustomDelay = where == "asking"
					h.askDelay = func(int) time.Duration { <-answer; return 0 }
				}, addrA)
				var s *natstest.Server
				settled := make(chan struct{})
				switch where {
				case "connected", "leaving", "writing":
					s = serve(t, n, addrA)
				case "dialling":
					n.HangDial(addrA)
				}
				h.settles = settled
				h.begin()
				switch where {
				case "leaving":
					h.s.Force()
				case "writing":
					h.writes(true)
				}
				synctest.Wait()
				l := h.last
				h.s.BeginClose()
				h.s.Close(nil)
				if where == "writing" {
					synctest.Wait()
					select {
					case <-h.s.Done():
						t.Error("it ends under a write")
					default:
					}
					h.events()
					h.writes(false)
					h.expect("gone 1: <nil>", "Closed", "TellDisconnected", "ended: TellClosed")
				}
				<-h.s.Done()
				h.s.Post(func() { h.s.end(&reconnect.Action{Kind: reconnect.TellClosed}) })
				close(settled)
				h.s.Force()
				h.s.Close(nil)
				h.s.Start()
				h.s.SetPool(nil)
				if l != nil {
					l.TakeInfo([]byte(`{"ldm":true}`))
					l.TakeInfo([]byte(`nonsense`))
					l.Lost(errors.New("late"))
					if s.Last().WaitClosed(); !l.Closed() {
						t.Error("its socket is open")
					}
				}
				n.Heal(addrA)
				time.Sleep(time.Hour)
				synctest.Wait()
				if h.s.attempts != nil || h.s.turns != nil || h.s.drv.queue != nil || h.s.mail != nil {
					t.Error("something is left of attempts, posts or INFOs")
				}
			})
		})
	}
}

// What is queued for the server holds up the end, for a second at most.
func TestCloseWaitsForWhatIsQueued(t *testing.T) {
	for _, after := range []time.Duration{300 * time.Millisecond, time.Hour} {
		bubble(t, func(t *testing.T, n *natstest.Network) {
			serve(t, n, addrA)
			h := open(t, n, nil, addrA).begin()
			flushed := make(chan error, 1)
			time.AfterFunc(after, func() { flushed <- nil })
			begin := time.Now()
			h.s.BeginClose()
			h.s.Close(flushed)
			<-h.s.Done()
			if took := time.Since(begin); took != min(after, time.Second) {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A link that is left is settled first, once, and not at all once Close sees to it.
func TestLeaving(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, nil, addrA).begin()
		h.events()
		settled := make(chan struct{})
		h.settles = settled
		h.s.Force()
		h.s.Force()
		time.Sleep(time.Second)
		h.expect("settle 1")
		close(settled)
		h.expect("detach 1", "gone 1: <nil>", "Attempting", "TellDisconnected", "attach 2", "Connected", "TellReconnected")

		// It is lost while it is left: one reconnect is enough.
		settled = make(chan struct{})
		h.settles = settled
		h.s.Force()
		synctest.Wait()
		s.Last().HangUp()
		h.expect("settle 2", "detach 2", "gone 2: *", "Attempting", "TellDisconnected", "attach 3", "Connected", "TellReconnected")
		close(settled)
		h.expect()

		settled = make(chan struct{})
		h.settles = settled
		h.s.Force()
		synctest.Wait()
		h.s.BeginClose()
		close(settled)
		h.expect("settle 3")
		h.s.Force()
		h.expect()
		h.s.Close(nil)
		h.expect("detach 3", "gone 3: <nil>", "Closed", "TellDisconnected", "ended: TellClosed")
	})
}

// Force while attempts are under way has the next one come at once when they fail.
func TestForceDuringAnAttempt(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, func(_ *hostOf, cfg *Config) { cfg.Policy.ReconnectWait = time.Hour }, addrA).begin()
		time.Sleep(2 * time.Hour)
		n.HangDial(addrA)
		s.Last().HangUp()
		synctest.Wait()
		h.s.Force()
		time.Sleep(3 * time.Second) // the attempt's time is up
		n.Heal(addrA)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if h.s.Current() == nil {
			t.Errorf("it waits: %q", h.events())
		}
	})
}

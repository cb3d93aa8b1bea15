package session

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/internal/reconnect"
)

// failed is what an attempt at a server that behaves so fails with.
func failed(t *testing.T, b natstest.Behavior, change func(h *hostOf, cfg *Config)) (e *Error, kind reconnect.Failure) {
	t.Helper()
	bubble(t, func(t *testing.T, n *natstest.Network) {
		natstest.NewServer(t, natstest.Config{Network: n, Addr: addrA, Behave: natstest.Always(b)})
		h := open(t, n, change, addrA).begin()
		time.Sleep(h.cfg.Timeout + time.Second)
		synctest.Wait()
		a := h.lastTold(reconnect.TellAttemptFailed)
		if a == nil {
			t.Fatalf("no attempt failed: %q", h.events())
		}
		if !errors.As(a.Err, &e) || e.Server != "nats://"+addrA {
			t.Fatalf("it failed with %v", a.Err)
		}
		kind = failureOf(a.Err)
	})
	return e, kind
}

// Each way in which a handshake fails has its phase, its fault, what may help, and its
// kind for the machine.
func TestHowAttemptsFail(t *testing.T) {
	mine := errors.New("mine")
	for what, c := range map[string]struct {
		b      natstest.Behavior
		change func(h *hostOf, cfg *Config)
		phase  string
		fault  Fault
		kind   reconnect.FailureKind
		hint   string
		ok     func(e *Error) bool
	}{
		"silent": {b: natstest.Behavior{NoInfo: true}, phase: PhaseInfo, fault: TimedOut, kind: reconnect.TimedOut, hint: "Timeout",
			ok: func(e *Error) bool { return e.After == 2*time.Second && e.Timeout() && IsTimeout(e) }},
		"no answer": {b: natstest.Behavior{Mute: true}, phase: PhasePong, fault: TimedOut, kind: reconnect.TimedOut, hint: "Timeout"},
		"no NATS":   {b: natstest.Behavior{RawInfo: "HTTP/1.1 400 Bad Request\r\n"}, phase: PhaseInfo, fault: NoInfo, kind: reconnect.Network, hint: "NATS server"},
		"an error before INFO": {b: natstest.Behavior{RawInfo: "-ERR 'no'\r\n"}, phase: PhaseInfo, fault: NoInfo, kind: reconnect.Network, hint: "NATS server",
			ok: func(e *Error) bool { return strings.Contains(e.Err.Error(), `"no"`) }},
		"a bad INFO": {b: natstest.Behavior{RawInfo: "INFO {\"port\":\"x\"}\r\n"}, phase: PhaseInfo, fault: BadInfo, kind: reconnect.Network,
			ok: func(e *Error) bool { return e.Bare != nil && strings.Contains(e.Bare.Error(), "ServerInfo.port") }},
		"refused": {b: natstest.Behavior{Refuse: "Authorization Violation"}, phase: PhasePong, kind: reconnect.Auth, hint: "check the credentials",
			ok: func(e *Error) bool {
				said, ok := e.Err.(*Said)
				return ok && said.Kind == SaidUnauthorized && said.Text == "Authorization Violation"
			}},
		"full": {b: natstest.Behavior{Refuse: "maximum connections exceeded"}, phase: PhasePong, kind: reconnect.Refused},
		"no PONG": {b: natstest.Behavior{Say: "hello\r\n"}, phase: PhasePong, fault: NoPong, kind: reconnect.Network,
			ok: func(e *Error) bool { return e.Text == "hello" && e.Err != nil }},
		"no TLS": {change: func(_ *hostOf, cfg *Config) { cfg.Rules.TLS = true }, phase: PhaseTLS, fault: NoTLS, kind: reconnect.TLS, hint: "plain text"},
		"not TLS": {b: natstest.Behavior{RawInfo: "INFO {\"tls_required\":true}\r\nand more\r\n"}, phase: PhaseTLS, kind: reconnect.TLS,
			ok: func(e *Error) bool { return e.TLS }},
		"no echo": {b: natstest.Behavior{RawInfo: "INFO {}\r\n"}, change: func(h *hostOf, _ *Config) { h.cfg.Client.NoEcho = true },
			phase: PhaseInfo, kind: reconnect.Local, fault: NoEcho},
		"credentials": {change: func(h *hostOf, _ *Config) { h.cfg.Client.JWT = func() (string, error) { return "", mine } },
			phase: PhaseConnect, kind: reconnect.Local, ok: func(e *Error) bool { return e.Own && errors.Is(e, mine) }},
		"hung": {change: func(h *hostOf, _ *Config) {
			h.cfg.Client.TokenHandler = func() string { time.Sleep(5 * time.Second); return "" }
		}, phase: PhaseConnect, fault: TimedOut, kind: reconnect.TimedOut, hint: "callback"},
		"hangs up": {b: natstest.Behavior{HangUpAfterOps: 1}, phase: PhasePong, kind: reconnect.Network},
	} {
		t.Run(what, func(t *testing.T) {
			e, f := failed(t, c.b, c.change)
			if e.Phase != c.phase || e.Fault != c.fault || f.Kind != c.kind || !strings.Contains(e.Hint, c.hint) || c.ok != nil && !c.ok(e) {
				t.Errorf("phase %s, fault %d, kind %v, hint %q: %+v", e.Phase, e.Fault, f.Kind, e.Hint, e)
			}
			if e.Error() == "" || !strings.Contains(e.Error(), addrA) {
				t.Errorf("its text is %q", e)
			}
		})
	}
}

// Callbacks are asked one at a time, whatever hangs, and also by a later search for a
// server.
func TestCallbacksTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		a := serve(t, n, addrA, natstest.Behavior{AnswerDelay: 20 * time.Millisecond})
		serve(t, n, addrB, natstest.Behavior{AnswerDelay: 15 * time.Millisecond})
		var within, asked atomic.Int32
		held := make(chan struct{})
		h := open(t, n, func(h *hostOf, cfg *Config) {
			cfg.Policy.AttemptDelay = 10 * time.Millisecond
			h.cfg.Client.TokenHandler = func() string {
				if within.Add(1) > 1 {
					t.Error("two at once")
				}
				defer within.Add(-1)
				if asked.Add(1) == 2 {
					<-held
				}
				time.Sleep(50 * time.Millisecond)
				return ""
			}
		}, addrA, addrB).begin()
		// The second attempt gets its turn while the first one waits for the PONG, and is
		// in the callback when that one is adopted.
		time.Sleep(time.Second)
		synctest.Wait()
		if h.s.Current() == nil || asked.Load() != 2 {
			t.Fatalf("asked %d times: %q", asked.Load(), h.events())
		}
		if h.s.turns == nil {
			t.Error("the turns are given away while the program is in its callback")
		}
		a.Last().HangUp()
		time.Sleep(30 * time.Second)
		if asked.Load() != 2 {
			t.Error("it is asked while it is in its callback")
		}
		close(held)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if h.s.Current() == nil || asked.Load() < 3 {
			t.Errorf("asked %d times: %q", asked.Load(), h.events())
		}
		if h.s.turns != nil || h.s.attempts != nil {
			t.Error("a session with a link keeps what attempts need")
		}
	})
}

// A turn that comes together with the end of the attempt isn't used.
func TestTurnOfAnAttemptThatIsOver(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 100 {
		if err := make(turn, 1).do(ctx, func() error { t.Error("it was used"); return nil }); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}

// WebSocket headers are asked for in turn, a dialer of its own is called so.
func TestTurnsOfAnAttempt(t *testing.T) {
	s := new(Session)
	plain := AttemptConfig{}
	plain.Transport.AddressDelay = 1
	if asking := s.takeTurns(&plain); asking == nil || plain.Transport.Turn != nil || plain.Transport.Headers != nil {
		t.Errorf("%+v", plain)
	}
	want := http.Header{"A": {"b"}}
	one := AttemptConfig{AskHeaders: func() (http.Header, error) { return want, net.ErrClosed }}
	one.Transport.AddressDelay = -1
	asking := s.takeTurns(&one)
	two := AttemptConfig{}
	two.Transport.AddressDelay = -1
	if s.takeTurns(&two) != asking || one.Transport.Turn == nil || two.Transport.Turn != one.Transport.Turn {
		t.Error("attempts of one search have turns of their own")
	}
	if h, err := one.Transport.Headers(context.Background()); h.Get("A") != "b" || err != net.ErrClosed {
		t.Error(h, err)
	}
	asking <- struct{}{}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if h, err := one.Transport.Headers(ctx); h != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("out of turn: %v, %v", h, err)
	}
	if s.turns.free() {
		t.Error("free while one is used")
	}
}

// Two servers are dialled, one is adopted: the other's socket is closed.
func TestLoserOfARaceIsClosed(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		a := serve(t, n, addrA, natstest.Behavior{AnswerDelay: 1900 * time.Millisecond})
		b := serve(t, n, addrB, natstest.Behavior{AnswerDelay: 100 * time.Millisecond})
		h := open(t, n, func(_ *hostOf, cfg *Config) { cfg.Policy.AttemptDelay = 10 * time.Millisecond }, addrA, addrB).begin()
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if l := h.s.Current(); l == nil || l.Epoch() != 1 {
			t.Fatal("no link")
		}
		if a.Last().Open() || !b.Last().Open() {
			t.Errorf("the loser is open: %v, the winner: %v", a.Last().Open(), b.Last().Open())
		}
	})
}

// What a session keeps while nothing happens, in bytes.
func TestIdleSessionIsSmall(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		return // the figures are of 64 bits
	}
	for what, c := range map[string][2]uintptr{
		"Session": {unsafe.Sizeof(Session{}), 264},
		"Link":    {unsafe.Sizeof(Link{}), 288}, // one of the allocator's sizes
	} {
		if c[0] > c[1] {
			t.Errorf("%s has %d bytes, more than %d", what, c[0], c[1])
		}
	}
	bubble(t, func(t *testing.T, n *natstest.Network) {
		serve(t, n, addrA)
		h := open(t, n, func(_ *hostOf, cfg *Config) { cfg.PingInterval = time.Minute }, addrA).begin()
		s := h.s
		if s.Current() == nil || s.attempts != nil || s.turns != nil || s.mail != nil || s.drv.queue != nil || s.Current().beat.watch != nil {
			t.Error("it keeps what is for attempts, INFOs, posts or StaleAfter")
		}
		if s.info != s.Current().info {
			t.Error("it keeps the INFO twice")
		}
	})
}

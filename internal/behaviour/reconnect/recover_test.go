package reconnect_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// Three servers that accept and say nothing, and a live one behind them.
func TestSilentServersBeforeALiveOne(t *testing.T) {
	certs := natstest.NewCerts(t)
	for name, c := range map[string]struct {
		behavior natstest.Behavior
		tls      bool
	}{
		"silent":            {behavior: natstest.Behavior{NoInfo: true}},
		"silent within TLS": {behavior: natstest.Behavior{StallTLS: true}, tls: true},
		"no PONG":           {behavior: natstest.Behavior{NoPong: true}},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				secure := func(cfg *natstest.Config) {
					if c.tls {
						cfg.TLS = certs.ServerConfig()
					}
				}
				opts := []nats.Option{nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1)}
				if c.tls {
					opts = append(opts, nats.Secure(certs.ClientConfig()))
				}
				first := MemServer(t, n, "10.0.1.1:4222", secure)
				urls := []string{first.URL()}
				var silent []*natstest.Server
				for _, addr := range []string{AddrA, AddrB, AddrC} {
					s := MemServer(t, n, addr, secure, Behaving(natstest.Always(c.behavior)))
					silent = append(silent, s)
					urls = append(urls, s.URL())
				}
				live := MemServer(t, n, AddrD, secure)
				urls = append(urls, live.URL())
				var r Recorder
				nc := Connect(t, strings.Join(urls, ","), r.Options(opts...)...)
				begin := time.Now()
				first.Stop()
				r.Wait(t, "disconnected", 1)
				CallsThatNeverWait(t, nc)
				h := r.Wait(t, "reconnected", 1)
				if d := h.At.Sub(begin); d >= 600*time.Millisecond {
					t.Errorf("recovered after %v, want less than 600 ms", d)
				}
				if nc.ConnectedAddr() != AddrD {
					t.Errorf("connected to %s", nc.ConnectedAddr())
				}
				synctest.Wait()
				for _, s := range silent {
					if open := len(s.Open()); open != 0 {
						t.Errorf("%s still has %d connections", s.Addr(), open)
					}
				}
			})
		})
	}
}

// At most two attempts run at a time.
func TestAtMostTwoServersAreTriedAtATime(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		first := MemServer(t, n, "10.0.1.1:4222")
		urls := []string{first.URL()}
		var silent []*natstest.Server
		for i := range 6 {
			s := MemServer(t, n, fmt.Sprintf("10.0.0.%d:4222", i+1), Behaving(natstest.Always(natstest.Behavior{NoInfo: true})))
			silent = append(silent, s)
			urls = append(urls, s.URL())
		}
		var r Recorder
		Connect(t, strings.Join(urls, ","), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		first.Stop()
		most := 0
		for range 10_000 {
			synctest.Wait() // what ends at the same instant has ended
			open := 0
			for _, s := range silent {
				open += len(s.Open())
			}
			most = max(most, open)
			time.Sleep(time.Millisecond) // of virtual time
		}
		if most != 2 {
			t.Errorf("up to %d attempts at a time, want 2", most)
		}
	})
}

func TestFirstAttemptAfterALossIsMadeAtOnce(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
		begin := time.Now()
		s.Last().HangUp()
		if h := r.Wait(t, "reconnected", 1); h.At.Sub(begin) > 10*time.Millisecond {
			t.Errorf("reconnected after %v", h.At.Sub(begin))
		}
	})
}

// A thousand -ERR texts, known ones among them, on connections that live or die.
func TestNoErrorTextCloses(t *testing.T) {
	known := []string{
		"Unknown Protocol Operation", "Attempted To Connect To Route Port", "Authentication Timeout",
		"Invalid Client Protocol", "Maximum Control Line Exceeded", "Parser Error", "Secure Connection - TLS Required",
		"Stale Connection", "Slow Consumer", "Maximum Payload Violation", "Invalid Subject",
		"Permissions Violation for Subscription to \"a\"", "Permissions Violation for Publish to \"a\"",
		"maximum connections exceeded", "maximum account active connections exceeded", "maximum subscriptions exceeded",
		"Authorization Violation", "User Authentication Expired", "User Authentication Revoked",
		"Account Authentication Expired", "", "'", "''", "Permissions Violation for Subscription to \"", "nats: ",
	}
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		rnd := rand.New(rand.NewPCG(7, 7))
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.ReconnectWait(time.Millisecond))...)
		_, err := nc.Subscribe("a", func(*nats.Msg) {})
		Must(t, err)
		for i := range 1000 {
			text := known[rnd.IntN(len(known))]
			if rnd.IntN(2) == 0 {
				b := make([]byte, rnd.IntN(80))
				for j := range b {
					b[j] = byte(' ' + rnd.IntN(95))
				}
				text = string(b)
			}
			Must(t, nc.WaitConnected(t.Context()))
			c := s.Last()
			c.SendErr(text)
			if rnd.IntN(3) == 0 {
				synctest.Wait()
				c.HangUp()
			}
			synctest.Wait()
			if nc.IsClosed() || r.Count("closed") > 0 {
				t.Fatalf("text %d closed the client: %q", i, text)
			}
		}
		Must(t, nc.WaitConnected(t.Context()))
		Must(t, nc.Flush())
	})
}

// The same while it shakes hands: every text but a refusal of the credentials.
func TestNoErrorTextOfAHandshakeCloses(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		rnd := rand.New(rand.NewPCG(8, 8))
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0))...)
		const refusals = 1000
		s.Behave(func(c *natstest.Conn) natstest.Behavior {
			if c.ID() > refusals {
				return natstest.Behavior{}
			}
			b := make([]byte, 1+rnd.IntN(60))
			for j := range b {
				b[j] = byte(' ' + rnd.IntN(95))
			}
			if c.ID()%2 == 0 {
				return natstest.Behavior{RawInfo: "-ERR '" + string(b) + "'\r\n"}
			}
			return natstest.Behavior{Refuse: string(b)}
		})
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		if got := r.Count("attempt failed"); got != refusals-1 || nc.IsClosed() {
			t.Errorf("%d failed attempts told, status %v", got, nc.Status())
		}
	})
}

func TestReconnectErrCBIsCalledOncePerFailedAttempt(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		script := []natstest.Behavior{
			{}, {NoInfo: true}, {NoPong: true}, {Refuse: "Authorization Violation"}, {HangUpAfterOps: 1},
			{RawInfo: "nonsense\r\n"}, {HangUpAfterOps: 2}, {Refuse: "maximum connections exceeded"},
		}
		want := []error{nil, nil, nats.ErrAuthorization, io.EOF, nats.ErrNoInfoReceived, io.EOF, nats.ErrMaxConnectionsExceeded}
		s := MemServer(t, n, AddrA, Behaving(natstest.Script(script...)))
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond),
			nats.AttemptHandler(func(_ *nats.Conn, err *nats.ConnError) { r.Add("attempt", nil, err) }))...)
		s.Last().HangUp()
		r.Wait(t, "reconnected", 1)
		synctest.Wait()
		failed, detailed := r.Of("attempt failed"), r.Of("attempt")
		if len(failed) != len(script)-1 || len(detailed) != len(failed) {
			t.Fatalf("%d and %d calls for %d failed attempts", len(failed), len(detailed), len(script)-1)
		}
		for i, h := range failed {
			var ne net.Error
			if timedOut := errors.As(h.Err, &ne) && ne.Timeout(); h.Err != want[i] && (want[i] != nil || !timedOut) {
				t.Errorf("call %d: %v, want %v", i, h.Err, want[i])
			}
			if d := detailed[i].Err; !strings.Contains(d.Error(), AddrA) || want[i] != nil && !errors.Is(d, want[i]) {
				t.Errorf("call %d: the details are %v", i, d)
			}
		}
		if got := nc.Stats().Reconnects; got != 1 {
			t.Errorf("%d reconnects counted", got)
		}
	})
}

func TestReconnectToServer(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b, c := MemServer(t, n, AddrA), MemServer(t, n, AddrB), MemServer(t, n, AddrC)
		var r Recorder
		var choose func([]nats.Server) *nats.Server
		delay := 5 * time.Second
		nc := Connect(t, a.URL()+","+b.URL()+","+c.URL(), r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.ReconnectToServer(func(pool []nats.Server, _ nats.ServerInfo) (*nats.Server, time.Duration) {
				return choose(pool), delay
			}))...)
		choose = func(pool []nats.Server) *nats.Server {
			for i := range pool {
				if pool[i].URL.Host == AddrC {
					return &pool[i]
				}
			}
			return nil
		}
		begin := time.Now()
		a.Stop()
		h := r.Wait(t, "reconnected", 1)
		if nc.ConnectedAddr() != AddrC || h.At.Sub(begin) != 5*time.Second {
			t.Errorf("connected to %s after %v", nc.ConnectedAddr(), h.At.Sub(begin))
		}
		// One that isn't in the pool is reported, and the client chooses itself.
		choose = func([]nats.Server) *nats.Server {
			stranger := nats.Server{URL: MustURL(t, "nats://10.9.9.9:4222")}
			return &stranger
		}
		delay = time.Second
		c.Stop()
		r.Wait(t, "reconnected", 2)
		told := false
		for _, h := range r.Of("attempt failed") {
			told = told || errors.Is(h.Err, nats.ErrServerNotInPool)
		}
		if !told {
			t.Error("ReconnectErrCB wasn't told that the server is not in the pool")
		}
		if nc.ConnectedAddr() != AddrB {
			t.Errorf("connected to %s", nc.ConnectedAddr())
		}
	})
}

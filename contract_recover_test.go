package nats_test

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
			bubble(t, func(t *testing.T, n *natstest.Network) {
				secure := func(cfg *natstest.Config) {
					if c.tls {
						cfg.TLS = certs.ServerConfig()
					}
				}
				opts := []nats.Option{nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1)}
				if c.tls {
					opts = append(opts, nats.Secure(certs.ClientConfig()))
				}
				first := memServer(t, n, "10.0.1.1:4222", secure)
				urls := []string{first.URL()}
				var silent []*natstest.Server
				for _, addr := range []string{addrA, addrB, addrC} {
					s := memServer(t, n, addr, secure, behaving(natstest.Always(c.behavior)))
					silent = append(silent, s)
					urls = append(urls, s.URL())
				}
				live := memServer(t, n, addrD, secure)
				urls = append(urls, live.URL())
				var r recorder
				nc := connect(t, strings.Join(urls, ","), r.options(opts...)...)
				begin := time.Now()
				first.Stop()
				r.wait(t, "disconnected", 1)
				callsThatNeverWait(t, nc)
				h := r.wait(t, "reconnected", 1)
				if d := h.at.Sub(begin); d >= 600*time.Millisecond {
					t.Errorf("recovered after %v, want less than 600 ms", d)
				}
				if nc.ConnectedAddr() != addrD {
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
	bubble(t, func(t *testing.T, n *natstest.Network) {
		first := memServer(t, n, "10.0.1.1:4222")
		urls := []string{first.URL()}
		var silent []*natstest.Server
		for i := range 6 {
			s := memServer(t, n, fmt.Sprintf("10.0.0.%d:4222", i+1), behaving(natstest.Always(natstest.Behavior{NoInfo: true})))
			silent = append(silent, s)
			urls = append(urls, s.URL())
		}
		var r recorder
		connect(t, strings.Join(urls, ","), r.options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
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
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := memServer(t, n, addrA)
		var r recorder
		connect(t, s.URL(), r.options(nats.SetCustomDialer(n))...)
		begin := time.Now()
		s.Last().HangUp()
		if h := r.wait(t, "reconnected", 1); h.at.Sub(begin) > 10*time.Millisecond {
			t.Errorf("reconnected after %v", h.at.Sub(begin))
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
	bubble(t, func(t *testing.T, n *natstest.Network) {
		rnd := rand.New(rand.NewPCG(7, 7))
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.ReconnectWait(time.Millisecond))...)
		_, err := nc.Subscribe("a", func(*nats.Msg) {})
		must(t, err)
		for i := range 1000 {
			text := known[rnd.IntN(len(known))]
			if rnd.IntN(2) == 0 {
				b := make([]byte, rnd.IntN(80))
				for j := range b {
					b[j] = byte(' ' + rnd.IntN(95))
				}
				text = string(b)
			}
			must(t, nc.WaitConnected(t.Context()))
			c := s.Last()
			c.SendErr(text)
			if rnd.IntN(3) == 0 {
				synctest.Wait()
				c.HangUp()
			}
			synctest.Wait()
			if nc.IsClosed() || r.count("closed") > 0 {
				t.Fatalf("text %d closed the client: %q", i, text)
			}
		}
		must(t, nc.WaitConnected(t.Context()))
		must(t, nc.Flush())
	})
}

// The same while it shakes hands: every text but a refusal of the credentials.
func TestNoErrorTextOfAHandshakeCloses(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		rnd := rand.New(rand.NewPCG(8, 8))
		s := memServer(t, n, addrA)
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0))...)
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
		r.wait(t, "reconnected", 1)
		if got := r.count("attempt failed"); got != refusals-1 || nc.IsClosed() {
			t.Errorf("%d failed attempts told, status %v", got, nc.Status())
		}
	})
}

func TestReconnectErrCBIsCalledOncePerFailedAttempt(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		script := []natstest.Behavior{
			{}, {NoInfo: true}, {NoPong: true}, {Refuse: "Authorization Violation"}, {HangUpAfterOps: 1},
			{RawInfo: "nonsense\r\n"}, {HangUpAfterOps: 2}, {Refuse: "maximum connections exceeded"},
		}
		want := []error{nil, nil, nats.ErrAuthorization, io.EOF, nats.ErrNoInfoReceived, io.EOF, nats.ErrMaxConnectionsExceeded}
		s := memServer(t, n, addrA, behaving(natstest.Script(script...)))
		var r recorder
		nc := connect(t, s.URL(), r.options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond),
			nats.AttemptHandler(func(_ *nats.Conn, err *nats.ConnError) { r.add("attempt", nil, err) }))...)
		s.Last().HangUp()
		r.wait(t, "reconnected", 1)
		synctest.Wait()
		failed, detailed := r.of("attempt failed"), r.of("attempt")
		if len(failed) != len(script)-1 || len(detailed) != len(failed) {
			t.Fatalf("%d and %d calls for %d failed attempts", len(failed), len(detailed), len(script)-1)
		}
		for i, h := range failed {
			var ne net.Error
			if timedOut := errors.As(h.err, &ne) && ne.Timeout(); h.err != want[i] && (want[i] != nil || !timedOut) {
				t.Errorf("call %d: %v, want %v", i, h.err, want[i])
			}
			if d := detailed[i].err; !strings.Contains(d.Error(), addrA) || want[i] != nil && !errors.Is(d, want[i]) {
				t.Errorf("call %d: the details are %v", i, d)
			}
		}
		if got := nc.Stats().Reconnects; got != 1 {
			t.Errorf("%d reconnects counted", got)
		}
	})
}

func TestReconnectToServer(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		a, b, c := memServer(t, n, addrA), memServer(t, n, addrB), memServer(t, n, addrC)
		var r recorder
		var choose func([]nats.Server) *nats.Server
		delay := 5 * time.Second
		nc := connect(t, a.URL()+","+b.URL()+","+c.URL(), r.options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1),
			nats.ReconnectToServer(func(pool []nats.Server, _ nats.ServerInfo) (*nats.Server, time.Duration) {
				return choose(pool), delay
			}))...)
		choose = func(pool []nats.Server) *nats.Server {
			for i := range pool {
				if pool[i].URL.Host == addrC {
					return &pool[i]
				}
			}
			return nil
		}
		begin := time.Now()
		a.Stop()
		h := r.wait(t, "reconnected", 1)
		if nc.ConnectedAddr() != addrC || h.at.Sub(begin) != 5*time.Second {
			t.Errorf("connected to %s after %v", nc.ConnectedAddr(), h.at.Sub(begin))
		}
		// One that isn't in the pool is reported, and the client chooses itself.
		choose = func([]nats.Server) *nats.Server {
			stranger := nats.Server{URL: mustURL(t, "nats://10.9.9.9:4222")}
			return &stranger
		}
		delay = time.Second
		c.Stop()
		r.wait(t, "reconnected", 2)
		told := false
		for _, h := range r.of("attempt failed") {
			told = told || errors.Is(h.err, nats.ErrServerNotInPool)
		}
		if !told {
			t.Error("ReconnectErrCB wasn't told that the server is not in the pool")
		}
		if nc.ConnectedAddr() != addrB {
			t.Errorf("connected to %s", nc.ConnectedAddr())
		}
	})
}

package events_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

func TestAttemptHandlerIsToldOfEveryAttempt(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		MemServer(t, n, AddrB, Behaving(natstest.Always(natstest.Behavior{Refuse: "Authorization Violation"})))
		urls := "nats://" + AddrA + ",nats://" + AddrB
		opts := func(r *Recorder) []nats.Option {
			return Quick(nats.SetCustomDialer(n), nats.DontRandomize(), r.Attempts())
		}
		phases := func(r *Recorder) (list []string) {
			synctest.Wait()
			for _, h := range r.Of("attempt") {
				var ce *nats.ConnError
				errors.As(h.Err, &ce)
				list = append(list, ce.Phase+" "+ce.Server)
			}
			return list
		}
		// A first connect that fails in the end.
		var failed Recorder
		if _, err := nats.Connect(urls, opts(&failed)...); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("Connect: %v", err)
		}
		if got := phases(&failed); len(got) != 2 || got[0] != "dial nats://"+AddrA || got[1] != "PONG nats://"+AddrB {
			t.Errorf("told %q", got)
		}
		// One that succeeds with the last server, and a reconnect.
		s := MemServer(t, n, AddrC)
		var r Recorder
		Connect(t, urls+",nats://"+AddrC, opts(&r)...)
		if got := phases(&r); len(got) != 2 {
			t.Errorf("told %q", got)
		}
		s.Behave(natstest.Script(natstest.Behavior{}, natstest.Behavior{HangUpAfterOps: 1}))
		s.Last().HangUp()
		r.Wait(t, "attempt", 3)
	})
}

func TestLastErrorIsBareAndItsDetailIsNot(t *testing.T) {
	for name, opts := range map[string][]nats.Option{"by default": nil, "detailed": {nats.DetailedErrors()}, "resilient": {nats.Resilient()}} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(append(opts, nats.SetCustomDialer(n), nats.NoReconnect())...)...)
				s.Last().HangUp()
				r.Wait(t, "closed", 1)
				var ce *nats.ConnError
				if err := nc.LastErrorDetail(); !errors.As(err, &ce) || ce.Phase != "read" || ce.Server != s.URL() || ce.Err != io.EOF {
					t.Errorf("in detail: %v", err)
				}
				told := r.Of("disconnected")[0].Err
				for place, err := range map[string]error{"LastError": nc.LastError(), "disconnect handler": told} {
					if bare := err == io.EOF; bare != (opts == nil) || !errors.Is(err, io.EOF) {
						t.Errorf("%s: %v", place, err)
					}
				}
			})
		})
	}
	var none *nats.Conn
	if err := none.LastErrorDetail(); err != nats.ErrInvalidConnection {
		t.Errorf("of no connection: %v", err)
	}
}

// What is wrong with the program's own code isn't a matter of servers.
func TestRetryingOnErrNoServersDoesNotLoopOnOwnErrors(t *testing.T) {
	mine := errors.New("mine")
	for name, opts := range map[string][]nats.Option{"bare": nil, "detailed": {nats.DetailedErrors()}} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				MemServer(t, n, AddrA)
				jwt := nats.UserJWT(func() (string, error) { return "", mine }, func([]byte) ([]byte, error) { return nil, nil })
				for _, urls := range []string{"nats://" + AddrA, "nats://" + AddrA + ",nats://" + AddrB, "nats://" + AddrB + ",nats://" + AddrA} {
					_, err := nats.Connect(urls, append(opts, nats.SetCustomDialer(n), nats.DontRandomize(), jwt)...)
					if !errors.Is(err, mine) || errors.Is(err, nats.ErrNoServers) || opts == nil && err != mine {
						t.Errorf("%s: %v", urls, err)
					}
				}
			})
		})
	}
}

// The handshake's phase says that it is TLS which failed, not the type of an error.
func TestErrTLSIsDecidedByThePhase(t *testing.T) {
	certs := natstest.NewCerts(t)
	mine := errors.New("mine")
	failing := func(o *nats.Options) error {
		o.TLSCertCB = func() (tls.Certificate, error) { return tls.Certificate{}, mine }
		return nil
	}
	without := certs.ClientConfig()
	without.Certificates = nil
	for name, c := range map[string]struct {
		server   *tls.Config
		behavior natstest.Behavior
		client   *tls.Config
		opts     []nats.Option
		want     bool
	}{
		"stalls in the handshake":       {certs.ServerConfig(), natstest.Behavior{StallTLS: true}, certs.ClientConfig(), nil, true},
		"client has no certificate":     {certs.MutualConfig(), natstest.Behavior{}, without, nil, true},
		"unknown authority":             {certs.ServerConfig(), natstest.Behavior{}, &tls.Config{ServerName: "localhost"}, nil, true},
		"hangs up on CONNECT":           {certs.ServerConfig(), natstest.Behavior{HangUpAfterOps: 1}, certs.ClientConfig(), nil, true},
		"hangs up on PING":              {certs.ServerConfig(), natstest.Behavior{HangUpAfterOps: 2}, certs.ClientConfig(), nil, true},
		"stalls after the handshake":    {certs.ServerConfig(), natstest.Behavior{NoPong: true}, certs.ClientConfig(), nil, false},
		"refuses the credentials":       {certs.ServerConfig(), natstest.Behavior{Refuse: "Authorization Violation"}, certs.ClientConfig(), nil, false},
		"a certificate callback's own":  {certs.ServerConfig(), natstest.Behavior{}, certs.ClientConfig(), []nats.Option{failing}, false},
		"no TLS, hangs up on CONNECT":   {nil, natstest.Behavior{HangUpAfterOps: 1}, nil, nil, false},
		"TLS that the server hasn't":    {nil, natstest.Behavior{}, certs.ClientConfig(), nil, false},
		"a client that speaks no TLS 2": {certs.ServerConfig(), natstest.Behavior{}, &tls.Config{ServerName: "localhost", MaxVersion: tls.VersionTLS11}, nil, true},
	} {
		for form, change := range map[string]func(*natstest.Config){
			"nats": func(*natstest.Config) {}, "first": func(cfg *natstest.Config) { cfg.TLSFirst = true },
			"websocket": func(cfg *natstest.Config) { cfg.WebSocket = true },
		} {
			if c.server == nil && form != "nats" {
				continue
			}
			if c.behavior.StallTLS && form == "websocket" {
				continue // the fake server's HTTP can't
			}
			t.Run(name+" "+form, func(t *testing.T) {
				Bubble(t, func(t *testing.T, n *natstest.Network) {
					s := MemServer(t, n, AddrA, change, func(cfg *natstest.Config) { cfg.TLS = c.server })
					good := func(o *nats.Options) error { return nil }
					if c.client != nil {
						good = nats.Secure(c.client)
					}
					opts := append(c.opts, nats.SetCustomDialer(n), good, nats.DontRandomize())
					if form == "first" {
						opts = append(opts, nats.TLSHandshakeFirst())
					}
					s.Behave(natstest.Always(c.behavior))
					// The next server is down, which says less.
					for _, urls := range []string{s.URL(), s.URL() + "," + s.URL()[:len(s.URL())-len(AddrA)] + AddrB} {
						_, err := nats.Connect(urls, opts...)
						if got := errors.Is(err, nats.ErrTLS); err == nil || got != c.want {
							t.Errorf("Connect(%s): %v", urls, err)
						}
					}
					// The same at a reconnect.
					if c.server == nil || c.client.RootCAs == nil || c.client.Certificates == nil || c.opts != nil {
						return
					}
					s.Behave(natstest.Script())
					var r Recorder
					Connect(t, s.URL(), r.Options(append(opts, nats.MaxReconnects(-1), r.Attempts())...)...)
					s.Behave(natstest.Always(c.behavior))
					s.Last().HangUp()
					for _, kind := range []string{"attempt", "attempt failed"} {
						if err := r.Wait(t, kind, 1).Err; errors.Is(err, nats.ErrTLS) != c.want {
							t.Errorf("%s: %v", kind, err)
						}
					}
				})
			})
		}
	}
}

// failingWrites is a connection whose writes fail once they are told to.
type failingWrites struct {
	net.Conn
	err *atomic.Pointer[error]
}

func (c failingWrites) Write(b []byte) (int, error) {
	if err := c.err.Swap(nil); err != nil {
		return 0, *err
	}
	return c.Conn.Write(b)
}

type failingWritesDialer struct {
	nats.CustomDialer
	err atomic.Pointer[error]
}

func (d *failingWritesDialer) Dial(network, address string) (net.Conn, error) {
	c, err := d.CustomDialer.Dial(network, address)
	return failingWrites{c, &d.err}, err
}

func TestErrorHandlerIsToldOfAWriteThatFailsBeforeTheReconnect(t *testing.T) {
	for name, opts := range map[string][]nats.Option{"by default": nil, "reconnecting on it": {nats.ReconnectOnFlusherError()}} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA)
				d := &failingWritesDialer{CustomDialer: n}
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(append(opts, nats.SetCustomDialer(d), nats.MaxReconnects(-1))...)...)
				mine := errors.New("mine")
				d.err.Store(&mine)
				Must(t, nc.Publish("a", []byte("kept")))
				r.Wait(t, "reconnected", 1)
				Must(t, nc.Flush())
				var kinds []string
				for _, e := range r.All() {
					kinds = append(kinds, e.Kind)
					if e.Kind == "error" && e.Err != mine {
						t.Errorf("told %v", e.Err)
					}
				}
				if len(kinds) < 4 || kinds[1] != "error" || kinds[2] != "disconnected" {
					t.Errorf("told in the order %v", kinds)
				}
				if got := Payloads("a", s); len(got) != 1 {
					t.Errorf("the server got %q", got)
				}
			})
		})
	}
}

// At a reconnect both handlers are told of what fails from CONNECT on, and only the
// one for attempts of what fails before.
func TestBothHandlersAreToldOfWhatFailsFromConnectOn(t *testing.T) {
	mine := errors.New("mine")
	for name, c := range map[string]struct {
		behavior natstest.Behavior
		own      error
		want     error
		both     bool
	}{
		"the JWT callback":        {own: mine, want: mine, both: true},
		"a refusal":               {behavior: natstest.Behavior{Refuse: "Authorization Violation"}, want: nats.ErrAuthorization, both: true},
		"a full server":           {behavior: natstest.Behavior{Refuse: "maximum connections exceeded"}, want: nats.ErrMaxConnectionsExceeded, both: true},
		"a hang-up after CONNECT": {behavior: natstest.Behavior{HangUpAfterOps: 1}, want: io.EOF, both: true},
		"nonsense for INFO":       {behavior: natstest.Behavior{RawInfo: "nonsense\r\n"}, want: nats.ErrNoInfoReceived},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA, Behaving(natstest.Script(natstest.Behavior{}, c.behavior)))
				var fail atomic.Bool
				var r Recorder
				Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second),
					nats.UserJWT(func() (string, error) {
						if fail.Swap(false) {
							return "", c.own
						}
						return "", nil
					}, func([]byte) ([]byte, error) { return nil, nil }))...)
				fail.Store(c.own != nil)
				s.Last().HangUp()
				r.Wait(t, "reconnected", 1)
				failed, errs := r.Of("attempt failed"), r.Of("error")
				if len(failed) != 1 || failed[0].Err != c.want {
					t.Errorf("ReconnectErrHandler was told %v", failed)
				}
				if told := len(errs) == 1 && errs[0].Err == c.want; told != c.both || !c.both && len(errs) > 0 {
					t.Errorf("ErrorHandler was told %v", errs)
				}
			})
		})
	}
}

// One bad URL costs the others nothing, and somebody is told of it.
func TestAURLThatCannotBeUsedIsSkippedAndTold(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, "nats://10.0.0.9:99999,"+s.URL(), r.Options(nats.SetCustomDialer(n))...)
		var ne net.Error
		if h := r.Wait(t, "error", 1); !errors.As(h.Err, &ne) {
			t.Errorf("told %v", h.Err)
		}
		if got := nc.Servers(); len(got) != 1 {
			t.Errorf("servers %q", got)
		}
		Must(t, nc.SetServerPool([]string{s.URL(), "nats://10.0.0.9:99999"}))
		r.Wait(t, "error", 2)
	})
}

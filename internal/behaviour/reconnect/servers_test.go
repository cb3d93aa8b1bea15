package reconnect_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
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

func TestChecklist05LimitsOfTheServerAreRetried(t *testing.T) {
	for text, want := range map[string]error{
		"maximum connections exceeded":                nats.ErrMaxConnectionsExceeded,
		"maximum account active connections exceeded": nats.ErrMaxAccountConnectionsExceeded,
	} {
		t.Run(text, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				refuse := natstest.Behavior{Refuse: text}
				s := MemServer(t, n, AddrA, Behaving(natstest.Script(natstest.Behavior{}, refuse, refuse, refuse)))
				var r Recorder
				nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
				s.Last().SendErr(text)
				s.Last().HangUp()
				r.Wait(t, "reconnected", 1)
				failed := r.Of("attempt failed")
				if len(failed) != 3 {
					t.Fatalf("%d failed attempts, want 3", len(failed))
				}
				for _, h := range failed {
					if !errors.Is(h.Err, want) {
						t.Errorf("an attempt failed with %v", h.Err)
					}
				}
				if !nc.IsConnected() {
					t.Errorf("status %v", nc.Status())
				}
			})
		})
	}
}

func TestChecklist05TooManySubscriptionsDoesNotClose(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		var r Recorder
		nc := Connect(t, s.URL(), r.Options(nats.SetCustomDialer(n))...)
		s.Last().SendErr("maximum subscriptions exceeded")
		if h := r.Wait(t, "error", 1); !errors.Is(h.Err, nats.ErrMaxSubscriptionsExceeded) {
			t.Errorf("told %v", h.Err)
		}
		Must(t, nc.Flush())
		if !nc.IsConnected() || r.Count("disconnected") != 0 {
			t.Errorf("status %v, %d disconnects", nc.Status(), r.Count("disconnected"))
		}
	})
}

func TestChecklist15InfoInMidConnectionKeepsThePool(t *testing.T) {
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA)
		b, c := MemServer(t, n, AddrB), MemServer(t, n, AddrC)
		var r Recorder
		nc := Connect(t, strings.Join([]string{s.URL(), b.URL(), c.URL()}, ","),
			r.Options(nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		order := func() (list []string) {
			for _, srv := range nc.ServerPool() {
				list = append(list, srv.URL.Host)
			}
			return list
		}
		before := order()
		s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{AddrB, AddrD} })
		r.Wait(t, "discovered", 1)
		after := order()
		if !slices.Contains(after, AddrA) {
			t.Errorf("the current server is gone from the pool: %v", after)
		}
		kept := slices.DeleteFunc(slices.Clone(after), func(a string) bool { return a == AddrD })
		if !slices.Equal(kept, before) || len(after) != 4 {
			t.Errorf("pool %v became %v", before, after)
		}
		// An INFO that doesn't list a discovered server makes it forgotten.
		s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = []string{AddrB} })
		Until(t, "the discovered server to be forgotten", func() bool { return slices.Equal(order(), before) })
		// One that lists none says nothing.
		s.SetInfo(func(info *natstest.Info) { info.ConnectURLs = nil })
		Must(t, nc.Flush())
		synctest.Wait()
		if !slices.Equal(order(), before) {
			t.Errorf("pool %v became %v", before, order())
		}
		if r.Count("discovered") != 1 || r.Count("disconnected") != 0 {
			t.Errorf("%d × discovered, %d × disconnected", r.Count("discovered"), r.Count("disconnected"))
		}
	})
}

func TestChecklist16ProtocolErrorInTheFirstConnectTriesTheOthers(t *testing.T) {
	for name, info := range map[string]string{
		"not NATS":    "HTTP/1.1 400 Bad Request\r\n\r\n",
		"not JSON":    "INFO {\"server_id\":\r\n",
		"not INFO":    "PING\r\n",
		"an -ERR":     "-ERR 'Server is going away'\r\n",
		"endless":     "INFO " + strings.Repeat("x", 3<<20),
		"other JSON":  "INFO []\r\n",
		"only a line": "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				bad := MemServer(t, n, AddrA, Behaving(natstest.Always(natstest.Behavior{RawInfo: info})))
				good := MemServer(t, n, AddrB)
				nc := Connect(t, bad.URL()+","+good.URL(), Quick(nats.SetCustomDialer(n), nats.DontRandomize())...)
				if got := nc.ConnectedAddr(); got != AddrB {
					t.Errorf("connected to %s", got)
				}
				if len(bad.Conns()) == 0 {
					t.Error("the first server was never tried")
				}
			})
		})
	}
}

func TestChecklist19CertificatesAreLoadedAnewAtEachReconnect(t *testing.T) {
	certs := natstest.NewCerts(t)
	cfg := certs.MutualConfig()
	seen := make(chan string, 100)
	cfg.VerifyConnection = func(st tls.ConnectionState) error {
		seen <- st.PeerCertificates[0].Subject.CommonName
		return nil
	}
	s := natstest.NewServer(t, natstest.Config{TLS: cfg})
	var renewed, pools atomic.Int32
	var r Recorder
	Connect(t, s.URL(), r.Options(nats.ReconnectWait(time.Millisecond),
		nats.ClientTLSConfig(
			func() (tls.Certificate, error) { return certs.Issue(fmt.Sprint("client ", renewed.Load())), nil },
			func() (*x509.CertPool, error) { pools.Add(1); return certs.Pool, nil }))...)
	if got := Receive(t, "the first handshake", seen); got != "client 0" {
		t.Fatalf("the first certificate was %q", got)
	}
	for i := 1; i <= 3; i++ {
		renewed.Add(1)
		before := pools.Load()
		s.Last().HangUp()
		r.Wait(t, "reconnected", i)
		if got, want := Receive(t, "the next handshake", seen), fmt.Sprint("client ", i); got != want {
			t.Errorf("reconnect %d showed the certificate %q", i, got)
		}
		if pools.Load() == before {
			t.Errorf("reconnect %d didn't ask for the authorities", i)
		}
	}
}

func TestChecklist25StallingServersAreBoundedByTimeout(t *testing.T) {
	certs := natstest.NewCerts(t)
	for name, stall := range map[string]struct {
		behavior natstest.Behavior
		tls      *tls.Config
		first    bool
		phase    string
	}{
		"before INFO":    {behavior: natstest.Behavior{NoInfo: true}, phase: "INFO"},
		"half an INFO":   {behavior: natstest.Behavior{RawInfo: "INFO {\"server_id\":", Mute: true}, phase: "INFO"},
		"in TLS":         {behavior: natstest.Behavior{StallTLS: true}, tls: certs.ServerConfig(), phase: "TLS"},
		"in TLS first":   {behavior: natstest.Behavior{StallTLS: true}, tls: certs.ServerConfig(), first: true, phase: "TLS"},
		"before PONG":    {behavior: natstest.Behavior{NoPong: true}, phase: "PONG"},
		"deaf":           {behavior: natstest.Behavior{Deaf: true}, phase: "PONG"},
		"trickling INFO": {behavior: natstest.Behavior{RawInfo: "", AnswerDelay: 90 * time.Minute}, phase: "INFO"},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.TLS, cfg.TLSFirst = stall.tls, stall.first })
				var r Recorder
				opts := r.Options(nats.SetCustomDialer(n), nats.Timeout(3*time.Second), nats.MaxReconnects(-1), nats.ReconnectWait(time.Hour), nats.DetailedErrors())
				if stall.tls != nil {
					opts = append(opts, nats.Secure(certs.ClientConfig()))
				}
				if stall.first {
					opts = append(opts, nats.TLSHandshakeFirst())
				}
				Connect(t, s.URL(), opts...)
				s.Behave(natstest.Always(stall.behavior))
				begin := time.Now()
				s.Last().HangUp()
				h := r.Wait(t, "attempt failed", 1)
				if d := h.At.Sub(begin); d < 3*time.Second || d > 3*time.Second+100*time.Millisecond {
					t.Errorf("gave up after %v, Timeout is 3 s", d)
				}
				var ce *nats.ConnError
				if !errors.Is(h.Err, nats.ErrTimeout) || !errors.As(h.Err, &ce) || ce.Phase != stall.phase {
					t.Errorf("the attempt failed with %v", h.Err)
				}
			})
		})
	}
}

func TestChecklist26TLSIsHonouredOnReconnect(t *testing.T) {
	certs := natstest.NewCerts(t)
	secure := nats.Secure(certs.ClientConfig())
	trusting := func(o *nats.Options) error { o.TLSConfig = certs.ClientConfig(); return nil }
	for name, c := range map[string]struct {
		scheme string
		option nats.Option
	}{
		"required by the server": {"nats", trusting},
		"required by the option": {"nats", secure},
		"required by the URL":    {"tls", trusting},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				s := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.TLS = certs.ServerConfig() })
				opts := []nats.Option{nats.SetCustomDialer(n), nats.UserInfo("user", "secret"), c.option}
				url := c.scheme + "://" + AddrA
				var r Recorder
				nc := Connect(t, url, r.Options(opts...)...)
				s.Last().HangUp()
				r.Wait(t, "reconnected", 1)
				if !s.Last().TLS() {
					t.Error("the second connection is in plain text")
				}
				if _, err := nc.TLSConnectionState(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A server that lost its TLS must not be told the password.
func TestChecklist26NoCredentialsInPlainText(t *testing.T) {
	certs := natstest.NewCerts(t)
	Bubble(t, func(t *testing.T, n *natstest.Network) {
		s := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.TLS = certs.ServerConfig() })
		plain := MemServer(t, n, AddrB)
		var r Recorder
		nc := Connect(t, "tls://user:secret@"+AddrA+",tls://user:secret@"+AddrB, r.Options(nats.SetCustomDialer(n),
			nats.Secure(certs.ClientConfig()), nats.DontRandomize(), nats.MaxReconnects(-1))...)
		s.Stop()
		Until(t, "the plain server to be tried", func() bool {
			for _, h := range r.Of("attempt failed") {
				if errors.Is(h.Err, nats.ErrSecureConnWanted) {
					return true
				}
			}
			return false
		})
		synctest.Wait()
		for _, c := range plain.Conns() {
			if c.Bytes() != 0 {
				t.Errorf("the plain server was sent %v", c.Ops())
			}
		}
		if nc.IsConnected() {
			t.Error("connected to a server without TLS")
		}
		for _, h := range r.Of("attempt failed") {
			if strings.Contains(h.Err.Error(), "secret") {
				t.Errorf("the password is in the error: %v", h.Err)
			}
		}
	})
}

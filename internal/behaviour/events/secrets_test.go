package events_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

const (
	plantedPassword = "Wr0ng-H0rse"
	plantedToken    = "T0ken-Batt3ry"
	plantedJWT      = "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJTVEFQTEUifQ.U3RhcGxlU3RhcGxl"
	plantedSeed     = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"
)

// planted are the secrets, with parts of them that would be enough.
var planted = []string{plantedPassword, plantedToken, plantedJWT, "eyJqdGkiOiJTVEFQTEUifQ", plantedSeed, "Wr0ng", "Batt3ry"}

// indiscreet is what a server says that repeats everything it was told.
var indiscreet = strings.Join(planted[:5], " and ")

// said is all that the client says to people.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) add(what string, things ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range things {
		fmt.Fprintf(&s.text, "%s: %v | %+v\n", what, x, x)
		if err, ok := x.(error); ok {
			var ce *nats.ConnError
			if errors.As(err, &ce) {
				fmt.Fprintf(&s.text, "%s: %v %v %v %v\n", what, ce.Server, ce.Phase, ce.Err, ce.Hint)
			}
		}
	}
}

func (s *said) event(e nats.Event) {
	if e.Subscription != nil {
		e.Subscription = nil // its address is nothing to read
	}
	s.add("event", e, e.LogValue(), e.Err)
}

// Passwords, tokens, JWTs and seeds are found in nothing that the client says, whichever
// way it got them, and whatever the server makes of them.
func TestNoSecretIsTold(t *testing.T) {
	creds := filepath.Join(t.TempDir(), "user.creds")
	Must(t, os.WriteFile(creds, []byte("-----BEGIN NATS USER JWT-----\n"+plantedJWT+"\n------END NATS USER JWT------\n\n"+
		"-----BEGIN USER NKEY SEED-----\n"+plantedSeed+"\n------END USER NKEY SEED------\n"), 0o600))
	seed := filepath.Join(t.TempDir(), "user.nk")
	Must(t, os.WriteFile(seed, []byte(plantedSeed), 0o600))
	ways := map[string]struct {
		user string
		opts func(t *testing.T) nats.Option
	}{
		"password in the URL": {user: "joe:" + plantedPassword + "@"},
		"token in the URL":    {user: plantedToken + "@"},
		"password":            {opts: func(*testing.T) nats.Option { return nats.UserInfo("joe", plantedPassword) }},
		"token":               {opts: func(*testing.T) nats.Option { return nats.Token(plantedToken) }},
		"password handler": {opts: func(*testing.T) nats.Option {
			return nats.UserInfoHandler(func() (string, string) { return "joe", plantedPassword })
		}},
		"token handler": {opts: func(*testing.T) nats.Option { return nats.TokenHandler(func() string { return plantedToken }) }},
		"credentials":   {opts: func(*testing.T) nats.Option { return nats.UserCredentials(creds) }},
		"JWT and seed":  {opts: func(*testing.T) nats.Option { return nats.UserJWTAndSeed(plantedJWT, plantedSeed) }},
		"nkey": {opts: func(t *testing.T) nats.Option {
			opt, err := nats.NkeyOptionFromSeed(seed)
			Must(t, err)
			return opt
		}},
	}
	for name, way := range ways {
		for _, detailed := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", detailed ", detailed), func(t *testing.T) {
				var s said
				s.add("standard error", stderr(t, func() {
					Bubble(t, func(t *testing.T, n *natstest.Network) {
						var opts []nats.Option
						if way.opts != nil {
							opts = append(opts, way.opts(t))
						}
						if detailed {
							opts = append(opts, nats.DetailedErrors())
						}
						liveIndiscreetly(t, n, &s, "nats://"+way.user+AddrA, opts)
					})
				}))
				text := s.text.String()
				for _, secret := range planted {
					// A way that has no password can't know that it is one.
					if secret == plantedPassword || secret == "Wr0ng" {
						if !strings.Contains(name, "password") {
							continue
						}
					}
					if secret == plantedToken || secret == "Batt3ry" {
						if !strings.Contains(name, "token") {
							continue
						}
					}
					if i := strings.Index(text, secret); i >= 0 {
						t.Errorf("%q is in: …%s…", secret, text[max(0, i-200):min(len(text), i+100)])
					}
				}
				for _, want := range []string{"xxxxx", "reconnected", "permission.denied", "attempt.failed", "closed", "inputs and actions"} {
					if !strings.Contains(text, want) {
						t.Errorf("nothing is said of %q: the test sees too little", want)
					}
				}
			})
		}
	}
}

// liveIndiscreetly plays a life with a server that says in each way it has what it
// should keep for itself.
func liveIndiscreetly(t *testing.T, n *natstest.Network, s *said, url string, opts []nats.Option) {
	bad := []natstest.Behavior{
		{Refuse: indiscreet},
		{Refuse: "Authorization Violation: " + indiscreet},
		{RawInfo: "-ERR '" + indiscreet + "'\r\n"},
		{RawInfo: "HELLO " + indiscreet + "\r\n"},
		{RawInfo: `INFO {"server_id": ` + indiscreet + "}\r\n"},
		{RawInfo: `INFO {"server_id": 12, "host": "` + indiscreet + "\"}\r\n"},
		{Mute: true, Say: "PANG " + indiscreet + "\r\n"},
		{Mute: true, Say: "-ERR " + indiscreet + "\r\n"},
	}
	server := MemServer(t, n, AddrA, Behaving(natstest.Script(bad...)), func(cfg *natstest.Config) {
		cfg.Info.Nonce = "nonce"
		cfg.Info.ServerName = plantedJWT
	})
	var l logged
	var nc *nats.Conn
	nc, err := nats.Connect(url, append([]nats.Option{
		nats.SetCustomDialer(n), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(10 * time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.Logger(l.logger(slog.LevelDebug)),
		nats.EventHandler(func(_ *nats.Conn, e nats.Event) { s.event(e) }),
		nats.AttemptHandler(func(nc *nats.Conn, err *nats.ConnError) { s.add("attempt", err, nc.LastError(), nc.LastErrorDetail()) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { s.add("failed", err) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { s.add("disconnected", err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { s.add("error", err) }),
	}, opts...)...)
	Must(t, err)
	Until(t, "a connection", nc.IsConnected)
	look := func() {
		synctest.Wait()
		h := nc.Health(t.Context())
		text, err := json.Marshal(h)
		Must(t, err)
		s.add("state", nc.DebugSnapshot(), h, string(text), nc.LastError(), nc.LastErrorDetail(), nc.ConnectedUrlRedacted(), nc.Servers())
	}
	_, err = nc.Subscribe("a", func(*nats.Msg) {})
	Must(t, err)
	Must(t, nc.Flush())
	c := server.Last()
	for _, text := range []string{
		indiscreet, `Permissions Violation for Publish to "x" by ` + indiscreet,
		`Permissions Violation for Subscription to "a" by ` + indiscreet, "Authorization Violation for " + indiscreet,
	} {
		c.SendErr(text)
		look()
	}
	c.Send(`INFO {"server_id": ` + indiscreet + "}\r\n")
	c.Send(fmt.Sprintf("HMSG a 1 %d %d\r\nNATS/1.0\r\n%s\r\n\r\n\r\n", len(indiscreet)+14, len(indiscreet)+14, indiscreet))
	look()
	whole := []string{plantedPassword, plantedToken, plantedJWT, plantedSeed} // of a part nobody can know that it is one
	for i, secret := range whole {
		server.Last().Send(secret + " is nothing that a server says\r\n")
		Until(t, "a reconnect", func() bool { return nc.Stats().Reconnects == uint64(i+1) && nc.IsConnected() })
		look()
	}
	Must(t, nc.SetServerPool([]string{url, "nats://joe:" + plantedPassword + "@" + AddrB}))
	server.Last().SendAway(indiscreet)
	Until(t, "a reconnect", func() bool { return nc.Stats().Reconnects == uint64(len(whole)+1) })
	look()
	nc.Close()
	look()
	s.add("log", l.text())
}

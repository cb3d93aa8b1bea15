package otelnats_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/otelnats"
)

const (
	plantedPassword = "Wr0ng-H0rse"
	plantedToken    = "T0ken-Batt3ry"
	plantedJWT      = "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJTVEFQTEUifQ.U3RhcGxlU3RhcGxl"
	plantedSeed     = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"
)

// Passwords, tokens, JWTs and seeds are in no metric and no span, whichever way the
// client got them, and whatever the server makes of them.
func TestNoSecretIsExported(t *testing.T) {
	creds := filepath.Join(t.TempDir(), "user.creds")
	Must(t, os.WriteFile(creds, []byte("-----BEGIN NATS USER JWT-----\n"+plantedJWT+"\n------END NATS USER JWT------\n\n"+
		"-----BEGIN USER NKEY SEED-----\n"+plantedSeed+"\n------END USER NKEY SEED------\n"), 0o600))
	for name, way := range map[string]struct {
		user    string
		opt     nats.Option
		secrets []string // the last is a part of one, of which nobody can know that it is one
	}{
		"password in the URL": {"joe:" + plantedPassword + "@", nil, []string{plantedPassword, "Wr0ng"}},
		"token in the URL":    {plantedToken + "@", nil, []string{plantedToken, "Batt3ry"}},
		"password":            {"", nats.UserInfo("joe", plantedPassword), []string{plantedPassword, "Wr0ng"}},
		"token":               {"", nats.Token(plantedToken), []string{plantedToken, "Batt3ry"}},
		"credentials":         {"", nats.UserCredentials(creds), []string{plantedJWT, plantedSeed, "eyJqdGkiOiJTVEFQTEUifQ"}},
		"JWT and seed":        {"", nats.UserJWTAndSeed(plantedJWT, plantedSeed), []string{plantedJWT, plantedSeed, "eyJqdGkiOiJTVEFQTEUifQ"}},
	} {
		t.Run(name, func(t *testing.T) {
			Bubble(t, func(t *testing.T, n *natstest.Network) {
				said := live(t, n, "nats://"+way.user+AddrA, way.opt, strings.Join(way.secrets[:len(way.secrets)-1], " and "))
				for _, secret := range way.secrets {
					if i := strings.Index(said, secret); i >= 0 {
						t.Errorf("%q is in: …%s…", secret, said[max(0, i-200):min(len(said), i+100)])
					}
				}
				for _, want := range []string{"nats.client.reconnects{app} 1", "error.type=pong", "server.address=10.0.0.1", "10.0.0.2",
					"publish a", "request a", "process a", "xxxxx", "nats.client.permission.denials{app} 1"} {
					if !strings.Contains(said, want) {
						t.Errorf("nothing is said of %q: the test sees too little", want)
					}
				}
				if t.Failed() {
					t.Log(said)
				}
			})
		})
	}
}

// live plays a life with a server that repeats the secrets in what it says, and returns
// all metrics and spans as a text.
func live(t *testing.T, n *natstest.Network, url string, opt nats.Option, secrets string) string {
	server := MemServer(t, n, AddrA, func(cfg *natstest.Config) { cfg.Info.Nonce, cfg.Info.ServerName = "nonce", secrets })
	MemServer(t, n, AddrB, Behaving(func(*natstest.Conn) natstest.Behavior { return natstest.Behavior{Refuse: secrets} }), func(cfg *natstest.Config) { cfg.Info.Nonce = "nonce" })
	s, c := newSpans(t), newCollected(t)
	tracer, err := otelnats.NewTracer(otelnats.WithTracerProvider(s.provider), c.option())
	Must(t, err)
	nc := Connect(t, url+","+strings.Replace(url, AddrA, AddrB, 1), nats.SetCustomDialer(n), nats.DontRandomize(), nats.Name("app"), nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(), nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0), nats.DetailedErrors(),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), opt)
	_, err = otelnats.Observe(nc, c.option())
	Must(t, err)
	_, err = nc.Subscribe("a", tracer.Handler(func(context.Context, *nats.Msg) error { return nc.LastErrorDetail() }))
	Must(t, err)
	Must(t, nc.Flush())
	server.Last().SendErr(`Permissions Violation for Publish to "x" by ` + secrets)
	server.Last().SendErr(secrets)
	synctest.Wait()
	Must(t, tracer.Publish(t.Context(), nc, nats.NewMsg("a")))
	Must(t, nc.Flush())
	synctest.Wait()
	server.Last().SendAway(secrets)
	Until(t, "a reconnect", func() bool { return nc.Stats().Reconnects == 1 && nc.IsConnected() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := tracer.Request(ctx, nc, nats.NewMsg("a")); err == nil {
		t.Error("somebody has answered")
	}
	synctest.Wait()
	var said strings.Builder
	for name, v := range c.all(t) {
		fmt.Fprintln(&said, name, v)
	}
	nc.Close()
	if err := tracer.Publish(t.Context(), nc, nats.NewMsg("a")); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("%v", err)
	}
	synctest.Wait()
	for _, span := range s.recorder.Ended() {
		fmt.Fprintln(&said, span.Name(), text(span), span.Status(), span.Events(), span.Links())
	}
	return said.String()
}

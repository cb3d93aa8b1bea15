package reconnect_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
)

func password(p string) string {
	return fmt.Sprintf("authorization { user: me, password: %q }", p)
}

// A changed password closes after the same refusal twice; with a handler that
// learns the new one in time, or without the abort, the client recovers.
func TestAuthFailureAndRecovery(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, password("old"))
	s := c.Server(0)

	closing, waiting, asking := newDiary(), newDiary(), newDiary()
	nc := connect(t, s.URL(), closing.options(quick(nats.UserInfo("me", "old"))...)...)
	connect(t, s.URL(), waiting.options(quick(nats.UserInfo("me", "old"), nats.IgnoreAuthErrorAbort())...)...)
	var current atomic.Value
	current.Store("old")
	var asked atomic.Int32
	connect(t, s.URL(), asking.options(quick(nats.UserInfoHandler(func() (string, string) {
		asked.Add(1)
		// The first question after the change still gets the old answer.
		return "me", current.Swap("new").(string)
	}))...)...)
	current.Store("old")

	s.SetConfig(password("new"))
	must(t, s.Kill())
	must(t, s.Restart(within(t)))

	closing.wait(t, "closed", 1)
	if !errors.Is(nc.LastError(), nats.ErrAuthorization) {
		t.Errorf("closed with %v", nc.LastError())
	}
	refused := 0
	for _, call := range closing.of("attempt failed") {
		if errors.Is(call.err, nats.ErrAuthorization) {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("closed after %d refusals, want 2:\n%s", refused, closing)
	}

	asking.wait(t, "reconnected", 1)
	if n := asked.Load(); n < 3 {
		t.Errorf("asked for credentials %d times, want once for each attempt", n)
	}

	waiting.wait(t, "attempt failed", len(waiting.of("attempt failed"))+3)
	s.SetConfig(password("old"))
	must(t, s.Kill())
	must(t, s.Restart(within(t)))
	waiting.wait(t, "reconnected", 1)
}

// Credentials that the server withdraws while they are in use: it hangs up,
// refuses them, and the client gives up with its reason.
func TestAuthWithdrawn(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, password("old"))
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick(nats.UserInfo("me", "old"))...)...)
	must(t, c.Server(0).Reload(within(t), password("new")))
	d.wait(t, "closed", 1)
	if !errors.Is(nc.LastError(), nats.ErrAuthorization) {
		t.Errorf("closed with %v", nc.LastError())
	}
	if seq := d.sequence("disconnected", "error", "closed"); seq != "disconnected, error, error, closed" {
		t.Errorf("callbacks: %s", seq)
	}
}

// A lame duck is told of, the client stays until the server hangs up, and then
// goes on elsewhere.
func TestLameDuck(t *testing.T) {
	t.Parallel()
	c := clustertest.Start(t, cluster.Config{Servers: 2, LameDuckDuration: 500 * time.Millisecond, LameDuckGrace: 50 * time.Millisecond})
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
	until(t, "both known", func() bool { return len(nc.Servers()) == 2 })
	must(t, c.Server(0).LameDuck(within(t)))
	d.wait(t, "lame duck", 1)
	d.wait(t, "reconnected", 1)
	if seat(t, c, nc) != c.Server(1) {
		t.Errorf("at %s", nc.ConnectedAddr())
	}
	if seq := d.sequence("lame duck", "disconnected", "reconnected"); seq != "lame duck, disconnected, reconnected" {
		t.Errorf("order: %s", seq)
	}
}

// TLS that was there at first is there after each reconnect, over the cluster's
// own addresses too, and what the client demands isn't given up.
func TestNoPlainTextAfterARestart(t *testing.T) {
	t.Parallel()
	certs := newCerts(t)
	tls := fmt.Sprintf("tls { cert_file: %q, key_file: %q }", certs.ServerCertFile, certs.ServerKeyFile)
	c := standalone(t, 1, tls)
	s := c.Server(0)
	d := newDiary()
	nc := connect(t, s.URL(), d.options(quick(nats.RootCAs(certs.CAFile))...)...)
	_, err := nc.TLSConnectionState()
	must(t, err)
	s.SetConfig("")
	must(t, s.Kill())
	must(t, s.Restart(within(t)))
	var plain error
	until(t, "an attempt on the plain server", func() bool {
		for _, call := range d.of("attempt failed") {
			if errors.Is(call.err, nats.ErrSecureConnWanted) {
				plain = call.err
			}
		}
		return plain != nil
	})
	if n := len(d.of("reconnected")); n > 0 {
		t.Errorf("reconnected without TLS:\n%s", d)
	}
	s.SetConfig(tls)
	must(t, s.Kill())
	must(t, s.Restart(within(t)))
	d.wait(t, "reconnected", 1)
	_, err = nc.TLSConnectionState()
	must(t, err)
}

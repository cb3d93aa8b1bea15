package reconnect_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
)

// After any loss the client tries the servers of the call and those that an
// INFO told it of.
func TestRow01AutomaticReconnection(t *testing.T) {
	t.Parallel()
	t.Run("to the server of the call", func(t *testing.T) {
		c := standalone(t, 1, "")
		d := newDiary()
		nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
		sub, err := nc.SubscribeSync("a")
		must(t, err)
		must(t, nc.Flush())
		must(t, c.Server(0).Kill())
		d.wait(t, "disconnected", 1)
		must(t, c.Server(0).Restart(within(t)))
		d.wait(t, "reconnected", 1)
		must(t, nc.Publish("a", []byte("x")))
		_, err = sub.NextMsg(patience)
		must(t, err)
	})
	t.Run("to another server of the call", func(t *testing.T) {
		c := standalone(t, 2, "")
		d := newDiary()
		nc := connect(t, c.Server(0).URL()+","+c.Server(1).URL(), d.options(quick()...)...)
		// Attempts race, so it may sit on either.
		first := seat(t, c, nc)
		must(t, first.Kill())
		d.wait(t, "reconnected", 1)
		if seat(t, c, nc) == first {
			t.Errorf("at %s, which is dead", nc.ConnectedAddr())
		}
	})
	t.Run("to one that the cluster told it of", func(t *testing.T) {
		c := start(t, 2)
		d := newDiary()
		nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
		must(t, c.Server(0).Kill())
		d.wait(t, "reconnected", 1)
		if seat(t, c, nc) != c.Server(1) {
			t.Errorf("at %s", nc.ConnectedAddr())
		}
	})
}

// Servers that join are learned, servers that leave are forgotten, never those
// of the call; a program started with one URL outlives that server.
func TestRow02SelfHealing(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	given := c.Server(0)
	d := newDiary()
	nc := connect(t, given.URL(), d.options(quick()...)...)
	second, err := c.Add(within(t))
	must(t, err)
	must(t, c.WaitFormed(within(t)))
	until(t, "the second server known", func() bool { return slices.Contains(nc.Servers(), second.URL()) })

	must(t, given.Kill())
	d.wait(t, "reconnected", 1)
	if seat(t, c, nc) != second {
		t.Fatalf("at %s", nc.ConnectedAddr())
	}
	if !slices.Contains(nc.Servers(), given.URL()) {
		t.Errorf("the server of the call is forgotten: %q", nc.Servers())
	}

	third, err := c.Add(within(t))
	must(t, err)
	until(t, "the third server known", func() bool { return slices.Contains(nc.DiscoveredServers(), third.URL()) })
	must(t, third.Stop())
	until(t, "the third server forgotten", func() bool { return !slices.Contains(nc.Servers(), third.URL()) })
	if want := []string{second.URL()}; !slices.Equal(nc.DiscoveredServers(), want) {
		t.Errorf("discovered %q, want %q", nc.DiscoveredServers(), want)
	}
}

// With AllowReconnect off any loss closes.
func TestRow12AllowReconnect(t *testing.T) {
	t.Parallel()
	if !nats.GetDefaultOptions().AllowReconnect {
		t.Error("off by default")
	}
	c := start(t, 2)
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(nats.NoReconnect())...)
	must(t, c.Server(0).Kill())
	d.wait(t, "closed", 1)
	if !nc.IsClosed() || len(d.of("reconnected", "attempt failed")) > 0 {
		t.Errorf("status %v after\n%s", nc.Status(), d)
	}
	if err := nc.Publish("a", nil); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("publish: %v", err)
	}
}

// So many failed attempts in a row drop a server; when none is left the
// connection closes with ErrNoServers. A negative number never gives up.
func TestRow13MaxReconnect(t *testing.T) {
	t.Parallel()
	if n := nats.GetDefaultOptions().MaxReconnect; n != 60 {
		t.Errorf("%d by default", n)
	}
	c := standalone(t, 1, "")
	limited, patient := newDiary(), newDiary()
	nc := connect(t, c.Server(0).URL(), limited.options(quick(nats.MaxReconnects(3))...)...)
	never := connect(t, c.Server(0).URL(), patient.options(quick()...)...)
	must(t, c.Server(0).Kill())
	limited.wait(t, "closed", 1)
	if n := len(limited.of("attempt failed")); n != 3 {
		t.Errorf("%d attempts, want 3:\n%s", n, limited)
	}
	if !errors.Is(nc.LastError(), nats.ErrNoServers) {
		t.Errorf("last error: %v", nc.LastError())
	}
	patient.wait(t, "attempt failed", 10)
	if !never.IsReconnecting() {
		t.Errorf("status %v", never.Status())
	}
	must(t, c.Server(0).Restart(within(t)))
	patient.wait(t, "reconnected", 1)
}

// The count is of consecutive failures: a connection begins it anew.
func TestRow13CountsConsecutiveFailures(t *testing.T) {
	t.Parallel()
	c := standalone(t, 1, "")
	d := newDiary()
	connect(t, c.Server(0).URL(), d.options(nats.ReconnectWait(100e6), nats.ReconnectJitter(0, 0), nats.MaxReconnects(20))...)
	failed := 0
	for round := range 3 {
		must(t, c.Server(0).Kill())
		d.wait(t, "attempt failed", failed+1)
		must(t, c.Server(0).Restart(within(t)))
		d.wait(t, "reconnected", round+1)
		failed = len(d.of("attempt failed"))
	}
	if n := len(d.of("closed")); n > 0 {
		t.Errorf("closed:\n%s", d)
	}
}

// Killing and restarting one server of two over and over neither loses the
// other nor makes the pool grow.
func TestPoolStaysAsItIs(t *testing.T) {
	t.Parallel()
	c := start(t, 2)
	d := newDiary()
	nc := connect(t, c.Server(0).URL(), d.options(quick()...)...)
	until(t, "both known", func() bool { return len(nc.Servers()) == 2 })
	for round := range 4 {
		s := seat(t, c, nc)
		must(t, s.Kill())
		d.wait(t, "reconnected", round+1)
		must(t, s.Restart(within(t)))
		must(t, c.WaitFormed(within(t)))
		until(t, "both known again", func() bool { return len(nc.Servers()) == 2 })
	}
	var seats []string
	for _, s := range []*cluster.Server{c.Server(0), c.Server(1)} {
		seats = append(seats, s.URL())
	}
	servers := nc.Servers()
	slices.Sort(seats)
	slices.Sort(servers)
	if !slices.Equal(servers, seats) {
		t.Errorf("pool %q, want %q", servers, seats)
	}
}

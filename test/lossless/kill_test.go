package lossless

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
)

// TestKilledServersLoseNothing kills the publisher's server 50 times under load.
// Each server has a subscriber of its own. A killed server takes to the grave
// what it had processed, and confirmed, but not yet handed to the subscriber's
// socket, and no client can know of that. So the publisher goes as fast as the
// subscribers follow, which leaves nothing lying about in the server, and has
// itself confirmed once a second. (The failovers at full speed are in the next test
// and in failover_test.go.)
func TestKilledServersLoseNothing(t *testing.T) {
	c := servers(t, cluster.Config{Servers: 2, Standalone: true})
	l := newLedger()
	for _, s := range c.Servers() {
		subscribe(t, l, s.URL())
	}
	reconnected := make(chan struct{}, failovers)
	nc := connect(t, c.Server(0).URL()+","+c.Server(1).URL(), nats.AtLeastOnce(), nats.FenceEvery(1<<30, time.Second),
		nats.IgnoreDiscoveredServers(), nats.MaxReconnects(-1), nats.ReconnectWait(5*time.Millisecond),
		nats.ReconnectHandler(func(*nats.Conn) { reconnected <- struct{}{} }))
	p := publish(nc, 128, l)
	for range failovers {
		l.waitMore(t, 2000)
		victim := c.ByAddr(nc.ConnectedAddr())
		if victim == nil {
			t.Fatal("connected to nobody")
		}
		if err := victim.Kill(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-reconnected:
		case <-time.After(patience):
			t.Fatalf("not reconnected: %v, last error %v", nc.Status(), nc.LastError())
		}
		if err := victim.Restart(within(t)); err != nil {
			t.Fatal(err)
		}
		awaitSubscriber(t, victim)
	}
	last := p.end(t)
	l.waitLast(t, last)
	missing, doubles, disorder := l.missing(last)
	t.Logf("%d messages, %d kills: %d lost, %d duplicated, %d out of order", last, nc.Stats().Reconnects, missing, doubles, disorder)
	if missing != 0 || disorder != 0 {
		t.Errorf("%d lost, %d out of order", missing, disorder)
	}
}

// TestKilledServersAtFullSpeed kills the publisher's server 50 times while it
// publishes as fast as it can. What a server has confirmed and takes to the grave
// is told apart by what was on the wire: every message has arrived, or the server
// has answered for it. Nothing else is missing, and the order is kept.
func TestKilledServersAtFullSpeed(t *testing.T) {
	c := servers(t, cluster.Config{Servers: 2, Standalone: true})
	l := newLedger()
	for _, s := range c.Servers() {
		subscribe(t, l, s.URL())
	}
	var at atomic.Int32 // the server that is up
	tapped := newTap(t, func() string { return c.Server(int(at.Load())).Addr() })
	reconnected := make(chan struct{}, failovers)
	nc := connect(t, tapped.url(), nats.AtLeastOnce(), nats.IgnoreDiscoveredServers(), nats.MaxReconnects(-1),
		nats.ReconnectWait(5*time.Millisecond),
		nats.MessageDroppedHandler(func(_ *nats.Conn, m *nats.DroppedMsg) { t.Errorf("a message was given up: %v", m.Err) }),
		nats.ReconnectHandler(func(*nats.Conn) { reconnected <- struct{}{} }))
	p := publish(nc, 128, nil)
	for range failovers {
		l.waitMore(t, 3000)
		victim := c.Server(int(at.Load()))
		at.Store(1 - at.Load())
		if err := victim.Kill(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-reconnected:
		case <-time.After(patience):
			t.Fatalf("not reconnected: %v, last error %v", nc.Status(), nc.LastError())
		}
		if err := victim.Restart(within(t)); err != nil {
			t.Fatal(err)
		}
		awaitSubscriber(t, victim)
	}
	last := p.end(t)
	l.waitLast(t, last)
	missing, doubles, _ := l.missing(last)
	lost := 0
	tapped.mu.Lock()
	defer tapped.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := uint64(1); n <= last; n++ {
		if l.seen[n] == 0 && !tapped.confirms(n) {
			lost++
		}
	}
	t.Logf("%d messages, %d kills: %d lost, %d out of order, %d duplicated; %d that a server had confirmed died with it",
		last, nc.Stats().Reconnects, lost, tapped.skipped, doubles, missing-lost)
	if lost != 0 || tapped.skipped != 0 {
		t.Errorf("%d lost, %d sent before those in front of them", lost, tapped.skipped)
	}
}

// awaitSubscriber waits until the restarted server has its subscriber back.
func awaitSubscriber(t *testing.T, s *cluster.Server) {
	t.Helper()
	ctx := within(t)
	for {
		v, err := s.Connz(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range v.Conns {
			if len(c.Subs) > 0 {
				return
			}
		}
	}
}

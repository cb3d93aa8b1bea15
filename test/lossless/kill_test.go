package lossless

import (
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
// itself confirmed once a second. (The failovers at full speed, where that can't
// be told apart, are in failover_test.go: there the server survives.)
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

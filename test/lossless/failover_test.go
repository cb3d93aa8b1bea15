package lossless

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/internal/natstest"
)

const failovers = 50

// cutter fails a publisher over, again and again, between two ways to a server
// that itself never fails: whatever the server has processed is delivered, so
// what is missing was lost on the way.
func cutter(t *testing.T, opts ...nats.Option) (last uint64, l *ledger, nc *nats.Conn) {
	t.Helper()
	c := servers(t, cluster.Config{Servers: 1})
	l = listen(t, c.Server(0).URL())
	a, b := natstest.NewProxy(t, c.Server(0).Addr()), natstest.NewProxy(t, c.Server(0).Addr())
	reconnected := make(chan struct{}, 1)
	opts = append([]nats.Option{
		nats.IgnoreDiscoveredServers(), nats.MaxReconnects(-1), nats.ReconnectWait(5 * time.Millisecond),
		nats.ReconnectHandler(func(*nats.Conn) { reconnected <- struct{}{} }),
	}, opts...)
	nc = connect(t, a.URL()+","+b.URL(), opts...)
	p := publish(nc, 128, nil)
	for range failovers {
		l.waitMore(t, 3000) // at full speed again
		a.Cut()
		b.Cut()
		select {
		case <-reconnected:
		case <-time.After(patience):
			t.Fatalf("not reconnected: %v, last error %v", nc.Status(), nc.LastError())
		}
	}
	last = p.end(t)
	l.waitLast(t, last)
	return last, l, nc
}

func TestAtLeastOnceLosesNothing(t *testing.T) {
	var dropped atomic.Int64
	last, l, nc := cutter(t, nats.AtLeastOnce(), nats.MessageDroppedHandler(func(_ *nats.Conn, m *nats.DroppedMsg) {
		dropped.Add(int64(m.Msgs))
		t.Errorf("a message was given up: %v", m.Err)
	}))
	missing, doubles, disorder := l.missing(last)
	t.Logf("%d messages, %d failovers: %d lost, %d duplicated, %d out of order, %d given up",
		last, nc.Stats().Reconnects, missing, doubles, disorder, dropped.Load())
	if missing != 0 || disorder != 0 {
		t.Errorf("%d messages lost, %d out of order", missing, disorder)
	}
}

func TestWhatIsLostWasReportedInDoubt(t *testing.T) {
	var doubt atomic.Uint64
	last, l, nc := cutter(t, nats.InDoubtHandler(func(_ *nats.Conn, d nats.InDoubt) { doubt.Add(d.Msgs) }))
	missing, doubles, disorder := l.missing(last)
	// The server may still work through what it had read of the old connection
	// when the new one is up, so order is for the record only.
	t.Logf("%d messages, %d failovers: %d lost, %d in doubt, %d duplicated, %d out of order",
		last, nc.Stats().Reconnects, missing, doubt.Load(), doubles, disorder)
	if uint64(missing) > doubt.Load() {
		t.Errorf("%d lost, but only %d reported as in doubt", missing, doubt.Load())
	}
	if doubles != 0 {
		t.Errorf("%d duplicated", doubles)
	}
}

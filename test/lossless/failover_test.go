package lossless

import (
	"sync"
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

// Without AtLeastOnce messages are lost, but each failover's report is never below
// what that failover lost.
func TestWhatIsLostWasReportedInDoubt(t *testing.T) {
	c := servers(t, cluster.Config{Servers: 1})
	l := listen(t, c.Server(0).URL())
	tapped := newTap(t, c.Server(0).Addr)
	var mu sync.Mutex
	doubt := make(map[uint64]uint64)
	var epochs []string // the client's address on each connection
	reconnected := make(chan struct{}, 1)
	nc := connect(t, tapped.url(), nats.IgnoreDiscoveredServers(), nats.MaxReconnects(-1), nats.ReconnectWait(5*time.Millisecond),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			mu.Lock()
			epochs = append(epochs, nc.LocalAddr())
			mu.Unlock()
			reconnected <- struct{}{}
		}),
		nats.InDoubtHandler(func(_ *nats.Conn, d nats.InDoubt) {
			mu.Lock()
			doubt[d.Epoch] += d.Msgs
			mu.Unlock()
		}))
	mu.Lock()
	epochs = append([]string{nc.LocalAddr()}, epochs...)
	mu.Unlock()
	p := publish(nc, 128, nil)
	for range failovers {
		l.waitMore(t, 3000) // at full speed again
		tapped.cut()
		select {
		case <-reconnected:
		case <-time.After(patience):
			t.Fatalf("not reconnected: %v, last error %v", nc.Status(), nc.LastError())
		}
	}
	last := p.end(t)
	l.waitLast(t, last)

	tapped.mu.Lock()
	l.mu.Lock()
	mu.Lock()
	defer tapped.mu.Unlock()
	defer l.mu.Unlock()
	defer mu.Unlock()
	var lost, doubted uint64
	next := last + 1    // the first number of the connection behind
	behind := uint64(0) // in doubt of those in between, of which nothing was seen
	for i := len(epochs) - 1; i >= 0; i-- {
		c, epoch := tapped.lastOf(epochs[i]), uint64(i+1)
		doubted += doubt[epoch]
		reported := doubt[epoch] + behind
		if c == nil || c.first == 0 {
			behind = reported
			continue
		}
		missing := uint64(0)
		for n := c.first; n < next; n++ {
			if l.seen[n] == 0 {
				missing++
			}
		}
		if missing > reported {
			t.Errorf("connection %d lost %d messages and reported %d in doubt", epoch, missing, reported)
		}
		lost += missing
		next, behind = c.first, 0
	}
	doubles := 0
	for _, n := range l.seen {
		doubles += n - 1
	}
	// The server may still work through what it had read of the old connection
	// when the new one is up, so order is for the record only.
	t.Logf("%d messages, %d failovers: %d lost, %d in doubt, %d duplicated, %d out of order",
		last, nc.Stats().Reconnects, lost, doubted, doubles, l.disorder)
	if lost == 0 {
		t.Error("nothing was lost, so nothing is shown")
	}
	if doubles != 0 {
		t.Errorf("%d duplicated", doubles)
	}
}

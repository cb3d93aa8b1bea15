package migrate_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// place is two servers of a cluster, a connection at the first that may move to the
// second, and another program with a connection to each.
type place struct {
	t     *testing.T
	n     *natstest.Network
	a, b  *natstest.Server
	r     Recorder
	nc    *nats.Conn
	other [2]*nats.Conn
}

func newPlace(t *testing.T, n *natstest.Network, options ...nats.Option) *place {
	bus := natstest.NewBus()
	joined := func(cfg *natstest.Config) { cfg.Bus = bus }
	p := &place{t: t, n: n, a: MemServer(t, n, AddrA, joined), b: MemServer(t, n, AddrB, joined)}
	p.nc = Connect(t, p.a.URL()+","+p.b.URL(), p.r.Options(append([]nats.Option{
		nats.SetCustomDialer(n), nats.DontRandomize(), nats.MaxReconnects(-1), nats.ReconnectWait(100 * time.Millisecond),
		nats.LameDuckMigration(true),
	}, options...)...)...)
	for i, s := range []*natstest.Server{p.a, p.b} {
		p.other[i] = Connect(t, s.URL(), nats.SetCustomDialer(n), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	}
	return p
}

func (p *place) migrate() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return p.nc.Migrate(ctx)
}

// quiet fails the test when a handler was called, but for those of these kinds.
func (p *place) quiet(but ...string) {
	p.t.Helper()
	for _, h := range p.r.All() {
		if !slices.Contains(append(but, "connected"), h.Kind) {
			p.t.Errorf("told: %s %v", h.Kind, h.Err)
		}
	}
}

// at fails the test when the connection isn't at a server, with nothing open elsewhere.
func (p *place) at(s *natstest.Server) {
	p.t.Helper()
	if got := p.nc.ConnectedUrl(); got != s.URL() || !p.nc.IsConnected() {
		p.t.Errorf("connected to %q, want %q", got, s.URL())
	}
	for _, x := range []*natstest.Server{p.a, p.b} {
		want := 1 // the other program's
		if x == s {
			want++
		}
		Until(p.t, fmt.Sprintf("%s has %d connections", x.URL(), want), func() bool { return len(x.Open()) == want })
	}
}

// stream publishes numbers until it is ended.
func stream(t *testing.T, nc *nats.Conn, subject string) (end func() int) {
	stop, n := make(chan struct{}), 0
	var wg sync.WaitGroup
	wg.Go(func() {
		for tick := time.Tick(time.Millisecond); ; n++ {
			select {
			case <-tick:
			case <-stop:
				return
			}
			if err := nc.Publish(subject, fmt.Append(nil, n)); err != nil {
				t.Errorf("publish: %v", err)
			}
		}
	})
	return func() int {
		close(stop)
		wg.Wait()
		return n
	}
}

// numbers is what a handler gets.
type numbers struct {
	mu   sync.Mutex
	got  []int
	last time.Time
	gap  time.Duration // the longest time between two
}

func (c *numbers) handle(m *nats.Msg) {
	n, err := strconv.Atoi(string(m.Data))
	if err != nil {
		n = -1
	}
	c.mu.Lock()
	c.got = append(c.got, n)
	now := time.Now()
	if !c.last.IsZero() {
		c.gap = max(c.gap, now.Sub(c.last))
	}
	c.last = now
	c.mu.Unlock()
}

func (c *numbers) handleLent(m *nats.LentMsg) { c.handle(m.Copy()) }

// are fails the test unless the numbers below n came, once each; in order if so wanted.
func (c *numbers) are(t *testing.T, name string, n int, ordered bool) {
	t.Helper()
	Until(t, name+" has got all", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.got) >= n })
	time.Sleep(time.Second)
	c.mu.Lock()
	defer c.mu.Unlock()
	got := slices.Clone(c.got)
	if !ordered {
		slices.Sort(got)
	}
	if len(got) != n {
		t.Fatalf("%s: %d messages, want %d", name, len(got), n)
	}
	for i, x := range got {
		if x != i {
			t.Fatalf("%s: number %d is %d", name, i, x)
		}
	}
}

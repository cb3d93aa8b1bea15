package reconnect_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
	"github.com/evernats/nats/internal/natstest"
)

// patience bounds every wait; only a test that fails uses it up.
const patience = 30 * time.Second

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// until asks cond every few milliseconds until it holds.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %v in vain for: %s", patience, what)
		}
	}
}

// within is a context for one step of a test.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// start starts servers that end with the test.
func start(t testing.TB, n int) *cluster.Cluster {
	t.Helper()
	return clustertest.StartN(t, n)
}

// standalone starts servers that know nothing of each other.
func standalone(t testing.TB, n int, config string) *cluster.Cluster {
	t.Helper()
	return clustertest.Start(t, cluster.Config{Servers: n, Standalone: true, Config: config})
}

// connect returns a connection that is closed with the test. An attempt may take
// as long as a busy machine makes it, unless the test says otherwise.
func connect(t testing.TB, url string, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, append([]nats.Option{nats.Timeout(patience)}, opts...)...)
	must(t, err)
	t.Cleanup(nc.Close)
	return nc
}

// quick comes back within moments and never gives up.
func quick(more ...nats.Option) []nats.Option {
	return append([]nats.Option{
		nats.ReconnectWait(10 * time.Millisecond),
		nats.ReconnectJitter(0, 0),
		nats.MaxReconnects(-1),
	}, more...)
}

// newCerts makes certificates for a server on 127.0.0.1.
func newCerts(t testing.TB) *natstest.Certs {
	t.Helper()
	return natstest.NewCerts(t)
}

// call is one call of one of the user's callbacks.
type call struct {
	name string
	conn *nats.Conn
	sub  *nats.Subscription
	err  error
	// status is the connection's when the callback was called.
	status nats.Status
}

// diary notes the calls of callbacks in their order.
type diary struct {
	mu      sync.Mutex
	calls   []call
	changed chan struct{}
}

func newDiary() *diary { return &diary{changed: make(chan struct{})} }

func (d *diary) note(name string, nc *nats.Conn, sub *nats.Subscription, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, call{name, nc, sub, err, nc.Status()})
	close(d.changed)
	d.changed = make(chan struct{})
}

// options sets every callback of the connection.
func (d *diary) options(more ...nats.Option) []nats.Option {
	plain := func(name string) nats.ConnHandler {
		return func(nc *nats.Conn) { d.note(name, nc, nil, nil) }
	}
	withErr := func(name string) nats.ConnErrHandler {
		return func(nc *nats.Conn, err error) { d.note(name, nc, nil, err) }
	}
	return append([]nats.Option{
		nats.ConnectHandler(plain("connected")),
		nats.DisconnectErrHandler(withErr("disconnected")),
		nats.ReconnectHandler(plain("reconnected")),
		nats.ReconnectErrHandler(withErr("attempt failed")),
		nats.DiscoveredServersHandler(plain("discovered")),
		nats.LameDuckModeHandler(plain("lame duck")),
		nats.ClosedHandler(plain("closed")),
		nats.ErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) { d.note("error", nc, sub, err) }),
	}, more...)
}

func (d *diary) of(names ...string) []call {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []call
	for _, c := range d.calls {
		if slices.Contains(names, c.name) {
			found = append(found, c)
		}
	}
	return found
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	for _, c := range d.calls {
		fmt.Fprintf(&b, "%s (%v) %v\n", c.name, c.status, c.err)
	}
	return b.String()
}

// wait waits for the n-th call of a callback.
func (d *diary) wait(t testing.TB, name string, n int) call {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		if calls := d.of(name); len(calls) >= n {
			return calls[n-1]
		}
		select {
		case <-changed:
		case <-deadline.C:
			t.Fatalf("waited %v in vain for %d × %s; there were\n%s", patience, n, name, d)
		}
	}
}

// sequence is the order in which the named callbacks were called.
func (d *diary) sequence(names ...string) string {
	var all []string
	for _, c := range d.of(names...) {
		all = append(all, c.name)
	}
	return strings.Join(all, ", ")
}

// seat is the server that a connection sits on.
func seat(t testing.TB, c *cluster.Cluster, nc *nats.Conn) *cluster.Server {
	t.Helper()
	s := c.ByAddr(nc.ConnectedAddr())
	if s == nil {
		t.Fatalf("connected to %q, which is no server of the cluster", nc.ConnectedAddr())
	}
	return s
}

// inbox collects the payloads of a subscription.
type inbox struct {
	mu  sync.Mutex
	got []string
}

func (b *inbox) take(m *nats.Msg) {
	b.mu.Lock()
	b.got = append(b.got, string(m.Data))
	b.mu.Unlock()
}

func (b *inbox) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

func (b *inbox) await(t testing.TB, n int) []string {
	t.Helper()
	until(t, fmt.Sprintf("%d messages", n), func() bool { return len(b.all()) >= n })
	return b.all()
}

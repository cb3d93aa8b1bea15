package nats_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// TestMain fails the package when its connections or servers left goroutines
// behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftGoroutines(10 * time.Second); code == 0 && left != "" {
		fmt.Fprintf(os.Stderr, "goroutines left behind:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// leftGoroutines returns the stacks of this module's goroutines, once there are
// none or when the time is up.
func leftGoroutines(limit time.Duration) string {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.Now().Add(limit)
	for {
		left := ourGoroutines()
		if len(left) == 0 || time.Now().After(end) {
			return strings.Join(left, "\n\n")
		}
		<-tick.C
	}
}

// ourGoroutines returns the stacks in which a function of this module is, except
// the caller's own.
func ourGoroutines() []string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	var ours []string
	for i, g := range strings.Split(string(buf), "\n\n") {
		if i > 0 && strings.Contains(g, "evernats/nats") && !strings.Contains(g, "testing.tRunner") {
			ours = append(ours, g)
		}
	}
	return ours
}

// connect makes a connection that is closed when the test ends.
func connect(t testing.TB, url string, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		t.Fatalf("Connect(%s): %v", url, err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// quick are options that reconnect without delay, so that tests don't wait.
func quick(more ...nats.Option) []nats.Option {
	return append([]nats.Option{
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0), nats.MaxReconnects(-1),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}, more...)
}

// until waits until cond holds and fails the test when it doesn't come to hold
// in ten seconds, which in a bubble are virtual.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	untilIn(t, 10*time.Second, what, cond)
}

func untilIn(t testing.TB, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.Now().Add(limit)
	for !cond() {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain for %s", limit, what)
		}
		<-tick.C
	}
}

// receive takes a value from a channel, and fails the test when none comes.
func receive[T any](t testing.TB, what string, ch <-chan T) T {
	t.Helper()
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	select {
	case v, ok := <-ch:
		if !ok {
			t.Fatalf("waiting for %s: the channel was closed", what)
		}
		return v
	case <-timer.C:
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// ended waits for a channel to be closed.
func ended(t testing.TB, what string, ch <-chan struct{}) {
	t.Helper()
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	select {
	case <-ch:
	case <-timer.C:
		t.Fatalf("waited in vain for %s", what)
	}
}

// recorder notes what the handlers of a connection are told.
type recorder struct {
	mu      sync.Mutex
	events  []happening
	changed chan struct{} // closed at the next event; nil: nobody waits
}

type happening struct {
	kind string // "disconnected", "reconnected" …
	err  error
	sub  *nats.Subscription
	at   time.Time
}

func (r *recorder) add(kind string, sub *nats.Subscription, err error) {
	r.mu.Lock()
	r.events = append(r.events, happening{kind, err, sub, time.Now()})
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
	r.mu.Unlock()
}

func (r *recorder) conn(kind string) nats.ConnHandler {
	return func(*nats.Conn) { r.add(kind, nil, nil) }
}

func (r *recorder) connErr(kind string) nats.ConnErrHandler {
	return func(_ *nats.Conn, err error) { r.add(kind, nil, err) }
}

// options sets every handler.
func (r *recorder) options(more ...nats.Option) []nats.Option {
	return append([]nats.Option{
		nats.ConnectHandler(r.conn("connected")),
		nats.ReconnectHandler(r.conn("reconnected")),
		nats.DisconnectErrHandler(r.connErr("disconnected")),
		nats.ReconnectErrHandler(r.connErr("attempt failed")),
		nats.ClosedHandler(r.conn("closed")),
		nats.DiscoveredServersHandler(r.conn("discovered")),
		nats.LameDuckModeHandler(r.conn("lame duck")),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) { r.add("error", sub, err) }),
		nats.InDoubtHandler(func(_ *nats.Conn, d nats.InDoubt) {
			r.add("in doubt", nil, &doubtError{d})
		}),
		nats.MessageDroppedHandler(func(_ *nats.Conn, m *nats.DroppedMsg) {
			r.add("dropped", nil, &nats.DroppedError{Msg: *m})
		}),
	}, more...)
}

type doubtError struct{ nats.InDoubt }

func (e *doubtError) Error() string { return fmt.Sprintf("%+v", e.InDoubt) }

// of returns what was told of one kind.
func (r *recorder) of(kind string) []happening {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []happening
	for _, e := range r.events {
		if e.kind == kind {
			list = append(list, e)
		}
	}
	return list
}

// kinds returns what was told of, in order.
func (r *recorder) kinds() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, e := range r.events {
		list = append(list, e.kind)
	}
	return list
}

func (r *recorder) count(kind string) int { return len(r.of(kind)) }

// wait waits until there were n calls of the kind, and returns the n-th. It
// works in a bubble that is too busy for time to pass, too.
func (r *recorder) wait(t testing.TB, kind string, n int) happening {
	t.Helper()
	return r.waitIn(t, 10*time.Second, kind, n)
}

// waitIn is wait with a limit of its own.
func (r *recorder) waitIn(t testing.TB, limit time.Duration, kind string, n int) happening {
	t.Helper()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		r.mu.Lock()
		if r.changed == nil {
			r.changed = make(chan struct{})
		}
		changed := r.changed
		r.mu.Unlock()
		if list := r.of(kind); len(list) >= n {
			return list[n-1]
		}
		select {
		case <-changed:
		case <-timer.C:
			t.Fatalf("waited %v in vain for %d × %s", limit, n, kind)
		}
	}
}

// inDoubt adds up what was reported as in doubt.
func (r *recorder) inDoubt() (msgs uint64) {
	for _, h := range r.of("in doubt") {
		msgs += h.err.(*doubtError).Msgs
	}
	return msgs
}

// dropped adds up what was reported as given up.
func (r *recorder) dropped() (msgs int) {
	for _, h := range r.of("dropped") {
		msgs += h.err.(*nats.DroppedError).Msg.Msgs
	}
	return msgs
}

// bubble runs a test in virtual time, with a network in memory. Whatever the
// test leaves running fails it.
func bubble(t *testing.T, f func(t *testing.T, n *natstest.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(t, natstest.NewNetwork(t))
	})
}

// Addresses of the network in memory.
const (
	addrA = "10.0.0.1:4222"
	addrB = "10.0.0.2:4222"
	addrC = "10.0.0.3:4222"
	addrD = "10.0.0.4:4222"
)

// memServer starts a server in a bubble's network.
func memServer(t *testing.T, n *natstest.Network, addr string, more ...func(*natstest.Config)) *natstest.Server {
	t.Helper()
	cfg := natstest.Config{Network: n, Addr: addr}
	for _, f := range more {
		f(&cfg)
	}
	return natstest.NewServer(t, cfg)
}

// behaving gives a server's connections a behaviour.
func behaving(f func(c *natstest.Conn) natstest.Behavior) func(*natstest.Config) {
	return func(cfg *natstest.Config) { cfg.Behave = f }
}

// payloads returns what was published to a subject on all connections of the
// servers, in the order in which the servers read it.
func payloads(subject string, servers ...*natstest.Server) []string {
	var list []string
	for _, s := range servers {
		for _, c := range s.Conns() {
			list = append(list, published(c, subject)...)
		}
	}
	return list
}

func published(c *natstest.Conn, subject string) []string {
	var list []string
	for _, op := range c.Ops() {
		if (op.Kind == "PUB" || op.Kind == "HPUB") && op.Subject == subject {
			list = append(list, op.Payload)
		}
	}
	return list
}

// numbered are the payloads from first on, n of them.
func numbered(first, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(first + i)
	}
	return list
}

// publishNumbers publishes the numbers from first on, n of them.
func publishNumbers(t testing.TB, nc *nats.Conn, subject string, first, n int) {
	t.Helper()
	for _, p := range numbered(first, n) {
		if err := nc.Publish(subject, []byte(p)); err != nil {
			t.Fatalf("Publish of number %s: %v", p, err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

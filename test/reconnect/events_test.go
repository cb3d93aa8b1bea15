package reconnect_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/health"
)

// eventBook keeps the events of a connection, and its log.
type eventBook struct {
	mu  sync.Mutex
	all []nats.Event
	log bytes.Buffer
}

func (b *eventBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(p)
}

func (b *eventBook) options(more ...nats.Option) []nats.Option {
	return quick(append(more, nats.Logger(slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		nats.EventHandler(func(_ *nats.Conn, e nats.Event) {
			b.mu.Lock()
			b.all = append(b.all, e)
			b.mu.Unlock()
		}))...)
}

func (b *eventBook) of(k nats.EventKind) (list []nats.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.all {
		if e.Kind == k {
			list = append(list, e)
		}
	}
	return list
}

func (b *eventBook) wait(t *testing.T, k nats.EventKind, n int) nats.Event {
	t.Helper()
	until(t, k.String(), func() bool { return len(b.of(k)) >= n })
	return b.of(k)[n-1]
}

// What real servers do is told: one that is killed, one that stops, one that goes in
// good order, one that says no.
func TestEventsOfRealServers(t *testing.T) {
	t.Parallel()
	const config = `authorization { users: [ { user: joe, password: "Wr0ng-H0rse", permissions: { subscribe: { deny: "no.>" }, publish: { deny: "no.>" } } } ] }`
	c := standalone(t, 2, config)
	var b eventBook
	url := func(i int) string { return "nats://joe:Wr0ng-H0rse@" + c.Server(i).Addr() }
	nc := connect(t, url(0)+","+url(1), b.options(nats.DontRandomize(), nats.Name("seen"), nats.StaleAfter(3*time.Second))...)
	if e := b.wait(t, nats.EventConnected, 1); e.Server != "nats://joe:xxxxx@"+c.Server(0).Addr() || e.Epoch != 1 || e.Attempts != 1 || e.Duration <= 0 {
		t.Errorf("%+v", e)
	}
	sub, err := nc.Subscribe("yes", func(*nats.Msg) {})
	must(t, err)
	_, err = nc.QueueSubscribe("no.a", "q", func(*nats.Msg) {})
	must(t, err)
	must(t, nc.Publish("no.b", nil))
	must(t, nc.Flush())
	if e := b.wait(t, nats.EventPermissionDenied, 1); e.Subject != "no.a" || e.Queue != "q" || e.Subscription == nil {
		t.Errorf("%+v", e)
	}
	if e := b.wait(t, nats.EventPermissionDenied, 2); e.Subject != "no.b" || e.Subscription != nil {
		t.Errorf("%+v", e)
	}
	if h := nc.Health(t.Context()); !h.Ready || h.RoundTrip <= 0 || !slices.Equal(h.Refused, []string{"no.a"}) {
		t.Errorf("%+v", h)
	}

	must(t, c.Server(0).Kill())
	if e := b.wait(t, nats.EventReconnected, 1); e.Epoch != 2 || e.Resubscribed != 2 || e.Gap == nil || !slices.Contains(e.Gap.Subscriptions, sub) ||
		!strings.HasSuffix(e.Server, c.Server(1).Addr()) || !e.Gap.From.Before(e.Gap.To) {
		t.Errorf("%+v", e)
	}

	must(t, c.Server(0).Restart(within(t)))
	must(t, c.Server(1).Pause())
	begin := time.Now()
	ready := health.Ready(nc)
	asked := func() bool {
		w := httptest.NewRecorder()
		ready.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Code == 200
	}
	for asked() { // an answer may have been on its way when it was stopped
		if d := time.Since(begin); d > 3*time.Second {
			t.Fatalf("ready with a server that hasn't answered for %v", d)
		}
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("it took %v to say so", d)
	}
	e := b.wait(t, nats.EventStale, 1)
	if e.Epoch != 2 || !errors.Is(e.Err, nats.ErrStaleConnection) || e.Duration < 2*time.Second {
		t.Errorf("%+v", e)
	}
	b.wait(t, nats.EventReconnected, 2)
	begin = time.Now()
	if !asked() {
		t.Errorf("not ready after the recovery: %v", nc.Health(t.Context()))
	}
	if d := time.Since(begin); d > time.Second {
		t.Errorf("it took %v to say so", d)
	}

	must(t, c.Server(1).Resume())
	must(t, c.Server(0).LameDuck(within(t)))
	if e := b.wait(t, nats.EventLameDuck, 1); e.Epoch != 3 || !strings.HasSuffix(e.Server, c.Server(0).Addr()) {
		t.Errorf("%+v", e)
	}
	b.wait(t, nats.EventReconnected, 3)

	must(t, nc.Drain())
	if e := b.wait(t, nats.EventClosed, 1); e.Err != nil || e.Dropped != 0 || e.Unhandled != 0 {
		t.Errorf("%+v", e)
	}
	if e := b.wait(t, nats.EventDrained, 1); e.Err != nil {
		t.Errorf("%+v", e)
	}
	// The log is written beside the handler.
	var log string
	until(t, "a line in the log for each event", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		log = b.log.String()
		return strings.Count(log, "connection=seen") == len(b.all)
	})
	if strings.Contains(log+nc.DebugSnapshot(), "Wr0ng") {
		t.Errorf("the password is in the log or the snapshot:\n%s", log)
	}
}

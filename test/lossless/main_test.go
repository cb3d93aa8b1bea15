// Package lossless proves on real servers what the connection promises about
// messages: which arrive, in which order, and what is reported of the others.
package lossless

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/test/leak"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	code := m.Run()
	if code == 0 {
		if err := leak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// patience bounds every wait: generous, since the machine may be busy.
const patience = 30 * time.Second

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func servers(t *testing.T, cfg cluster.Config) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Start(within(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func connect(t *testing.T, url string, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAndWait(t, nc) })
	return nc
}

func closeAndWait(t *testing.T, nc *nats.Conn) {
	over := make(chan struct{})
	told := nc.ClosedHandler()
	nc.SetClosedHandler(func(nc *nats.Conn) {
		if told != nil {
			told(nc)
		}
		close(over)
	})
	if nc.IsClosed() {
		return // nobody will be told any more
	}
	nc.Close()
	<-over
}

// ledger takes in numbered messages and says what is missing, double or out of
// order.
type ledger struct {
	mu       sync.Mutex
	seen     map[uint64]int
	last     uint64 // highest so far
	disorder int    // first arrivals below the highest
	changed  chan struct{}
}

func newLedger() *ledger { return &ledger{seen: make(map[uint64]int), changed: make(chan struct{}, 1)} }

func number(n uint64, size int) []byte {
	b := make([]byte, max(size, 8))
	binary.BigEndian.PutUint64(b, n)
	return b
}

func (l *ledger) take(m *nats.Msg) {
	n := binary.BigEndian.Uint64(m.Data)
	l.mu.Lock()
	if l.seen[n]++; l.seen[n] == 1 {
		if n < l.last {
			l.disorder++
		}
		l.last = max(l.last, n)
	}
	l.mu.Unlock()
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// missing counts the numbers 1 to n that have not arrived.
func (l *ledger) missing(n uint64) (missing, doubles, disorder int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := uint64(1); i <= n; i++ {
		switch c := l.seen[i]; {
		case c == 0:
			missing++
		case c > 1:
			doubles += c - 1
		}
	}
	return missing, doubles, l.disorder
}

// waitLast waits until message n has arrived.
func (l *ledger) waitLast(t *testing.T, n uint64) {
	t.Helper()
	deadline := time.After(patience)
	for {
		l.mu.Lock()
		there := l.seen[n] > 0
		l.mu.Unlock()
		if there {
			return
		}
		select {
		case <-l.changed:
		case <-deadline:
			t.Fatalf("message %d never arrived", n)
		}
	}
}

// near waits until the message 64 before n has arrived; false when stop comes
// first. Messages are sent again after a failover, so each arrives in the end.
func (l *ledger) near(n uint64, stop chan struct{}) bool {
	const window = 64
	for n > window {
		l.mu.Lock()
		last := l.last
		l.mu.Unlock()
		if last >= n-window {
			break
		}
		select {
		case <-l.changed:
		case <-stop:
			return false
		}
	}
	return true
}

// waitMore waits until n messages more have arrived.
func (l *ledger) waitMore(t *testing.T, n int) {
	t.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.seen)
	}
	want := count() + n
	deadline := time.Now().Add(patience)
	for count() < want {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d messages arrived", count(), want)
		}
		runtime.Gosched()
	}
}

// listen subscribes a ledger without limits.
func listen(t *testing.T, url string) *ledger {
	t.Helper()
	l := newLedger()
	subscribe(t, l, url)
	return l
}

// subscribe adds a server that the ledger listens on, through its restarts.
func subscribe(t *testing.T, l *ledger, url string) {
	t.Helper()
	nc := connect(t, url, nats.MaxReconnects(-1), nats.ReconnectWait(5*time.Millisecond))
	sub, err := nc.Subscribe("numbers", l.take)
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
}

// publisher publishes 1, 2, 3 … at full speed until it is stopped.
type publisher struct {
	nc   *nats.Conn
	stop chan struct{}
	done chan struct{}
	last uint64
	err  error
}

// With a ledger it stays at most 64 messages ahead of what has arrived.
func publish(nc *nats.Conn, size int, follow *ledger) *publisher {
	p := &publisher{nc: nc, stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for {
			select {
			case <-p.stop:
				return
			default:
			}
			if follow != nil && !follow.near(p.last, p.stop) {
				return
			}
			if p.err = nc.PublishWithContext(context.Background(), &nats.Msg{Subject: "numbers", Data: number(p.last+1, size)}); p.err != nil {
				return
			}
			p.last++
		}
	}()
	return p
}

// end stops publishing and returns the last number, flushed.
func (p *publisher) end(t *testing.T) uint64 {
	t.Helper()
	close(p.stop)
	<-p.done
	if p.err != nil {
		t.Fatal("publish:", p.err)
	}
	if err := p.nc.PublishConfirmed(within(t), &nats.Msg{Subject: "numbers", Data: number(p.last+1, 8)}); err != nil {
		t.Fatal("the last message:", err)
	}
	return p.last + 1
}

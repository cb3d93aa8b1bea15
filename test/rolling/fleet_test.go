package rolling_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
)

// tally counts what comes of messages named by their publisher and their number.
type tally struct {
	mu    sync.Mutex
	came  map[int]int
	last  int
	swaps int
	at    time.Time     // of the last one
	gap   time.Duration // the longest between two messages
}

func newTally() *tally { return &tally{came: map[int]int{}, last: -1} }

func (c *tally) note(payload []byte) {
	var n int
	_, _ = fmt.Sscan(string(payload), &n)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.came[n]++
	if n < c.last {
		c.swaps++
	}
	c.last = max(c.last, n)
	now := time.Now()
	if !c.at.IsZero() {
		c.gap = max(c.gap, now.Sub(c.at))
	}
	c.at = now
}

// count holds what came against the first n numbers, for which it waits a while.
func (c *tally) count(n int) (lost, doubled, swaps int) {
	for late := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		lost, doubled = 0, 0
		c.mu.Lock()
		for i := range n {
			switch k := c.came[i]; {
			case k == 0:
				lost++
			case k > 1:
				doubled++
			}
		}
		swaps = c.swaps
		c.mu.Unlock()
		if lost == 0 || time.Now().After(late) {
			return lost, doubled, swaps
		}
	}
}

// check is count with what it says to the test.
func (c *tally) check(f *fleet, name string, n int, ordered bool) {
	lost, doubled, swaps := c.count(n)
	if lost+doubled > 0 || ordered && swaps > 0 {
		f.fail("%s: of %d messages %d were lost, %d came more than once, %d out of order", name, n, lost, doubled, swaps)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f.t.Logf("%s: %d messages, longest gap %v", name, n, c.gap)
}

// fleet is a publisher, a subscriber, a queue group of three, someone who asks and
// someone who answers, each with a connection of its own, or all with one.
type fleet struct {
	t         *testing.T
	conns     []*nats.Conn
	all, work *tally
	lost      atomic.Int64 // disconnects
	closed    atomic.Bool  // the traffic has ended
	ducks     atomic.Int64
	doubt     atomic.Int64
	stop      chan struct{}
	wg        sync.WaitGroup
	sent      int
	asked     int
	failed    atomic.Int64
	firstFail atomic.Value
	still     atomic.Int64 // the longest time that this process stood still

	mu       sync.Mutex
	problems []string
}

func (f *fleet) fail(format string, args ...any) {
	f.mu.Lock()
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
	f.mu.Unlock()
}

// tooStill is for how long a machine may stand still in a run that proves something:
// servers that are joined are reckoned to be nearer to each other than that.
const tooStill = 100 * time.Millisecond

// proves makes a run with traffic, and once more, at most twice, when it failed on a
// machine that stood still.
func proves(t *testing.T, run func(t *testing.T) *fleet) {
	for try := 1; ; try++ {
		f := run(t)
		if len(f.problems) == 0 {
			return
		}
		still := time.Duration(f.still.Load())
		if still < tooStill || try == 3 {
			for _, p := range f.problems {
				t.Error(p)
			}
			t.Fatalf("the machine stood still for %v at most", still)
		}
		t.Logf("once more, since the machine stood still for %v: %v", still, f.problems)
	}
}

func (f *fleet) connect(cl *cluster.Cluster, at int, options ...nats.Option) *nats.Conn {
	var urls []string
	for i := range cl.Servers() {
		urls = append(urls, cl.Server((at+i)%len(cl.Servers())).URL())
	}
	nc, err := nats.Connect(strings.Join(urls, ","), append([]nats.Option{
		nats.LameDuckMigration(true), nats.DontRandomize(), nats.MaxReconnects(-1), nats.ReconnectWait(50 * time.Millisecond),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if !f.closed.Load() {
				f.lost.Add(1)
			}
		}),
		nats.LameDuckModeHandler(func(*nats.Conn) { f.ducks.Add(1) }),
		nats.InDoubtHandler(func(*nats.Conn, nats.InDoubt) { f.doubt.Add(1) }),
		nats.EventHandler(func(_ *nats.Conn, e nats.Event) {
			if k := e.Kind; !f.closed.Load() && (k == nats.EventMigrationFailed || k == nats.EventAttemptFailed || k == nats.EventDisconnected) {
				f.t.Logf("%v: %v", e.Time.Format("15:04:05.000"), e)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { f.t.Logf("error: %v", err) }),
	}, options...)...)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(nc.Close)
	f.conns = append(f.conns, nc)
	return nc
}

// begin starts the traffic: so many messages and requests a second. Subscriber and queue
// group have subjects of their own: when a queue's member leaves, a server may give a
// message that is on its way to it to the plain subscriptions of that subject once more.
func begin(t *testing.T, cl *cluster.Cluster, msgs, requests int, options ...nats.Option) *fleet {
	f := &fleet{t: t, all: newTally(), work: newTally(), stop: make(chan struct{})}
	sub, pub, ask, answer := f.connect(cl, 0, options...), f.connect(cl, 1, options...), f.connect(cl, 2, options...), f.connect(cl, 1, options...)
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(sub.Subscribe("x", func(m *nats.Msg) { f.all.note(m.Data) }))
	for i := range 3 {
		q := f.connect(cl, i, options...)
		must(q.QueueSubscribe("work", "group", func(m *nats.Msg) { f.work.note(m.Data) }))
	}
	must(answer.Subscribe("ask", func(m *nats.Msg) { _ = m.Respond(m.Data) }))
	for _, nc := range f.conns {
		must(nil, nc.Flush())
	}
	f.settled()
	f.watchStill()
	f.every(msgs/2, func() {
		for _, subject := range []string{"x", "work"} {
			if err := pub.Publish(subject, fmt.Append(nil, f.sent)); err != nil {
				f.fail("publish: %v", err)
			}
		}
		f.sent++
	})
	var asking sync.WaitGroup
	f.every(requests, func() {
		n := f.asked
		f.asked++
		asking.Go(func() {
			m, err := ask.Request("ask", fmt.Append(nil, n), 5*time.Second)
			if err != nil || string(m.Data) != fmt.Sprint(n) {
				f.failed.Add(1)
				f.firstFail.CompareAndSwap(nil, fmt.Sprint(err))
			}
		})
	})
	t.Cleanup(asking.Wait)
	return f
}

// watchStill notes for how long this process stands still, until the traffic ends.
func (f *fleet) watchStill() {
	f.wg.Go(func() {
		t := time.NewTicker(5 * time.Millisecond)
		defer t.Stop()
		for last := time.Now(); ; {
			select {
			case <-f.stop:
				return
			case <-t.C:
			}
			now := time.Now()
			f.still.Store(max(f.still.Load(), int64(now.Sub(last))))
			last = now
		}
	})
}

// every does something so many times a second, until the traffic ends. What a busy
// machine was late with is made up for in a run that proves something, and not in the
// usual one, which a machine with the race detector must bear.
func (f *fleet) every(n int, do func()) {
	f.wg.Go(func() {
		t := time.NewTicker(2 * time.Millisecond)
		defer t.Stop()
		for done, began := 0, time.Now(); ; {
			select {
			case <-f.stop:
				return
			case <-t.C:
			}
			due := int(time.Since(began).Seconds() * float64(n))
			if *restarts == 1 && *rate <= usualRate {
				due = min(due, done+max(n/500, 1))
			}
			for ; done < due; done++ {
				do()
			}
		}
	})
}

// settled waits until messages and requests reach everybody.
func (f *fleet) settled() {
	for i := 0; i < 3; {
		if _, err := f.conns[2].Request("ask", nil, 50*time.Millisecond); err == nil {
			i++
		}
	}
	time.Sleep(time.Second) // the servers tell each other of the queue group
}

// end ends the traffic and says what came of it.
func (f *fleet) end() {
	t := f.t
	close(f.stop)
	f.wg.Wait()
	f.all.check(f, "subscriber", f.sent, true)
	f.work.check(f, "queue group", f.sent, false)
	if n := f.failed.Load(); n > 0 {
		f.fail("%d of %d requests failed: %v", n, f.asked, f.firstFail.Load())
	}
	f.quiet()
	f.close()
	t.Logf("%d pairs of messages, %d requests, %d lame ducks; it stood still for %v", f.sent, f.asked, f.ducks.Load(), time.Duration(f.still.Load()))
}

// quiet says what nobody should have been told of.
func (f *fleet) quiet() {
	if f.lost.Load() > 0 || f.doubt.Load() > 0 {
		f.fail("%d disconnects and %d reports of doubt", f.lost.Load(), f.doubt.Load())
	}
	for _, nc := range f.conns {
		if n := nc.Stats().Reconnects; n > 0 {
			f.fail("%d reconnects", n)
		}
	}
}

func (f *fleet) close() {
	f.closed.Store(true)
	for _, nc := range f.conns {
		nc.Close()
	}
}

func (f *fleet) migrate(nc *nats.Conn) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	before := nc.ConnectedServerId()
	begin := time.Now()
	if err := nc.Migrate(ctx); err != nil {
		f.fail("migrate: %v", err)
	}
	if nc.ConnectedServerId() == before {
		f.fail("the connection is where it was")
	}
	f.t.Logf("moved in %v", time.Since(begin))
}

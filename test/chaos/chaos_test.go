package chaos

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
)

var (
	lengthFlag = flag.Duration("chaos", 8*time.Second, "for how long servers are killed and restarted")
	seedFlag   = flag.Uint64("seed", 0, "which servers are killed when, and what is written; 0 picks a seed, which is printed")
	storyFlag  = flag.Bool("story", false, "print all that happened, not only what was around an anomaly")
)

// patience bounds every wait for servers: generous, since the machine may be busy, and
// an election among servers takes up to nine seconds.
const patience = 90 * time.Second

// run is one run under way.
type run struct {
	*testing.T
	*cluster.Cluster
	h    *history
	seed uint64
	look jetstream.JetStream // for questions, on a connection of its own

	stores names // the objects

	work context.Context // ends when the servers are left alone
	wg   sync.WaitGroup  // who writes and asks, until then
}

// Everything that programs do with streams, consumers, stores and services goes on while
// servers are killed and restarted, and what they were told is true in the end. Longer:
//
//	go test ./test/chaos -v -run Chaos -chaos 10m -timeout 0
func TestChaos(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64N(1_000_000) + 1
	}
	t.Logf("seed %d, %v", seed, *lengthFlag)
	began := time.Now()
	c, err := cluster.Start(within(t, patience), cluster.Config{Servers: 3, JetStream: t.TempDir()})
	must(t, err)
	t.Cleanup(c.Close)
	r := &run{T: t, Cluster: c, h: newHistory(), seed: seed}
	r.look = r.js("the checker", jetstream.WithDefaultTimeout(2*time.Second))
	r.create()
	work, stop := context.WithTimeout(context.Background(), *lengthFlag)
	defer stop()
	r.work = work
	for p := range 3 {
		r.publishers(p)
	}
	durable := r.consumers()
	ordered := r.ordered()
	watch := r.watch()
	r.writers()
	r.objects()
	r.service()
	t.Logf("set up after %v", time.Since(began).Round(time.Millisecond))

	kills := r.killer()
	r.h.event("all servers are left alone")
	t.Logf("%d servers were killed or stopped until %v", kills, time.Since(began).Round(time.Millisecond))
	r.wg.Wait()
	t.Logf("all that was under way has ended after %v", time.Since(began).Round(time.Millisecond))
	r.readBack()
	durable()
	ordered()
	watch()
	r.lastObjects()
	t.Logf("read back after %v", time.Since(began).Round(time.Millisecond))

	if *storyFlag {
		r.Log("\n" + r.h.story())
	}
	r.figures()
	anomalies := r.h.check()
	for i, a := range anomalies {
		if i == 20 {
			t.Errorf("and %d more", len(anomalies)-i)
			break
		}
		t.Errorf("anomaly at %.3f s, seed %d: %s; what happened around it:\n%s", a.at.Seconds(), seed, a.what, r.h.ledTo(a.at))
	}
	t.Logf("%d anomalies", len(anomalies))
}

// connect makes a connection of its own for who does something, and writes down its
// losses.
func (r *run) connect(who string) *nats.Conn {
	r.Helper()
	nc, err := nats.Connect(strings.Join(r.URLs(), ","), nats.Name(who),
		nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond), nats.StaleAfter(5*time.Second),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { r.h.event("%s: disconnected: %v", who, err) }),
		nats.ReconnectHandler(func(nc *nats.Conn) { r.h.event("%s: connected to %s", who, nc.ConnectedServerName()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { r.h.event("%s: %v", who, err) }),
	)
	must(r.T, err)
	r.Cleanup(nc.Close)
	return nc
}

func (r *run) js(who string, opts ...jetstream.JetStreamOpt) jetstream.JetStream {
	r.Helper()
	js, err := jetstream.New(r.connect(who), opts...)
	must(r.T, err)
	return js
}

// create makes the stream and the stores, of three replicas each.
func (r *run) create() {
	r.Helper()
	for what, create := range map[string]func(context.Context) error{
		"stream": func(ctx context.Context) error {
			_, err := r.look.CreateStream(ctx, jetstream.StreamConfig{Name: "CHAOS", Subjects: []string{"chaos.>"}, Replicas: 3})
			return err
		},
		"bucket": func(ctx context.Context) error {
			_, err := r.look.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "CHAOS", Replicas: 3})
			return err
		},
		"object store": func(ctx context.Context) error {
			_, err := r.look.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "CHAOS", Replicas: 3})
			return err
		},
	} {
		r.until("the "+what, create)
	}
	for _, name := range durables {
		r.until("consumer "+name, func(ctx context.Context) error {
			_, err := r.look.CreateOrUpdateConsumer(ctx, "CHAOS", jetstream.ConsumerConfig{
				Durable: name, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 3 * time.Second, MaxAckPending: 5000,
			})
			return err
		})
	}
}

// until does something until it succeeds.
func (r *run) until(what string, do func(context.Context) error) {
	r.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		err = do(ctx)
		cancel()
		if err == nil {
			return
		}
	}
	r.Fatalf("%s: not within %v: %v", what, patience, err)
}

// every calls do again and again until the servers are left alone.
func (r *run) every(d time.Duration, do func(i int)) {
	r.wg.Go(func() {
		tick := time.NewTicker(d)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-r.work.Done():
				return
			case <-tick.C:
				do(i)
			}
		}
	})
}

// random is a source of its own for each who that asks, from the seed.
func (r *run) random(who uint64) *rand.Rand { return rand.New(rand.NewPCG(r.seed, who)) }

// within is context.Background with an end.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// figures tells how much was done.
func (r *run) figures() {
	h := r.h
	is := map[string]bool{}
	for _, m := range h.stored {
		is[id(m.publisher, m.n)] = true
	}
	var failed, there, again, deliveries, successes, unknown, errs, unanswered int
	var longest time.Duration
	for _, s := range h.sent {
		if s.err != nil {
			failed++
			if is[id(s.publisher, s.n)] {
				there++
			}
		}
		longest = max(longest, s.ended-s.at)
	}
	for _, c := range h.consumed {
		for _, d := range c {
			deliveries += d.times
			again += d.times - 1
		}
	}
	for _, c := range h.counters {
		successes += c.successes
		unknown += c.unknown
	}
	for _, o := range h.objects {
		if o.err != nil {
			errs++
		}
	}
	for _, q := range h.requests {
		if q.err != nil {
			unanswered++
		}
	}
	r.Log(fmt.Sprintf(`
  messages published          %7d   %d failed, of which %d are in the stream; the slowest end took %v
  messages in the stream      %7d   %d of them behind later ones that were on their way with them
  deliveries                  %7d   to %d consumers; %d of them again
  by the ordered consumer     %7d
  updates of the watch        %7d   of %d keys
  counter writes              %7d   and %d of which it isn't known
  objects read                %7d   %d with an error
  requests                    %7d   %d with an error`,
		len(h.sent), failed, there, longest.Round(time.Millisecond), len(h.stored), h.overtaken(), deliveries, len(h.consumed), again, len(h.ordered),
		len(h.watched), len(h.bucket), successes, unknown, len(h.objects), errs, len(h.requests), unanswered))
}

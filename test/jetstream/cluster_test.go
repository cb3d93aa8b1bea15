package jetstream

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	reference "github.com/nats-io/nats.go"
	referencejs "github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
)

// three are three servers with a stream S of three replicas and a consumer C of it.
type three struct {
	*testing.T
	*cluster.Cluster
	js jetstream.JetStream // on a connection that is only for looking
	nc *nats.Conn
}

func startThree(t *testing.T) *three {
	t.Helper()
	c, err := cluster.Start(within(t), cluster.Config{
		Servers: 3, JetStream: t.TempDir(),
	})
	must(t, err)
	t.Cleanup(c.Close)
	must(t, c.WaitFormed(within(t)))
	x := &three{T: t, Cluster: c}
	x.nc = connect(t, strings.Join(c.URLs(), ","))
	x.js = newJS(t, x.nc, jetstream.WithDefaultTimeout(2*time.Second))
	until(t, "the stream", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_, err := x.js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, Replicas: 3})
		return err == nil
	})
	until(t, "the consumer", func() bool {
		_, err := x.js.CreateOrUpdateConsumer(moment(t), "S", jetstream.ConsumerConfig{Durable: "C", MaxAckPending: 100_000, AckWait: 5 * time.Second})
		return err == nil
	})
	return x
}

// leader is the server that leads the consumer, nil if none does.
func (x *three) leader() *cluster.Server {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c, err := x.js.Consumer(ctx, "S", "C")
	if err != nil || c.CachedInfo().Cluster == nil {
		return nil
	}
	return x.named(c.CachedInfo().Cluster.Leader)
}

func (x *three) named(name string) *cluster.Server {
	for _, s := range x.Servers() {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

func (x *three) streamLeader() *cluster.Server {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s, err := x.js.Stream(ctx, "S")
	if err != nil || s.CachedInfo().Cluster == nil {
		return nil
	}
	return x.named(s.CachedInfo().Cluster.Leader)
}

// stepDown has the leader of a stream or a consumer step down. Nobody answers while nobody
// leads.
func (x *three) stepDown(kind, name string) {
	x.Helper()
	until(x, "the stepping down of "+name, func() bool {
		_, err := x.nc.Request("$JS.API."+kind+".LEADER.STEPDOWN."+name, nil, time.Second)
		return err == nil
	})
}

// elsewhere is a server that is none of these.
func (x *three) elsewhere(these ...*cluster.Server) *cluster.Server {
	for _, o := range x.Servers() {
		if !slices.Contains(these, o) {
			return o
		}
	}
	return nil
}

// led waits for a leader and says when the election was told: the moment from which a
// consumer can be pulled from.
func elections(t *testing.T, nc *nats.Conn) chan time.Time {
	t.Helper()
	at := make(chan time.Time, 100)
	sub, err := nc.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.LEADER_ELECTED.S.C", func(*nats.Msg) { at <- time.Now() })
	must(t, err)
	must(t, nc.Flush())
	t.Cleanup(func() { sub.Unsubscribe() })
	return at
}

// pump publishes with ids until it is stopped, and counts.
func pump(t *testing.T, js jetstream.JetStream) (stop func() int) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	n := 0
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			_, err := js.Publish(ctx, "s.x", []byte(fmt.Sprint(n)), jetstream.WithMsgID(fmt.Sprint("p", n)))
			cancel()
			if err != nil {
				t.Errorf("message %d: %v", n, err)
				return
			}
			n++
		}
	})
	return func() int { close(done); wg.Wait(); return n }
}

// The leader of the consumer steps down, or is killed, while the client is connected to
// another server: consuming goes on as soon as there is a leader, and so do the sync
// publishes, none of which fails.
func TestConsumingGoesOnOverChangesOfTheLeader(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	var led *cluster.Server
	until(t, "a leader", func() bool { led = x.leader(); return led != nil })
	at := x.elsewhere(led)
	nc := connect(t, at.URL())
	js := newJS(t, nc)
	var first sync.Map
	var mu sync.Mutex
	var last time.Time
	gap := func() time.Time { mu.Lock(); defer mu.Unlock(); return last }
	c := must1[jetstream.Consumer](t)(js.Consumer(within(t), "S", "C"))
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		first.LoadOrStore(string(m.Data()), true)
		mu.Lock()
		last = time.Now()
		mu.Unlock()
		m.Ack()
	}))
	defer cc.Stop()
	stop := pump(t, js)
	until(t, "messages", func() bool { return !gap().IsZero() })

	told := elections(t, connect(t, at.URL()))
	x.stepDown("CONSUMER", "S.C")
	elected := receive(t, "the election", told)
	until(t, "the next message", func() bool { return gap().After(elected) })
	soon(t, "the next message after the election", gap().Sub(elected))

	until(t, "a leader", func() bool { led = x.leader(); return led != nil })
	if led == at { // it would take the client's link with it
		_, err := x.nc.Request("$JS.API.CONSUMER.LEADER.STEPDOWN.S.C", []byte(fmt.Sprintf(`{"placement":{"preferred":%q}}`, x.elsewhere(at).Name())), patience)
		must(t, err)
		until(t, "another leader", func() bool { led = x.leader(); return led != nil && led != at })
	}
	for len(told) > 0 {
		<-told
	}
	must(t, led.Kill())
	elected = receive(t, "the election", told)
	until(t, "the next message", func() bool { return gap().After(elected) })
	// The stream may elect its leader after the consumer has, so the message may have to
	// wait for being stored.
	t.Logf("the next message came %v after the election", gap().Sub(elected))
	must(t, led.Restart(within(t)))
	n := stop()
	until(t, "all messages", func() bool {
		k := 0
		first.Range(func(any, any) bool { k++; return true })
		return k == n
	})
	t.Logf("%d messages were published and came", n)
}

// A consumer that has nothing to deliver is quiet, and when its leader is killed
// nobody can say so before there is another. The message that comes then is delivered
// without waiting for a heartbeat that is missed.
func TestAnIdleConsumerGoesOnWhenItsLeaderIsKilled(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	var led *cluster.Server
	until(t, "a leader", func() bool { led = x.leader(); return led != nil })
	at := x.elsewhere(led)
	nc := connect(t, at.URL())
	c := must1[jetstream.Consumer](t)(newJS(t, nc).Consumer(within(t), "S", "C"))
	msgs, _, _ := consuming(t, c)

	until(t, "a pull", func() bool {
		info, err := c.Info(moment(t))
		return err == nil && info.NumWaiting > 0
	})
	told := elections(t, connect(t, at.URL()))
	must(t, led.Kill())
	elected := receive(t, "the election", told)
	pub := newJS(t, connect(t, at.URL()))
	_, err := pub.Publish(within(t), "s.x", []byte("x"), jetstream.WithMsgID("x"))
	must(t, err)
	begin := time.Now()
	if elected.After(begin) {
		begin = elected
	}
	receive(t, "the message", msgs)
	soon(t, "the message after it was stored", time.Since(begin))
}

// The client's own server is killed, with whatever it leads.
func TestConsumingGoesOnWhenItsServerIsKilled(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	nc := connect(t, x.Server(0).URL())
	js := newJS(t, nc)
	c := must1[jetstream.Consumer](t)(js.Consumer(within(t), "S", "C"))
	seen := map[string]bool{}
	var mu sync.Mutex
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		mu.Lock()
		seen[string(m.Data())] = true
		mu.Unlock()
		m.Ack()
	}))
	defer cc.Stop()
	stop := pump(t, js)
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(seen) }
	until(t, "messages", func() bool { return count() > 20 })
	must(t, x.ByAddr(nc.ConnectedAddr()).Kill())
	before := count()
	until(t, "more messages", func() bool { return count() > before+20 })
	n := stop()
	until(t, "all messages", func() bool { return count() == n })
}

// The order of what one program publishes stays over elections of the stream's leader,
// and nothing is lost or doubled.
func TestAsyncPublishingKeepsItsOrderOverElections(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	nc := connect(t, strings.Join(x.URLs(), ","))
	js := newJS(t, nc)
	const n = 3000
	var futures []jetstream.PubAckFuture
	for i := range n {
		f, err := js.PublishAsync("s.x", []byte(fmt.Sprint(i)), jetstream.WithMsgID(fmt.Sprint("o", i)), jetstream.WithStallWait(patience))
		must(t, err)
		futures = append(futures, f)
		switch i {
		case 500, 1000:
			x.stepDown("STREAM", "S")
		case 2000:
			var led *cluster.Server
			until(t, "a leader", func() bool { led = x.streamLeader(); return led != nil })
			must(t, led.Kill())
		}
		if i%10 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	receive(t, "all acknowledgements", js.PublishAsyncComplete())
	last, moved := uint64(0), 0
	for i, f := range futures {
		select {
		case ack := <-f.Ok():
			if ack.Sequence <= last {
				moved++
			}
			last = ack.Sequence
		case err := <-f.Err():
			t.Fatalf("message %d: %v", i, err)
		}
	}
	until(t, "the count", func() bool {
		s, err := x.js.Stream(moment(t), "S")
		return err == nil && s.CachedInfo().State.Msgs == n
	})
	t.Logf("%d of %d are stored behind a later one", moved, n)
	if moved > 2 {
		t.Errorf("%d of %d are stored behind a later one", moved, n)
	}
}

// Where nobody leads a sync publish waits; nats.go gives up after two tries.
func TestASyncPublishWaitsForALeader(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	var led *cluster.Server
	until(t, "a leader", func() bool { led = x.streamLeader(); return led != nil })
	at := x.elsewhere(led)
	js := newJS(t, connect(t, at.URL()))
	rnc, err := reference.Connect(at.URL())
	must(t, err)
	defer rnc.Close()
	rjs, err := referencejs.New(rnc)
	must(t, err)
	must(t, led.Kill())
	theirs := make(chan error, 1)
	go func() {
		_, err := rjs.Publish(context.Background(), "s.r", nil)
		theirs <- err
	}()
	begin := time.Now()
	ack, err := js.Publish(within(t), "s.x", []byte("x"), jetstream.WithMsgID("1"))
	must(t, err)
	t.Logf("stored as %d after %v; nats.go: %v", ack.Sequence, time.Since(begin), <-theirs)
}

package rolling_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
	"github.com/evernats/nats/jetstream"
)

// What consumes from a stream and publishes to it goes on while its connection moves:
// the pull that is under way stays good, nothing is delivered or stored twice.
func TestJetStreamGoesOnOverMoves(t *testing.T) {
	cl := clustertest.Start(t, cluster.Config{Servers: 3, JetStream: t.TempDir()})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := cl.WaitFormed(ctx); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var told []string
	tell := func(format string, args ...any) {
		mu.Lock()
		told = append(told, fmt.Sprintf(format, args...))
		mu.Unlock()
	}
	nc, err := nats.Connect(strings.Join(cl.URLs(), ","), nats.LameDuckMigration(true),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { tell("error: %v", err) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	var stream jetstream.Stream
	for stream == nil {
		try, end := context.WithTimeout(ctx, 2*time.Second) // there may be no leader yet
		s, err := js.CreateStream(try, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3})
		end()
		if err == nil {
			stream = s
		} else if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	c, err := stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{Durable: "C", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	got := newTally()
	again := 0
	consuming, err := c.Consume(func(m jetstream.Msg) {
		if md, err := m.Metadata(); err != nil || md.NumDelivered > 1 {
			again++
		}
		got.note(m.Data())
		_ = m.Ack()
	}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { tell("consume: %v", err) }))
	if err != nil {
		t.Fatal(err)
	}
	stop, ended := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for tick := time.Tick(2 * time.Millisecond); ; n++ {
			select {
			case <-tick:
			case <-stop:
				ended <- n
				return
			}
			if _, err := js.PublishAsync("s", fmt.Append(nil, n)); err != nil {
				tell("publish: %v", err)
			}
		}
	}()
	for range 3 {
		if err := nc.Migrate(ctx); err != nil {
			t.Errorf("migrate: %v", err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	close(stop)
	n := <-ended
	select {
	case <-js.PublishAsyncComplete():
	case <-ctx.Done():
		t.Error("not all that was published was acknowledged")
	}
	f := &fleet{t: t}
	got.check(f, "consumer", n, true)
	consuming.Stop()
	<-consuming.Closed()
	info, err := stream.Info(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(f.problems)+len(told)+again > 0 || info.State.Msgs != uint64(n) {
		t.Errorf("%v, %v, %d delivered again, %d of %d stored", f.problems, told, again, info.State.Msgs, n)
	}
	t.Logf("%d messages, longest gap %v", n, got.gap)
}

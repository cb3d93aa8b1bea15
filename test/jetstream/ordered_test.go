package jetstream

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

func orderedOf(t *testing.T, st jetstream.Stream, cfg ...jetstream.OrderedConsumerConfig) jetstream.Consumer {
	t.Helper()
	var c jetstream.OrderedConsumerConfig
	if len(cfg) > 0 {
		c = cfg[0]
	}
	return must1[jetstream.Consumer](t)(st.OrderedConsumer(within(t), c))
}

// Each message comes once and in order, whatever happens: the consumer is deleted, the
// link is lost, the server restarts and has forgotten it, the program is slow.
func TestAnOrderedConsumerGivesEachMessageOnceInOrder(t *testing.T) {
	t.Parallel()
	s, nc, _, st := single(t)
	pub := newJS(t, connect(t, s.url()))
	const n = 6000
	go func() {
		for i := range n {
			if _, err := pub.PublishAsync("s.x", []byte(strconv.Itoa(i)), jetstream.WithMsgID(fmt.Sprint(i)), jetstream.WithStallWait(patience)); err != nil {
				t.Error(err)
				return
			}
			if i%20 == 0 {
				time.Sleep(2 * time.Millisecond)
			}
		}
	}()
	var got, resets atomic.Int64
	c := orderedOf(t, st, jetstream.OrderedConsumerConfig{NamePrefix: "o"})
	cc := must1[jetstream.ConsumeContext](t)(c.Consume(func(m jetstream.Msg) {
		want := got.Load()
		if string(m.Data()) != strconv.FormatInt(want, 10) {
			t.Errorf("got %s, want %d", m.Data(), want)
		}
		got.Add(1)
	}, jetstream.StopAfter(n), jetstream.PullMaxMessages(200), jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		switch err {
		case jetstream.ErrOrderedConsumerReset, jetstream.ErrConsumerDeleted, nats.ErrNoResponders:
			resets.Add(1)
		}
	})))
	for i := range 6 {
		at := got.Load()
		until(t, "some more", func() bool { return got.Load() > at+300 })
		switch i % 3 {
		case 0:
			must(t, nc.ForceReconnect())
		case 1:
			must(t, st.DeleteConsumer(within(t), c.CachedInfo().Name))
		case 2:
			s.down()
			s.up()
		}
	}
	receive(t, "the end", cc.Closed())
	if got.Load() != n || resets.Load() == 0 {
		t.Errorf("got %d of %d, with %d resets", got.Load(), n, resets.Load())
	}
	// Of all that were made at most the last is there.
	js := newJS(t, connect(t, s.url()))
	until(t, "the others' removal", func() bool {
		st, err := js.Stream(moment(t), "S")
		return err == nil && st.CachedInfo().State.Consumers <= 1
	})
	t.Logf("%d resets", resets.Load())
}

func TestAnOrderedConsumerThatIsIdleGoesOnAfterARestart(t *testing.T) {
	s, _, js, st := single(t)
	fill(t, js, 3)
	it := must1[jetstream.MessagesContext](t)(orderedOf(t, st, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverNewPolicy}).Messages())
	defer it.Stop()
	s.down()
	s.up()
	other := newJS(t, connect(t, s.url()))
	begin := time.Now()
	must1[*jetstream.PubAck](t)(other.Publish(within(t), "s.new", []byte("new")))
	m := must1[jetstream.Msg](t)(it.Next(jetstream.NextContext(within(t))))
	if string(m.Data()) != "new" {
		t.Errorf("got %s", m.Data())
	}
	if d := time.Since(begin); d > 3*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestAnOrderedConsumerIsFetchedFrom(t *testing.T) {
	t.Parallel()
	_, nc, js, st := single(t)
	fill(t, js, 100)
	c := orderedOf(t, st)
	next := 0
	take := func(m jetstream.Msg) {
		if string(m.Data()) != strconv.Itoa(next) {
			t.Errorf("got %s, want %d", m.Data(), next)
		}
		next++
	}
	for i := range 4 {
		name := c.CachedInfo().Name
		b := must1[jetstream.MessageBatch](t)(c.Fetch(10))
		for m := range b.Messages() {
			take(m)
		}
		must(t, b.Error())
		take(must1[jetstream.Msg](t)(c.Next()))
		if c.CachedInfo().Name != name {
			t.Error("it is made anew for each fetch")
		}
		switch i {
		case 0:
			back := make(chan struct{}, 1)
			nc.SetReconnectHandler(func(*nats.Conn) { back <- struct{}{} })
			must(t, nc.ForceReconnect())
			receive(t, "the reconnect", back)
		case 1:
			must(t, st.DeleteConsumer(within(t), c.CachedInfo().Name))
			take(must1[jetstream.Msg](t)(c.Next(jetstream.FetchMaxWait(5 * time.Second))))
		}
	}
	if next != 45 {
		t.Errorf("got %d", next)
	}
	if _, err := c.Messages(); err != jetstream.ErrOrderConsumerUsedAsFetch {
		t.Errorf("messages of a fetched one: %v", err)
	}
}

func TestAnOrderedConsumerHasOneUseAtATime(t *testing.T) {
	t.Parallel()
	_, _, js, st := single(t)
	fill(t, js, 10)
	c := orderedOf(t, st)
	it := must1[jetstream.MessagesContext](t)(c.Messages())
	for i := range 3 {
		if m := must1[jetstream.Msg](t)(it.Next()); string(m.Data()) != strconv.Itoa(i) {
			t.Errorf("got %s, want %d", m.Data(), i)
		}
	}
	if _, err := c.Messages(); err != jetstream.ErrOrderedConsumerConcurrentRequests {
		t.Errorf("two at a time: %v", err)
	}
	if _, err := c.Fetch(1); err != jetstream.ErrOrderConsumerUsedAsConsume {
		t.Errorf("a fetch: %v", err)
	}
	it.Stop()
	// It goes on behind what the program was given.
	it = must1[jetstream.MessagesContext](t)(c.Messages())
	if m := must1[jetstream.Msg](t)(it.Next()); string(m.Data()) != "3" {
		t.Errorf("got %s, want 3", m.Data())
	}
	must(t, js.DeleteStream(within(t), "S"))
	for {
		if _, err := it.Next(jetstream.NextContext(within(t))); err != nil {
			if err != jetstream.ErrConsumerDeleted {
				t.Errorf("without a stream: %v", err)
			}
			break
		}
	}
}

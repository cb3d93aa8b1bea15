package scenarios

import (
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func ordered() []env.Scenario {
	return []env.Scenario{
		{Name: "ordered/consume", Run: orderedConsume},
		{Name: "ordered/messages", Run: orderedMessages},
		{Name: "ordered/fetch", Run: orderedFetch},
		{Name: "ordered/beginnings", Run: orderedBeginnings},
		{Name: "ordered/refused", Run: orderedRefused},
		{Name: "ordered/told", Run: orderedTold},
	}
}

// sequence is what an ordered consumer says of a message whatever its name is.
func sequence(m jetstream.Msg) string {
	if m == nil {
		return "none"
	}
	meta, err := m.Metadata()
	if err != nil {
		return err.Error()
	}
	return m.Subject() + " " + string(m.Data()) + " " + time.Duration(meta.Sequence.Stream).String()
}

func orderedConsume(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(10)
	c, err := s.OrderedConsumer(w.ctx, jetstream.OrderedConsumerConfig{NamePrefix: "mine"})
	e.Err("make", err)
	cc, err := c.Consume(func(m jetstream.Msg) { e.Log("%s", sequence(m)) }, jetstream.StopAfter(5))
	e.Err("consume", err)
	closed(e, "the end", cc.Closed())
	e.Log("named for its prefix: %v", strings.HasPrefix(c.CachedInfo().Name, "mine_"))
	cfg := c.CachedInfo().Config
	e.Log("%v %v %v %v %v", cfg.AckPolicy, cfg.MemoryStorage, cfg.Replicas, cfg.MaxDeliver, cfg.InactiveThreshold)
}

func orderedMessages(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(10)
	c, err := s.OrderedConsumer(w.ctx, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"s.2", "s.5", "s.7"}})
	e.Err("make", err)
	it, err := c.Messages()
	e.Err("messages", err)
	for range 3 {
		m, err := it.Next()
		e.Err("next", err)
		e.Log("%s", sequence(m))
		e.Err("ack", m.Ack())
	}
	_, err = c.Messages()
	e.Err("again", err)
	_, err = c.Fetch(1)
	e.Err("fetch", err)
	it.Stop()
	_, err = it.Next()
	e.Err("stopped", err)
}

func orderedFetch(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(10)
	c, err := s.OrderedConsumer(w.ctx, jetstream.OrderedConsumerConfig{})
	e.Err("make", err)
	for range 2 {
		b, err := c.Fetch(3)
		e.Err("fetch", err)
		for m := range b.Messages() {
			e.Log("%s", sequence(m))
		}
		e.Err("batch", b.Error())
	}
	m, err := c.Next()
	e.Err("next", err)
	e.Log("%s", sequence(m))
	b, err := c.FetchNoWait(10)
	drainBatch(e, "the rest", b, err)
	_, err = c.Messages()
	e.Err("messages", err)
	_, err = c.Consume(func(jetstream.Msg) {})
	e.Err("consume", err)
}

func orderedBeginnings(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(5)
	_, err := w.js.Publish(w.ctx, "s.1", []byte("newer"))
	e.Must(err)
	for what, cfg := range map[string]jetstream.OrderedConsumerConfig{
		"all":              {},
		"last":             {DeliverPolicy: jetstream.DeliverLastPolicy},
		"sequence":         {DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: 4},
		"last per subject": {DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, FilterSubjects: []string{"s.>"}},
		"headers":          {HeadersOnly: true},
	} {
		c, err := s.OrderedConsumer(w.ctx, cfg)
		e.On(what).Err("make", err)
		b, err := c.FetchNoWait(10)
		e.Must(err)
		for m := range b.Messages() {
			e.On(what).Log("%s", sequence(m))
		}
	}
}

func orderedRefused(e *env.Env) {
	w := begin(e)
	_, err := w.js.OrderedConsumer(w.ctx, "S", jetstream.OrderedConsumerConfig{})
	e.Err("without a stream", err)
	_, err = w.js.OrderedConsumer(w.ctx, "a.b", jetstream.OrderedConsumerConfig{})
	e.Err("a bad name", err)
	s := w.stream()
	c, err := s.OrderedConsumer(w.ctx, jetstream.OrderedConsumerConfig{})
	e.Err("make", err)
	_, err = c.Consume(nil)
	e.Err("no handler", err)
	info, err := c.Info(w.ctx)
	e.Err("info", err)
	e.Log("%v", info != nil)
}

// What goes wrong and is over when the messages come is told as little as can be: a program
// may take the first error for the one it waited for, and read no other.
func orderedTold(e *env.Env) {
	w := begin(e)
	s := w.stream()
	for _, when := range []string{"before", "while it is at work"} {
		c, err := s.OrderedConsumer(w.ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverNewPolicy})
		e.Must(err)
		remove := func() { e.Must(s.DeleteConsumer(w.ctx, c.CachedInfo().Name)) }
		if when == "before" {
			remove()
		}
		told, came := make(chan error, 100), make(chan string, 100)
		cc, err := c.Consume(func(m jetstream.Msg) { came <- m.Subject() },
			jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { told <- err }))
		e.Must(err)
		if when != "before" {
			w.fill(1)
			e.Log("%s", <-came)
			remove()
		}
		e.Err("deleted "+when, <-told)
		w.fill(1)
		if when != "before" {
			e.Log("%s", <-came)
		}
		cc.Stop()
		<-cc.Closed()
		close(told)
		for err := range told {
			e.Err("and", err)
		}
	}
}

package scenarios

import (
	"context"
	"time"

	"github.com/evernats/nats/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func consuming() []env.Scenario {
	return []env.Scenario{
		{Name: "message/metadata", Run: messageMetadata},
		{Name: "message/words", Run: messageWords},
		{Name: "fetch/forms", Run: fetchForms},
		{Name: "fetch/bad options", Run: fetchBad},
		{Name: "fetch/contexts", Run: fetchContexts},
		{Name: "fetch/limits of the consumer", Run: fetchLimits},
		{Name: "next/timeouts", Run: nextTimeouts},
		{Name: "consume/stop after", Run: consumeStopAfter},
		{Name: "consume/drain and stop", Run: consumeEnds},
		{Name: "consume/deleted", Run: consumeDeleted},
		{Name: "consume/connection closed", Run: consumeClosed},
		{Name: "consume/bad options", Run: consumeBad},
		{Name: "messages/in order", Run: messagesOrder},
		{Name: "messages/ends", Run: messagesEnds},
		{Name: "messages/deleted", Run: messagesDeleted},
		{Name: "messages/next options", Run: messagesNext},
		{Name: "messages/behind the end", Run: messagesBehindTheEnd},
	}
}

func messagesBehindTheEnd(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	it, err := c.Messages()
	e.Err("messages", err)
	end := make(chan error, 1)
	go func() { _, err := it.Next(); end <- err }()
	waiting(w, c)
	e.Must(w.js.DeleteConsumer(w.ctx, "S", "C"))
	e.Err("deleted", env.Recv(e, "the end", end))
	for range 2 {
		_, err = it.Next()
		e.Err("behind it", err)
	}
}

func messageMetadata(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(1)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	m, err := c.Next()
	e.Err("next", err)
	e.Log("%s", show(m))
	meta, err := m.Metadata()
	e.Err("metadata", err)
	e.Log("%q %v", meta.Domain, time.Since(meta.Timestamp) < time.Minute)
	e.Err("nak", m.Nak())
	m, err = c.Next()
	e.Err("next", err)
	e.Log("%s", show(m))
}

func messageWords(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(6)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C", MaxAckPending: 1})
	words := map[int]func(jetstream.Msg) error{
		0: jetstream.Msg.Ack, 1: jetstream.Msg.Nak, 2: jetstream.Msg.Term,
		5: func(m jetstream.Msg) error { return m.NakWithDelay(time.Hour) },
		4: func(m jetstream.Msg) error { return m.TermWithReason("because") },
		3: func(m jetstream.Msg) error { return m.DoubleAck(w.ctx) },
	}
	for i := range 6 {
		m, err := c.Next()
		e.Err("next", err)
		e.Log("%s", show(m))
		e.Err("in progress", m.InProgress())
		e.Err("the word", words[i](m))
		e.Err("in progress after it", m.InProgress())
		e.Err("another", m.Ack())
		e.Err("and another", m.DoubleAck(w.ctx))
		if i == 1 {
			m, err := c.Next()
			e.Err("again", err)
			e.Err("ack", m.DoubleAck(w.ctx))
		}
	}
	info, err := c.Info(w.ctx)
	e.Must(err)
	e.Log("floor %d, %d unacknowledged", info.AckFloor.Stream, info.NumAckPending)
	c = w.consumer(jetstream.ConsumerConfig{Durable: "N", AckPolicy: jetstream.AckNonePolicy})
	m, err := c.Next()
	e.Err("next without acks", err)
	e.Err("ack", m.Ack())
}

func drainBatch(e *env.Env, what string, b jetstream.MessageBatch, err error) {
	e.Err(what, err)
	if b == nil {
		return
	}
	n := 0
	for range b.Messages() {
		n++
	}
	e.Log("%d messages", n)
	e.Err("batch", b.Error())
}

func fetchForms(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(10)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	b, err := c.Fetch(3)
	drainBatch(e, "three", b, err)
	b, err = c.FetchNoWait(2)
	drainBatch(e, "two at once", b, err)
	b, err = c.FetchBytes(150, jetstream.FetchMaxWait(time.Second))
	drainBatch(e, "150 bytes", b, err)
	b, err = c.FetchBytes(10, jetstream.FetchMaxWait(time.Second))
	drainBatch(e, "10 bytes", b, err)
	b, err = c.Fetch(100, jetstream.FetchMaxBytes(150), jetstream.FetchMaxWait(time.Second))
	drainBatch(e, "100 of 150 bytes", b, err)
	b, err = c.Fetch(100, jetstream.FetchMaxWait(200*time.Millisecond))
	drainBatch(e, "the rest", b, err)
	b, err = c.FetchNoWait(2)
	drainBatch(e, "none at once", b, err)
	e.Must(w.js.DeleteConsumer(w.ctx, "S", "C"))
	b, err = c.FetchNoWait(2)
	drainBatch(e, "of a deleted one, at once", b, err)
}

func fetchBad(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	for what, opts := range map[string][]jetstream.FetchOpt{
		"wait 0":         {jetstream.FetchMaxWait(0)},
		"heartbeat 0":    {jetstream.FetchHeartbeat(0)},
		"long heartbeat": {jetstream.FetchMaxWait(time.Second), jetstream.FetchHeartbeat(time.Second)},
		"priority":       {jetstream.FetchPrioritized(10)},
		"both":           {jetstream.FetchMaxWait(time.Second), jetstream.FetchContext(w.ctx)},
		"bytes 0":        {jetstream.FetchMaxBytes(0)},
	} {
		_, err := c.Fetch(1, opts...)
		e.On(what).Err("fetch", err)
	}
	_, err := c.FetchBytes(100, jetstream.FetchMaxBytes(10))
	e.Err("bytes twice", err)
	_, err = c.Next(jetstream.FetchMaxBytes(10))
	e.Err("bytes of next", err)
}

func fetchContexts(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(1)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	ctx, cancel := context.WithCancel(w.ctx)
	b, err := c.Fetch(5, jetstream.FetchContext(ctx))
	e.Err("fetch", err)
	env.Recv(e, "the first", b.Messages())
	cancel()
	for range b.Messages() {
	}
	e.Err("cancelled", b.Error())
	_, err = c.Fetch(5, jetstream.FetchContext(ctx))
	e.Log("already cancelled: %v", err != nil)
	over, cancel := context.WithTimeout(w.ctx, -time.Second)
	defer cancel()
	_, err = c.Fetch(5, jetstream.FetchContext(over))
	e.Err("already over", err)
	short, cancel := context.WithTimeout(w.ctx, 3*time.Second)
	defer cancel()
	b, err = c.Fetch(5, jetstream.FetchContext(short))
	drainBatch(e, "till shortly before the end of a context", b, err)
	ctx, cancel = context.WithTimeout(w.ctx, 100*time.Millisecond)
	defer cancel()
	b, err = c.Fetch(5, jetstream.FetchContext(ctx))
	e.Err("fetch", err)
	n := 0
	for range b.Messages() {
		n++
	}
	e.Log("%d", n)
}

func fetchLimits(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(10)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C", MaxRequestBatch: 3, MaxRequestExpires: 2 * time.Second, MaxRequestMaxBytes: 500})
	b, err := c.Fetch(3, jetstream.FetchMaxWait(time.Second))
	drainBatch(e, "allowed", b, err)
	b, err = c.Fetch(4, jetstream.FetchMaxWait(time.Second))
	drainBatch(e, "too many", b, err)
	b, err = c.Fetch(3, jetstream.FetchMaxWait(3*time.Second))
	drainBatch(e, "too long", b, err)
	b, err = c.Fetch(3, jetstream.FetchMaxBytes(1000), jetstream.FetchMaxWait(time.Second))
	drainBatch(e, "too large", b, err)
}

func nextTimeouts(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	_, err := c.Next(jetstream.FetchMaxWait(50 * time.Millisecond))
	e.Err("nothing", err)
	ctx, cancel := context.WithCancel(w.ctx)
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = c.Next(jetstream.FetchContext(ctx))
	e.Err("cancelled", err)
	w.fill(1)
	m, err := c.Next()
	e.Err("something", err)
	e.Log("%s", show(m))
}

func consumeStopAfter(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(10)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	cc, err := c.Consume(func(m jetstream.Msg) {
		e.Log("%s", show(m))
		m.Ack()
	}, jetstream.StopAfter(7), jetstream.PullMaxMessages(3))
	e.Err("consume", err)
	closed(e, "the end", cc.Closed())
	e.Log("over")
}

func consumeEnds(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(5)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	got := make(chan struct{}, 10)
	cc, err := c.Consume(func(m jetstream.Msg) {
		m.Ack()
		got <- struct{}{}
	})
	e.Err("consume", err)
	for range 5 {
		env.Recv(e, "a message", got)
	}
	cc.Drain()
	closed(e, "the drain", cc.Closed())
	cc, err = c.Consume(func(jetstream.Msg) {})
	e.Err("consume again", err)
	cc.Stop()
	closed(e, "the stop", cc.Closed())
	cc.Stop()
	cc.Drain()
	w.fill(1)
	m, err := c.Next()
	e.Err("next", err)
	e.Log("%s", show(m))
}

func consumeDeleted(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	errs := make(chan error, 10)
	cc, err := c.Consume(func(jetstream.Msg) {}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { errs <- err }))
	e.Err("consume", err)
	waiting(w, c)
	e.Must(w.js.DeleteConsumer(w.ctx, "S", "C"))
	e.Err("told", env.Recv(e, "a report", errs))
	closed(e, "the end", cc.Closed())
}

// closed waits until a channel is.
func closed(e *env.Env, what string, ch <-chan struct{}) {
	e.Helper()
	select {
	case <-ch:
	case <-time.After(env.Patience):
		e.Fatalf("waited in vain for: %s", what)
	}
}

// waiting waits until a pull has arrived.
func waiting(w *world, c jetstream.Consumer) {
	w.Until("a pull", func() bool {
		info, err := c.Info(w.ctx)
		return err == nil && info.NumWaiting > 0
	})
}

func consumeClosed(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	cc, err := c.Consume(func(jetstream.Msg) {})
	e.Err("consume", err)
	waiting(w, c)
	w.nc.Close()
	closed(e, "the end", cc.Closed())
	e.Log("over")
	_, err = c.Consume(func(jetstream.Msg) {})
	e.Err("on a closed connection", err)
	_, err = w.js.Publish(w.ctx, "s.a", nil)
	e.Err("publish", err)
	_, err = w.js.PublishAsync("s.a", nil)
	e.Err("publish async", err)
	_, err = w.js.Stream(w.ctx, "S")
	e.Err("stream", err)
}

func consumeBad(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	_, err := c.Consume(nil)
	e.Err("no handler", err)
	for what, opts := range map[string][]jetstream.PullConsumeOpt{
		"expiry":          {jetstream.PullExpiry(time.Millisecond)},
		"short heartbeat": {jetstream.PullHeartbeat(time.Millisecond)},
		"long heartbeat":  {jetstream.PullHeartbeat(time.Minute)},
		"heartbeat":       {jetstream.PullExpiry(time.Second), jetstream.PullHeartbeat(time.Second)},
		"messages":        {jetstream.PullMaxMessages(0)},
		"bytes":           {jetstream.PullMaxBytes(0)},
		"messages, bytes": {jetstream.PullMaxMessages(1), jetstream.PullMaxBytes(1)},
		"stop after":      {jetstream.StopAfter(0)},
		"pending":         {jetstream.PullMinPending(0)},
		"acks":            {jetstream.PullMinAckPending(0)},
		"priority":        {jetstream.PullPrioritized(10)},
	} {
		cc, err := c.Consume(func(jetstream.Msg) {}, opts...)
		e.On(what).Err("consume", err)
		if cc != nil {
			cc.Stop()
		}
	}
}

func messagesOrder(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(10)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	it, err := c.Messages(jetstream.PullMaxMessages(4), jetstream.PullThresholdMessages(1))
	e.Err("messages", err)
	defer it.Stop()
	for range 10 {
		m, err := it.Next()
		e.Err("next", err)
		e.Log("%s", show(m))
		e.Must(m.Ack())
	}
}

func messagesEnds(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	it, err := c.Messages()
	e.Err("messages", err)
	end := make(chan error, 1)
	go func() { _, err := it.Next(); end <- err }()
	time.Sleep(20 * time.Millisecond)
	it.Stop()
	e.Err("stopped", env.Recv(e, "the end", end))
	_, err = it.Next()
	e.Err("after it", err)
	it.Stop()
	it, err = c.Messages()
	e.Err("messages", err)
	w.fill(1)
	_, err = it.Next()
	e.Err("next", err)
	it.Drain()
	_, err = it.Next()
	e.Err("drained", err)
	it, err = c.Messages()
	e.Err("messages", err)
	go func() { _, err := it.Next(); end <- err }()
	waiting(w, c)
	w.nc.Close()
	e.Err("closed", env.Recv(e, "the end", end))
}

func messagesDeleted(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	it, err := c.Messages()
	e.Err("messages", err)
	end := make(chan error, 1)
	go func() { _, err := it.Next(); end <- err }()
	waiting(w, c)
	e.Must(w.js.DeleteConsumer(w.ctx, "S", "C"))
	e.Err("deleted", env.Recv(e, "the end", end))
	it.Stop()
}

func messagesNext(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	it, err := c.Messages()
	e.Err("messages", err)
	defer it.Stop()
	_, err = it.Next(jetstream.NextMaxWait(30 * time.Millisecond))
	e.Err("a time", err)
	ctx, cancel := context.WithTimeout(w.ctx, 30*time.Millisecond)
	defer cancel()
	_, err = it.Next(jetstream.NextContext(ctx))
	e.Err("a context", err)
	_, err = it.Next(jetstream.NextContext(w.ctx), jetstream.NextMaxWait(time.Second))
	e.Err("both", err)
	w.fill(1)
	m, err := it.Next(jetstream.NextMaxWait(env.Patience))
	e.Err("a message", err)
	e.Log("%s", show(m))
}

package scenarios

import (
	"context"
	"errors"
	"strings"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func fetched(e *env.Env, what string, msgs []*nats.Msg, err error) {
	e.Err(what, err)
	e.Log("%d messages", len(msgs))
	for _, m := range msgs {
		e.Must(m.Ack())
	}
}

func oldFetch(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(10)
	s, err := w.js.PullSubscribe("s.*", "P")
	e.Err("subscribe", err)
	msgs, err := s.Fetch(3)
	fetched(e, "three", msgs, err)
	msgs, err = s.Fetch(1)
	fetched(e, "one", msgs, err)
	begin := time.Now()
	msgs, err = s.Fetch(100, nats.MaxWait(env.Patience/2))
	fetched(e, "more than there are", msgs, err)
	e.Log("at once: %v", time.Since(begin) < 5*time.Second)
	msgs, err = s.Fetch(1, nats.MaxWait(100*time.Millisecond))
	fetched(e, "none", msgs, err)
	msgs, err = s.Fetch(5, nats.MaxWait(100*time.Millisecond))
	fetched(e, "none of five", msgs, err)
	go func() {
		time.Sleep(100 * time.Millisecond)
		w.js.Publish("s.late", nil)
	}()
	msgs, err = s.Fetch(1, nats.MaxWait(env.Patience/2))
	fetched(e, "a late one", msgs, err)
	w.fill(5)
	msgs, err = s.Fetch(5, nats.PullMaxBytes(150), nats.MaxWait(time.Second))
	fetched(e, "150 bytes", msgs, err)
	msgs, err = s.Fetch(5, nats.PullHeartbeat(400*time.Millisecond), nats.MaxWait(time.Second))
	fetched(e, "with heartbeats", msgs, err)
}

func oldFetchBad(e *env.Env) {
	w := beginOld(e)
	w.stream()
	s, err := w.js.PullSubscribe("s.*", "P")
	e.Err("subscribe", err)
	for _, n := range []int{0, -1} {
		_, err = s.Fetch(n)
		e.Err("fetch", err)
		_, err = s.FetchBatch(n)
		e.Err("batch", err)
	}
	for _, o := range []struct {
		what string
		opts []nats.PullOpt
	}{
		{"both", []nats.PullOpt{nats.Context(w.ctx), nats.MaxWait(time.Second)}},
		{"background", []nats.PullOpt{nats.Context(context.Background())}},
		{"a large heartbeat", []nats.PullOpt{nats.PullHeartbeat(time.Second), nats.MaxWait(time.Second)}},
		{"no heartbeat", []nats.PullOpt{nats.PullHeartbeat(0), nats.MaxWait(50 * time.Millisecond)}},
		{"a negative heartbeat", []nats.PullOpt{nats.PullHeartbeat(-1), nats.MaxWait(50 * time.Millisecond)}},
	} {
		_, err = s.Fetch(2, o.opts...)
		e.Err(o.what, err)
		_, err = s.FetchBatch(2, o.opts...)
		e.Err("batch with "+o.what, err)
	}
}

func oldFetchContexts(e *env.Env) {
	w := beginOld(e)
	w.stream()
	s, err := w.js.PullSubscribe("s.*", "P")
	e.Err("subscribe", err)
	ctx, cancel := context.WithTimeout(w.ctx, 100*time.Millisecond)
	defer cancel()
	msgs, err := s.Fetch(1, nats.Context(ctx))
	fetched(e, "to its end", msgs, err)
	msgs, err = s.Fetch(1, nats.Context(ctx))
	fetched(e, "after its end", msgs, err)
	ctx, cancel = context.WithCancel(w.ctx)
	time.AfterFunc(100*time.Millisecond, cancel)
	msgs, err = s.Fetch(2, nats.Context(ctx))
	fetched(e, "canceled", msgs, err)
	ctx, cancel = context.WithTimeout(w.ctx, 200*time.Millisecond)
	defer cancel()
	b, err := s.FetchBatch(2, nats.Context(ctx))
	e.Err("batch", err)
	isClosed(e, "its end", b.Done())
	e.Log("%v", b.Error() == nil || errors.Is(b.Error(), context.DeadlineExceeded))
	ctx, cancel = context.WithCancel(w.ctx)
	time.AfterFunc(100*time.Millisecond, cancel)
	b, err = s.FetchBatch(2, nats.Context(ctx))
	e.Err("batch", err)
	isClosed(e, "its end", b.Done())
	e.Err("of a canceled batch", b.Error())
}

func oldFetchLimits(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(5)
	s, err := w.js.PullSubscribe("s.*", "P", nats.MaxRequestBatch(2), nats.MaxRequestMaxBytes(1000), nats.MaxRequestExpires(2*time.Second))
	e.Err("subscribe", err)
	_, err = s.Fetch(1, nats.MaxWait(time.Nanosecond))
	e.Err("no time", err)
	_, err = s.Fetch(3)
	e.Err("batch", err)
	_, err = s.Fetch(1, nats.PullMaxBytes(2000), nats.MaxWait(time.Second))
	e.Err("bytes", err)
	_, err = s.Fetch(1, nats.MaxWait(10*time.Second))
	e.Err("expires", err)
	msgs, err := s.Fetch(2, nats.MaxWait(time.Second))
	fetched(e, "within", msgs, err)
	_, err = s.Fetch(1, nats.PullMaxBytes(5), nats.MaxWait(time.Second))
	e.Err("too few bytes", err)
	s, err = w.js.PullSubscribe("s.none", "M", nats.PullMaxWaiting(1))
	e.Err("subscribe", err)
	first, err := s.FetchBatch(1, nats.MaxWait(env.Patience/2))
	e.Err("one waits", err)
	w.untilInfo("it waits", s, func(i *nats.ConsumerInfo) bool { return i.NumWaiting == 1 })
	other, err := w.js.PullSubscribe("s.none", "M")
	e.Err("another", err)
	_, err = other.Fetch(1, nats.MaxWait(env.Patience))
	e.Log("too many wait: %v", err)
	e.Err("unsubscribe", s.Unsubscribe())
	isClosed(e, "its end", first.Done())
}

func oldFetchDeleted(e *env.Env) {
	w := beginOld(e)
	w.stream()
	s, err := w.js.PullSubscribe("s.*", "P")
	e.Err("subscribe", err)
	done := make(chan error, 1)
	go func() {
		_, err := s.Fetch(1, nats.MaxWait(env.Patience/2))
		done <- err
	}()
	w.untilInfo("it waits", s, func(i *nats.ConsumerInfo) bool { return i.NumWaiting > 0 })
	e.Err("delete", w.js.DeleteConsumer("S", "P"))
	e.Err("fetch", env.Recv(e, "the end", done))
	_, err = s.Fetch(1, nats.MaxWait(2*time.Second))
	e.Err("fetch of none", err)
	b, err := s.FetchBatch(1, nats.MaxWait(2*time.Second))
	e.Err("batch of none", err)
	isClosed(e, "its end", b.Done())
	e.Err("of the batch", b.Error())
	e.Err("unsubscribe", s.Unsubscribe())
}

func oldFetchEnds(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(2)
	s, err := w.js.PullSubscribe("s.*", "P")
	e.Err("subscribe", err)
	e.Err("unsubscribe", s.Unsubscribe())
	_, err = s.Fetch(1)
	e.Err("fetch of an ended one", err)
	_, err = s.FetchBatch(1)
	e.Err("batch of an ended one", err)
	_, err = w.js.ConsumerInfo("S", "P")
	e.Err("the consumer", err)
	s, err = w.js.PullSubscribe("s.*", "")
	e.Err("subscribe", err)
	info, err := s.ConsumerInfo()
	e.Err("info", err)
	e.Err("drain", s.Drain())
	e.Until("the end", func() bool { return !s.IsValid() })
	e.Until("the consumer's end", func() bool {
		_, err := w.js.ConsumerInfo("S", info.Name)
		return errors.Is(err, nats.ErrConsumerNotFound)
	})
	s, err = w.js.PullSubscribe("s.none", "Q")
	e.Err("subscribe", err)
	done := make(chan error, 1)
	go func() {
		_, err := s.Fetch(1, nats.MaxWait(env.Patience/2))
		done <- err
	}()
	w.untilInfo("it waits", s, func(i *nats.ConsumerInfo) bool { return i.NumWaiting > 0 })
	w.nc.Close()
	// nats.go sees the lost link first at times, and says so.
	err = env.Recv(e, "the end", done)
	e.Log("fetch ended by the connection: %v", errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrFetchDisconnected))
	_, err = s.Fetch(1)
	e.Err("fetch of a closed one", err)
}

func oldFetchBatch(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(10)
	s, err := w.js.PullSubscribe("s.*", "P")
	e.Err("subscribe", err)
	batch := func(what string, n int, opts ...nats.PullOpt) {
		b, err := s.FetchBatch(n, opts...)
		e.Err(what, err)
		if err != nil {
			return
		}
		got := 0
		for m := range b.Messages() {
			e.Must(m.Ack())
			got++
		}
		isClosed(e, "its end", b.Done())
		e.Log("%d messages", got)
		// Whether the end of its time is an error hangs on who is quicker to say so.
		e.Log("%v", b.Error() == nil || errors.Is(b.Error(), nats.ErrTimeout))
	}
	batch("three", 3)
	batch("one", 1)
	batch("more than there are", 100, nats.MaxWait(300*time.Millisecond))
	batch("none", 5, nats.MaxWait(100*time.Millisecond))
	w.fill(5)
	batch("150 bytes", 5, nats.PullMaxBytes(150), nats.MaxWait(time.Second))
	batch("10 bytes", 5, nats.PullMaxBytes(10), nats.MaxWait(time.Second))
	batch("with heartbeats", 5, nats.PullHeartbeat(500*time.Millisecond), nats.MaxWait(1200*time.Millisecond))
}

func oldFetchMany(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(100)
	s, err := w.js.PullSubscribe("s.*", "P")
	e.Err("subscribe", err)
	counts := make(chan int, 4)
	for range 4 {
		go func() {
			n := 0
			for {
				msgs, err := s.Fetch(7, nats.MaxWait(500*time.Millisecond))
				if err != nil {
					counts <- n
					return
				}
				for _, m := range msgs {
					if m.Ack() == nil {
						n++
					}
				}
			}
		}()
	}
	sum := 0
	for range 4 {
		sum += env.Recv(e, "an end", counts)
	}
	e.Log("%d", sum)
	info := w.untilInfo("all acknowledged", s, func(i *nats.ConsumerInfo) bool { return i.AckFloor.Stream == 100 })
	e.Log("%d delivered", info.Delivered.Consumer)
}

func oldPullSubscribe(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(1)
	for _, o := range []struct {
		what, durable string
		opts          []nats.SubOpt
	}{
		{"durable", "P", nil}, {"ephemeral", "", nil}, {"named", "", []nats.SubOpt{nats.ConsumerName("N")}},
		{"waiting", "W", []nats.SubOpt{nats.PullMaxWaiting(3), nats.MaxRequestBatch(5)}},
		{"both names", "P", []nats.SubOpt{nats.Durable("P")}}, {"other names", "P", []nats.SubOpt{nats.Durable("Q")}},
		{"bind with a durable", "P", []nats.SubOpt{nats.Bind("S", "P")}}, {"no acks", "X", []nats.SubOpt{nats.AckNone()}},
	} {
		s, err := w.js.PullSubscribe("s.*", o.durable, o.opts...)
		e.Err(o.what, err)
		if err != nil {
			continue
		}
		info, err := s.ConsumerInfo()
		e.Err("info", err)
		n, _ := s.InitialConsumerPending()
		e.Log("%s %d", config(info.Config), n)
		e.Err("unsubscribe", s.Unsubscribe())
	}
}

// oldFetchDrained: messages that came for no fetch are had behind a drain's begin.
func oldFetchDrained(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(5)
	s, err := w.js.PullSubscribe("s.*", "P")
	e.Err("subscribe", err)
	e.Must(w.nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT.S.P", strings.Replace(s.Subject, "*", "late", 1), []byte(`{"batch":3,"no_wait":true}`)))
	w.untilInfo("they came", s, func(i *nats.ConsumerInfo) bool { return i.NumAckPending == 3 })
	e.Err("drain", s.Drain())
	b, err := s.FetchBatch(5)
	e.Err("batch", err)
	n := 0
	for range b.Messages() {
		n++
	}
	e.Err("its end", b.Error())
	e.Log("%d messages", n)
}

// oldPullImported: of the API there is what a pull needs, as from an account that imports no
// more.
func oldPullImported(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(2)
	_, err := w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "P", AckPolicy: nats.AckExplicitPolicy})
	e.Must(err)
	_, err = w.nc.Subscribe("PART.CONSUMER.MSG.NEXT.S.P", func(m *nats.Msg) {
		e.Must(w.nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT.S.P", m.Reply, m.Data))
	})
	e.Must(err)
	js, err := w.nc.JetStream(nats.APIPrefix("PART"))
	e.Must(err)
	s, err := js.PullSubscribe("s.*", "P", nats.Bind("S", "P"))
	e.Err("bound", err)
	msgs, err := s.Fetch(2)
	e.Err("fetch", err)
	e.Log("%d messages", len(msgs))
	_, err = js.PullSubscribe("s.*", "P", nats.BindStream("S"))
	e.Err("not bound", err)
	_, err = js.SubscribeSync("s.*", nats.Bind("S", "P"))
	e.Err("a push", err)
}

package scenarios

import (
	"fmt"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/parity/env"
)

func oldAutoUnsubscribe(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(5)
	s, err := w.js.SubscribeSync("s.*")
	e.Err("subscribe", err)
	info, err := s.ConsumerInfo()
	e.Err("info", err)
	e.Err("auto", s.AutoUnsubscribe(3))
	for range 3 {
		m, err := s.NextMsg(env.Patience)
		e.Err("next", err)
		e.Log("%s", oldShow(m))
	}
	_, err = s.NextMsg(100 * time.Millisecond)
	e.Err("one more", err)
	e.Log("%v", info != nil)
}

func oldFlowControl(e *env.Env) {
	w := beginOld(e)
	w.stream()
	const n = 1000
	data := make([]byte, 4096)
	for range n {
		_, err := w.js.PublishAsync("s.x", data)
		e.Must(err)
	}
	isClosed(e, "all", w.js.PublishAsyncComplete())
	for _, how := range []string{"sync", "handler", "chan"} {
		opts := []nats.SubOpt{nats.EnableFlowControl(), nats.IdleHeartbeat(200 * time.Millisecond), nats.AckNone()}
		ch := make(chan *nats.Msg, n+100)
		var s *nats.Subscription
		var err error
		switch how {
		case "sync":
			s, err = w.js.SubscribeSync("s.*", opts...)
		case "handler":
			s, err = w.js.Subscribe("s.*", func(m *nats.Msg) { ch <- m }, opts...)
		case "chan":
			s, err = w.js.ChanSubscribe("s.*", ch, opts...)
		}
		e.Err(how, err)
		seq := uint64(0)
		for range n {
			var m *nats.Msg
			if how == "sync" {
				m, err = s.NextMsg(env.Patience)
				e.Must(err)
			} else {
				m = env.Recv(e, "a message", ch)
			}
			meta, err := m.Metadata()
			e.Must(err)
			if seq++; meta.Sequence.Stream != seq {
				e.Log("got %d, want %d", meta.Sequence.Stream, seq)
			}
		}
		e.Log("all of %d", seq)
		e.Err("unsubscribe", s.Unsubscribe())
	}
}

func oldHeartbeatMissed(e *env.Env) {
	told := make(chan error, 100)
	w := beginOld(e)
	w.nc.SetErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
		select {
		case told <- err:
		default:
		}
	})
	w.stream()
	s, err := w.js.SubscribeSync("s.*", nats.IdleHeartbeat(100*time.Millisecond))
	e.Err("subscribe", err)
	info, err := s.ConsumerInfo()
	e.Must(err)
	e.Err("delete", w.js.DeleteConsumer("S", info.Name))
	e.Err("told", env.Recv(e, "the error", told))
	e.Log("%v", s.IsValid())
}

func oldOrdered(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(5)
	got := make(chan *nats.Msg, 100)
	s, err := w.js.Subscribe("s.*", func(m *nats.Msg) { got <- m }, nats.OrderedConsumer())
	e.Err("subscribe", err)
	for range 5 {
		m := env.Recv(e, "a message", got)
		e.Log("%s", oldShow(m))
		e.Err("ack", m.Ack())
	}
	info, err := s.ConsumerInfo()
	e.Err("info", err)
	c := info.Config
	e.Log("%v %v %v %v %v %d %d %v", c.AckPolicy, c.FlowControl, c.MemoryStorage, c.Replicas, c.MaxDeliver, c.AckWait, c.DeliverPolicy, c.Heartbeat > 0)
	e.Err("unsubscribe", s.Unsubscribe())
}

func oldOrderedForms(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(5)
	s, err := w.js.SubscribeSync("s.*", nats.OrderedConsumer(), nats.StartSequence(3))
	e.Err("sync", err)
	for range 3 {
		m, err := s.NextMsg(env.Patience)
		e.Err("next", err)
		e.Log("%s", oldShow(m))
	}
	ch := make(chan *nats.Msg, 10)
	s2, err := w.js.ChanSubscribe("s.*", ch, nats.OrderedConsumer(), nats.DeliverLast())
	e.Err("chan", err)
	e.Log("%s", oldShow(env.Recv(e, "a message", ch)))
	e.Err("drain", s.Drain())
	e.Until("the end", func() bool { return !s.IsValid() })
	e.Err("unsubscribe", s2.Unsubscribe())
	e.Until("no consumers", func() bool {
		i, err := w.js.StreamInfo("S")
		return err == nil && i.State.Consumers == 0
	})
	e.Log("none is left")
}

func oldOrderedBad(e *env.Env) {
	w := beginOld(e)
	w.stream()
	for _, o := range []struct {
		what string
		opt  nats.SubOpt
	}{
		{"durable", nats.Durable("D")}, {"acks", nats.AckExplicit()}, {"deliveries", nats.MaxDeliver(3)},
		{"subject", nats.DeliverSubject("x")}, {"bind", nats.Bind("S", "C")},
	} {
		_, err := w.js.SubscribeSync("s.x", nats.OrderedConsumer(), o.opt)
		e.Err(o.what, err)
		if err != nil {
			e.Log("%s", err)
		}
	}
	_, err := w.js.QueueSubscribeSync("s.x", "q", nats.OrderedConsumer())
	e.Err("queue", err)
	_, err = w.js.PullSubscribe("s.x", "", nats.OrderedConsumer())
	e.Err("pull", err)
	_, err = w.js.SubscribeSync("none.x", nats.OrderedConsumer())
	e.Err("no stream", err)
}

func oldAcks(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(6)
	s, err := w.js.PullSubscribe("s.*", "P", nats.MaxAckPending(1))
	e.Err("subscribe", err)
	words := []func(*nats.Msg) error{
		func(m *nats.Msg) error { return m.Ack() }, func(m *nats.Msg) error { return m.Nak() },
		func(m *nats.Msg) error { return m.Term() }, func(m *nats.Msg) error { return m.AckSync() },
		func(m *nats.Msg) error { return m.AckSync(nats.AckWait(time.Second)) },
		func(m *nats.Msg) error { return m.NakWithDelay(time.Hour) },
	}
	for i := range 6 {
		msgs, err := s.Fetch(1)
		e.Err("fetch", err)
		m := msgs[0]
		e.Log("%s", oldShow(m))
		e.Err("in progress", m.InProgress())
		e.Err("the word", words[i](m))
		e.Err("in progress after it", m.InProgress())
		e.Err("another", m.Ack())
		e.Err("and another", m.AckSync())
		e.Err("and nak", m.NakWithDelay(time.Second))
		if i == 1 {
			msgs, err = s.Fetch(1)
			e.Err("again", err)
			e.Err("both", msgs[0].AckSync(nats.AckWait(time.Second), nats.Context(w.ctx)))
			e.Err("ack", msgs[0].AckSync(nats.Context(w.ctx)))
		}
	}
	info, err := s.ConsumerInfo()
	e.Must(err)
	e.Log("floor %d, %d unacknowledged", info.AckFloor.Stream, info.NumAckPending)
}

func oldAcksOfOthers(e *env.Env) {
	w := beginOld(e)
	w.stream()
	m := nats.NewMsg("x")
	e.Err("unbound", m.Ack())
	_, err := m.Metadata()
	e.Err("metadata", err)
	s, err := w.nc.SubscribeSync("plain")
	e.Must(err)
	e.Must(w.nc.Publish("plain", nil))
	m, err = s.NextMsg(env.Patience)
	e.Must(err)
	e.Err("no reply", m.Ack())
	_, err = m.Metadata()
	e.Err("metadata", err)
	e.Must(w.nc.PublishRequest("plain", "somewhere", nil))
	m, err = s.NextMsg(env.Patience)
	e.Must(err)
	_, err = m.Metadata()
	e.Err("metadata of a request", err)
	e.Err("ack of a request", m.Ack())
	// A consumer that delivers to a plain subscription.
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "C", DeliverSubject: "plain", AckPolicy: nats.AckExplicitPolicy})
	e.Must(err)
	for range 2 {
		w.fill(1)
		m, err = s.NextMsg(env.Patience)
		e.Err("next", err)
		e.Log("%s", oldShow(m))
		e.Err("ack", m.AckSync())
		e.Err("again", m.Ack())
	}
	_, err = s.ConsumerInfo()
	e.Err("its consumer", err)
}

func oldWrongKinds(e *env.Env) {
	w := beginOld(e)
	w.stream()
	plain, err := w.nc.SubscribeSync("x")
	e.Must(err)
	push, err := w.js.SubscribeSync("s.x")
	e.Must(err)
	pull, err := w.js.PullSubscribe("s.x", "P")
	e.Must(err)
	for i, s := range []*nats.Subscription{plain, push, nil} {
		_, err = s.Fetch(1)
		e.Err(fmt.Sprint("fetch ", i), err)
		_, err = s.FetchBatch(1)
		e.Err(fmt.Sprint("batch ", i), err)
	}
	_, err = pull.NextMsg(time.Millisecond)
	e.Err("next of a pull", err)
	_, err = pull.NextMsgWithContext(w.ctx)
	e.Err("next of a pull with a context", err)
	_, err = plain.ConsumerInfo()
	e.Err("info", err)
	_, err = plain.InitialConsumerPending()
	e.Err("pending", err)
	e.Log("%d %d %d", plain.Type(), push.Type(), pull.Type())
	n, bytes, err := pull.Pending()
	e.Err("pending of a pull", err)
	e.Log("%d %d", n, bytes)
}

package scenarios

import (
	"context"
	"errors"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/parity/env"
)

func legacySubscribing() []env.Scenario {
	return []env.Scenario{
		{Name: "legacy/subscribe", Run: oldSubscribe},
		{Name: "legacy/subscribe manual", Run: oldSubscribeManual},
		{Name: "legacy/subscribe sync", Run: oldSubscribeSync},
		{Name: "legacy/subscribe chan", Run: oldSubscribeChan},
		{Name: "legacy/subscribe queue", Run: oldSubscribeQueue},
		{Name: "legacy/subscribe configurations", Run: oldSubscribeConfigs},
		{Name: "legacy/subscribe durable", Run: oldSubscribeDurable},
		{Name: "legacy/subscribe bind", Run: oldSubscribeBind},
		{Name: "legacy/subscribe mismatch", Run: oldSubscribeMismatch},
		{Name: "legacy/subscribe bad", Run: oldSubscribeBad},
		{Name: "legacy/subscribe filters", Run: oldSubscribeFilters},
		{Name: "legacy/subscribe context", Run: oldSubscribeContext},
		{Name: "legacy/subscribe ends", Run: oldSubscribeEnds},
		{Name: "legacy/subscribe drained", Run: oldSubscribeDrained},
		{Name: "legacy/subscribe auto-unsubscribe", Run: oldAutoUnsubscribe},
		{Name: "legacy/heartbeats and flow control", Run: oldFlowControl},
		{Name: "legacy/heartbeats missed", Run: oldHeartbeatMissed},
		{Name: "legacy/ordered", Run: oldOrdered},
		{Name: "legacy/ordered chan and sync", Run: oldOrderedForms},
		{Name: "legacy/ordered bad", Run: oldOrderedBad},
		{Name: "legacy/acks", Run: oldAcks},
		{Name: "legacy/acks of others", Run: oldAcksOfOthers},
		{Name: "legacy/wrong kinds", Run: oldWrongKinds},
		{Name: "legacy/fetch", Run: oldFetch},
		{Name: "legacy/fetch bad", Run: oldFetchBad},
		{Name: "legacy/fetch contexts", Run: oldFetchContexts},
		{Name: "legacy/fetch limits", Run: oldFetchLimits},
		{Name: "legacy/fetch deleted", Run: oldFetchDeleted},
		{Name: "legacy/fetch ends", Run: oldFetchEnds},
		{Name: "legacy/fetch batch", Run: oldFetchBatch},
		{Name: "legacy/fetch many at once", Run: oldFetchMany},
		{Name: "legacy/fetch of what is there at a drain", Run: oldFetchDrained},
		{Name: "legacy/pull through an import", Run: oldPullImported},
		{Name: "legacy/pull subscribe", Run: oldPullSubscribe},
	}
}

// until asks for a consumer until it is as expected.
func (w *old) untilInfo(what string, s *nats.Subscription, cond func(*nats.ConsumerInfo) bool) *nats.ConsumerInfo {
	w.Helper()
	var info *nats.ConsumerInfo
	w.Until(what, func() bool {
		var err error
		info, err = s.ConsumerInfo()
		return err == nil && cond(info)
	})
	return info
}

func oldSubscribe(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(3)
	got := make(chan *nats.Msg, 10)
	s, err := w.js.Subscribe("s.*", func(m *nats.Msg) { got <- m })
	e.Err("subscribe", err)
	for range 3 {
		m := env.Recv(e, "a message", got)
		e.Log("%s", oldShow(m))
	}
	info := w.untilInfo("the acks", s, func(i *nats.ConsumerInfo) bool { return i.AckFloor.Stream == 3 })
	e.Log("%s bound %v", config(info.Config), info.PushBound)
	n, err := s.InitialConsumerPending()
	e.Err("pending", err)
	e.Log("%d, type %d, valid %v", n, s.Type(), s.IsValid())
	e.Err("unsubscribe", s.Unsubscribe())
	_, err = w.js.ConsumerInfo("S", info.Name)
	e.Err("its consumer", err)
	_, err = w.js.Subscribe("s.*", nil)
	e.Err("no handler", err)
}

func oldSubscribeManual(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(2)
	got := make(chan *nats.Msg, 10)
	s, err := w.js.Subscribe("s.*", func(m *nats.Msg) { got <- m }, nats.ManualAck(), nats.DeliverLast())
	e.Err("subscribe", err)
	m := env.Recv(e, "a message", got)
	e.Log("%s", oldShow(m))
	info := w.untilInfo("one unacknowledged", s, func(i *nats.ConsumerInfo) bool { return i.NumAckPending == 1 })
	e.Log("%d", info.AckFloor.Stream)
	e.Err("ack", m.AckSync())
	e.Err("again", m.Ack())
	e.Err("unsubscribe", s.Unsubscribe())
	e.Err("unsubscribe again", s.Unsubscribe())
}

func oldSubscribeSync(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(3)
	s, err := w.js.SubscribeSync("s.*", nats.AckAll())
	e.Err("subscribe", err)
	for range 3 {
		m, err := s.NextMsg(env.Patience)
		e.Err("next", err)
		e.Log("%s", oldShow(m))
	}
	_, err = s.NextMsg(50 * time.Millisecond)
	e.Err("none", err)
	info, err := s.ConsumerInfo()
	e.Err("info", err)
	e.Log("%s", config(info.Config))
	e.Err("drain", s.Drain())
	e.Until("the end", func() bool { return !s.IsValid() })
	e.Until("the consumer's end", func() bool {
		_, err := w.js.ConsumerInfo("S", info.Name)
		return errors.Is(err, nats.ErrConsumerNotFound)
	})
}

func oldSubscribeChan(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(3)
	ch := make(chan *nats.Msg, 7)
	s, err := w.js.ChanSubscribe("s.*", ch, nats.AckNone())
	e.Err("subscribe", err)
	for range 3 {
		m := env.Recv(e, "a message", ch)
		e.Log("%s", oldShow(m))
		e.Err("ack", m.Ack())
	}
	info, err := s.ConsumerInfo()
	e.Err("info", err)
	e.Log("%s", config(info.Config))
	s2, err := w.js.ChanSubscribe("s.*", ch)
	e.Err("with acks", err)
	info, err = s2.ConsumerInfo()
	e.Err("info", err)
	e.Log("%s", config(info.Config))
	_, err = w.js.ChanSubscribe("s.*", nil)
	e.Err("no channel", err)
	e.Err("unsubscribe", s.Unsubscribe())
}

func oldSubscribeQueue(e *env.Env) {
	w := beginOld(e)
	w.stream()
	a, err := w.js.QueueSubscribeSync("s.*", "q")
	e.Err("first", err)
	b, err := w.js.QueueSubscribeSync("s.*", "q")
	e.Err("second", err)
	info, err := a.ConsumerInfo()
	e.Err("info", err)
	e.Log("%s %q", config(info.Config), b.Queue)
	w.fill(10)
	count := func() int {
		x, _, _ := a.Pending()
		y, _, _ := b.Pending()
		return x + y
	}
	e.Until("all", func() bool { return count() == 10 })
	_, err = w.js.QueueSubscribeSync("s.*", "q2", nats.Durable("q"))
	e.Err("another group", err)
	_, err = w.js.SubscribeSync("s.*", nats.Durable("q"))
	e.Err("no group", err)
	_, err = w.js.QueueSubscribeSync("s.*", "a.b")
	e.Err("a bad name", err)
	_, err = w.js.QueueSubscribeSync("s.*", "a b")
	e.Err("a name with a space", err)
	_, err = w.js.QueueSubscribeSync("s.*", "q3", nats.IdleHeartbeat(time.Second))
	e.Err("heartbeats", err)
	_, err = w.js.QueueSubscribeSync("s.*", "q3", nats.EnableFlowControl())
	e.Err("flow control", err)
	ch := make(chan *nats.Msg, 10)
	_, err = w.js.ChanQueueSubscribe("s.*", "q4", ch)
	e.Err("chan", err)
	e.Log("%s", oldShow(env.Recv(e, "a message", ch)))
	got := make(chan *nats.Msg, 10)
	_, err = w.js.QueueSubscribe("s.*", "q5", func(m *nats.Msg) { got <- m })
	e.Err("handler", err)
	e.Log("%s", oldShow(env.Recv(e, "a message", got)))
	e.Err("unsubscribe the second", b.Unsubscribe())
	_, err = a.ConsumerInfo()
	e.Err("the consumer stays", err)
	e.Err("unsubscribe the first", a.Unsubscribe())
	_, err = w.js.ConsumerInfo("S", "q")
	e.Err("the consumer", err)
}

func oldSubscribeConfigs(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(3)
	at := time.Now().Add(-time.Hour).UTC().Truncate(time.Hour)
	for _, o := range []struct {
		what string
		opts []nats.SubOpt
	}{
		{"deliver all", []nats.SubOpt{nats.DeliverAll()}}, {"deliver last", []nats.SubOpt{nats.DeliverLast()}},
		{"deliver new", []nats.SubOpt{nats.DeliverNew()}}, {"last per subject", []nats.SubOpt{nats.DeliverLastPerSubject()}},
		{"from sequence", []nats.SubOpt{nats.StartSequence(2)}},
		{"explicit", []nats.SubOpt{nats.AckExplicit(), nats.AckWait(time.Minute), nats.MaxAckPending(7)}},
		{"all", []nats.SubOpt{nats.AckAll(), nats.MaxDeliver(3), nats.BackOff([]time.Duration{time.Second, time.Minute})}},
		{"none", []nats.SubOpt{nats.AckNone(), nats.ReplayOriginal(), nats.RateLimit(1 << 20)}},
		{"text", []nats.SubOpt{nats.Description("d"), nats.HeadersOnly(), nats.ReplayInstant()}},
		{"kept", []nats.SubOpt{nats.InactiveThreshold(time.Minute), nats.ConsumerReplicas(1), nats.ConsumerMemoryStorage()}},
		{"beats", []nats.SubOpt{nats.IdleHeartbeat(time.Minute), nats.EnableFlowControl()}},
		{"subject", []nats.SubOpt{nats.DeliverSubject("mine"), nats.Durable("D")}},
		{"name", []nats.SubOpt{nats.ConsumerName("N")}}, {"stream", []nats.SubOpt{nats.BindStream("S")}},
		{"no look-up", []nats.SubOpt{nats.Durable("L"), nats.SkipConsumerLookup()}},
	} {
		s, err := w.js.SubscribeSync("s.>", o.opts...)
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
	s, err := w.js.SubscribeSync("s.>", nats.StartTime(at))
	e.Err("from a time", err)
	info, err := s.ConsumerInfo()
	e.Err("info", err)
	e.Log("%v", info.Config.OptStartTime.Equal(at))
}

func oldSubscribeDurable(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(2)
	s, err := w.js.SubscribeSync("s.*", nats.Durable("D"))
	e.Err("made", err)
	_, err = w.js.SubscribeSync("s.*", nats.Durable("D"))
	e.Err("in use", err)
	e.Err("unsubscribe", s.Unsubscribe())
	_, err = w.js.ConsumerInfo("S", "D")
	e.Err("removed", err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "K", DeliverSubject: "to", AckPolicy: nats.AckExplicitPolicy})
	e.Must(err)
	s, err = w.js.SubscribeSync("s.*", nats.Durable("K"))
	e.Err("without its filter", err)
	e.Err("unsubscribe", s.Unsubscribe())
	s, err = w.js.SubscribeSync("", nats.Durable("K"), nats.BindStream("S"))
	e.Err("found", err)
	if err == nil {
		e.Log("of %s", s.Subject)
		e.Err("unsubscribe", s.Unsubscribe())
	}
	_, err = w.js.ConsumerInfo("S", "K")
	e.Err("kept", err)
	_, err = w.js.SubscribeSync("s.*", nats.Durable("a.b"))
	e.Err("a bad name", err)
	_, err = w.js.SubscribeSync("s.*", nats.Durable("a"), nats.Durable("b"))
	e.Err("two names", err)
}

func oldSubscribeBind(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(2)
	_, err := w.js.SubscribeSync("s.*", nats.Bind("S", "none"))
	e.Err("none", err)
	_, err = w.js.SubscribeSync("s.*", nats.Bind("T", "none"))
	e.Err("no stream", err)
	_, err = w.js.SubscribeSync("s.*", nats.Bind("", "C"))
	e.Err("an empty stream", err)
	_, err = w.js.SubscribeSync("s.*", nats.Bind("S", ""))
	e.Err("an empty consumer", err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "P", AckPolicy: nats.AckExplicitPolicy})
	e.Must(err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "C", DeliverSubject: "to", AckPolicy: nats.AckExplicitPolicy})
	e.Must(err)
	_, err = w.js.SubscribeSync("", nats.Bind("S", "P"))
	e.Err("a pull consumer", err)
	_, err = w.js.PullSubscribe("", "", nats.Bind("S", "C"))
	e.Err("a push consumer", err)
	_, err = w.js.QueueSubscribeSync("", "q", nats.Bind("S", "C"))
	e.Err("a group", err)
	s, err := w.js.SubscribeSync("", nats.Bind("S", "C"))
	e.Err("bind", err)
	m, err := s.NextMsg(env.Patience)
	e.Err("next", err)
	e.Log("%s", oldShow(m))
	w.untilInfo("bound", s, func(i *nats.ConsumerInfo) bool { return i.PushBound })
	_, err = w.js.SubscribeSync("", nats.Bind("S", "C"))
	e.Err("in use", err)
	e.Err("unsubscribe", s.Unsubscribe())
	_, err = w.js.ConsumerInfo("S", "C")
	e.Err("kept", err)
	_, err = w.js.SubscribeSync("", nats.Bind("S", "C"), nats.BindStream("T"))
	e.Err("two streams", err)
	_, err = w.js.SubscribeSync("", nats.Bind("S", "C"), nats.Durable("D"))
	e.Err("two consumers", err)
	_, err = w.js.SubscribeSync("other.>", nats.Bind("S", "C"))
	e.Err("another subject", err)
}

func oldSubscribeMismatch(e *env.Env) {
	w := beginOld(e)
	w.stream()
	_, err := w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "P", AckPolicy: nats.AckExplicitPolicy, FilterSubject: "s.x", MaxDeliver: 3})
	e.Must(err)
	for _, o := range []struct {
		what string
		opts []nats.SubOpt
	}{
		{"the same", nil}, {"deliveries", []nats.SubOpt{nats.MaxDeliver(4)}}, {"policy", []nats.SubOpt{nats.DeliverNew()}},
		{"acks", []nats.SubOpt{nats.AckAll()}}, {"ack wait", []nats.SubOpt{nats.AckWait(time.Hour)}},
		{"backoff", []nats.SubOpt{nats.BackOff([]time.Duration{time.Second})}}, {"description", []nats.SubOpt{nats.Description("x")}},
		{"headers", []nats.SubOpt{nats.HeadersOnly()}}, {"memory", []nats.SubOpt{nats.ConsumerMemoryStorage()}},
		{"waiting", []nats.SubOpt{nats.PullMaxWaiting(7)}}, {"batch", []nats.SubOpt{nats.MaxRequestBatch(7)}},
		{"pending", []nats.SubOpt{nats.MaxAckPending(7)}}, {"replicas", []nats.SubOpt{nats.ConsumerReplicas(1)}},
		{"inactive", []nats.SubOpt{nats.InactiveThreshold(time.Hour)}}, {"original", []nats.SubOpt{nats.ReplayOriginal()}},
		{"sequence", []nats.SubOpt{nats.StartSequence(7)}},
	} {
		s, err := w.js.PullSubscribe("s.x", "P", o.opts...)
		e.Err(o.what, err)
		if err == nil {
			e.Err("unsubscribe", s.Unsubscribe())
		} else {
			e.Log("%s", err)
		}
	}
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "Z", AckPolicy: nats.AckAllPolicy, DeliverPolicy: nats.DeliverNewPolicy, ReplayPolicy: nats.ReplayOriginalPolicy, FilterSubject: "s.x"})
	e.Must(err)
	for _, o := range []struct {
		what string
		opt  nats.SubOpt
	}{
		{"all of them", nats.DeliverAll()}, {"no acks", nats.AckNone()}, {"at once", nats.ReplayInstant()},
		{"as it is", nats.DeliverNew()}, {"acks as they are", nats.AckAll()}, {"replayed as it is", nats.ReplayOriginal()},
	} {
		s, err := w.js.PullSubscribe("s.x", "Z", o.opt)
		e.Err(o.what, err)
		if err == nil {
			e.Err("unsubscribe", s.Unsubscribe())
		} else {
			e.Log("%s", err)
		}
	}
	for _, c := range []struct {
		what string
		cfg  nats.ConsumerConfig
	}{
		{"nothing said", nats.ConsumerConfig{}},
		{"all but acks", nats.ConsumerConfig{DeliverPolicy: nats.DeliverNewPolicy, ReplayPolicy: nats.ReplayOriginalPolicy}},
		{"all but delivery", nats.ConsumerConfig{AckPolicy: nats.AckAllPolicy, ReplayPolicy: nats.ReplayOriginalPolicy}},
		{"all but replay", nats.ConsumerConfig{AckPolicy: nats.AckAllPolicy, DeliverPolicy: nats.DeliverNewPolicy}},
		{"all", nats.ConsumerConfig{AckPolicy: nats.AckAllPolicy, DeliverPolicy: nats.DeliverNewPolicy, ReplayPolicy: nats.ReplayOriginalPolicy}},
	} {
		c.cfg.Durable = "Z"
		_, err = w.js.AddConsumer("S", &c.cfg)
		e.Err(c.what, err)
	}
	_, err = w.js.PullSubscribe("s.y", "P")
	e.Err("subject", err)
	_, err = w.js.PullSubscribe("s.>", "P")
	e.Err("more subjects", err)
	_, err = w.js.SubscribeSync("s.x", nats.Durable("P"))
	e.Err("push", err)
}

func oldSubscribeBad(e *env.Env) {
	w := beginOld(e)
	w.stream()
	_, err := w.js.SubscribeSync("none.x")
	e.Err("no stream", err)
	_, err = w.js.SubscribeSync("")
	e.Err("no subject", err)
	_, err = w.js.SubscribeSync("s.x", nats.InactiveThreshold(-1))
	e.Err("negative threshold", err)
	_, err = w.js.SubscribeSync("s.x", nats.ConsumerReplicas(0))
	e.Err("no replicas", err)
	_, err = w.js.SubscribeSync("s.x", nats.EnableFlowControl())
	e.Err("flow control without heartbeats", err)
	_, err = w.js.SubscribeSync("s.x", nats.BindStream("T"))
	e.Err("a stream that isn't there", err)
	_, err = w.js.SubscribeSync("other", nats.BindStream("S"))
	e.Err("a subject of another", err)
	_, err = w.js.PullSubscribe("s.x", "", nats.IdleHeartbeat(time.Second))
	e.Err("a pull with heartbeats", err)
	_, err = w.js.PullSubscribe("s.x", "a.b")
	e.Err("a bad durable", err)
	_, err = w.js.PullSubscribe("s.x", "P", nats.DeliverSubject("x"))
	e.Err("a pull that delivers", err)
	e.Log("%d subscriptions", w.nc.NumSubscriptions())
}

func oldSubscribeFilters(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(4)
	s, err := w.js.SubscribeSync("", nats.BindStream("S"), nats.ConsumerFilterSubjects("s.1", "s.3"))
	e.Err("two", err)
	for range 2 {
		m, err := s.NextMsg(env.Patience)
		e.Err("next", err)
		e.Log("%s", oldShow(m))
	}
	info, err := s.ConsumerInfo()
	e.Err("info", err)
	e.Log("%s", config(info.Config))
	_, err = w.js.SubscribeSync("", nats.ConsumerFilterSubjects("s.1", "s.3"))
	e.Err("without a stream", err)
	p, err := w.js.PullSubscribe("", "P", nats.BindStream("S"), nats.ConsumerFilterSubjects("s.1", "s.3"))
	e.Err("pull", err)
	msgs, err := p.Fetch(2)
	e.Err("fetch", err)
	e.Log("%d", len(msgs))
	_, err = w.js.PullSubscribe("", "P", nats.BindStream("S"), nats.ConsumerFilterSubjects("s.3", "s.1"))
	e.Err("in another order", err)
	_, err = w.js.PullSubscribe("", "P", nats.BindStream("S"), nats.ConsumerFilterSubjects("s.1", "s.2"))
	e.Err("others", err)
}

func oldSubscribeContext(e *env.Env) {
	w := beginOld(e)
	w.stream()
	ctx, cancel := context.WithCancel(w.ctx)
	s, err := w.js.SubscribeSync("s.x", nats.Context(ctx))
	e.Err("subscribe", err)
	info, err := s.ConsumerInfo()
	e.Err("info", err)
	cancel()
	e.Until("the end", func() bool { return !s.IsValid() })
	e.Until("the consumer's end", func() bool {
		_, err := w.js.ConsumerInfo("S", info.Name)
		return errors.Is(err, nats.ErrConsumerNotFound)
	})
	_, err = w.js.SubscribeSync("s.x", nats.Context(ctx))
	e.Err("canceled before", err)
	e.Log("done")
}

func oldSubscribeEnds(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(5)
	got := 0
	done := make(chan string, 1)
	s, err := w.js.Subscribe("s.*", func(*nats.Msg) { got++ })
	e.Err("subscribe", err)
	s.SetClosedHandler(func(string) { done <- "closed" })
	info := w.untilInfo("all", s, func(i *nats.ConsumerInfo) bool { return i.AckFloor.Stream == 5 })
	e.Err("drain", s.Drain())
	e.Log("%s with %d", env.Recv(e, "the end", done), got)
	e.Until("the consumer's end", func() bool {
		_, err := w.js.ConsumerInfo("S", info.Name)
		return errors.Is(err, nats.ErrConsumerNotFound)
	})
	_, err = s.NextMsg(time.Millisecond)
	e.Err("next of it", err)
	s, err = w.js.SubscribeSync("s.*", nats.Durable("D"))
	e.Err("subscribe", err)
	w.nc.Close()
	_, err = s.NextMsg(time.Second)
	e.Err("next of a closed one", err)
	_, err = s.ConsumerInfo()
	e.Err("info of a closed one", err)
	_, err = w.js.SubscribeSync("s.*")
	e.Err("subscribe on a closed one", err)
}

// oldSubscribeDrained: what a connection made is gone when it has drained.
func oldSubscribeDrained(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(3)
	closed := make(chan bool, 1)
	nc, err := nats.Connect(w.nc.ConnectedUrl(), nats.ClosedHandler(func(*nats.Conn) { closed <- true }))
	e.Must(err)
	js, err := nc.JetStream()
	e.Must(err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "K", AckPolicy: nats.AckExplicitPolicy})
	e.Must(err)
	for range 3 {
		_, err = js.Subscribe("s.1", func(*nats.Msg) {})
		e.Must(err)
	}
	_, err = js.SubscribeSync("s.>", nats.Durable("D"), nats.DeliverNew())
	e.Must(err)
	_, err = js.PullSubscribe("s.2", "")
	e.Must(err)
	_, err = js.SubscribeSync("s.>", nats.OrderedConsumer(), nats.DeliverNew())
	e.Must(err)
	_, err = js.PullSubscribe("", "K", nats.BindStream("S"))
	e.Must(err)
	e.Err("drain", nc.Drain())
	env.Recv(e, "the end", closed)
	for name := range w.js.ConsumerNames("S") {
		e.Log("left: %s", name)
	}
}

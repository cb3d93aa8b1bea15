package scenarios

import (
	"context"
	"time"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func publishing() []env.Scenario {
	return []env.Scenario{
		{Name: "publish/acknowledged", Run: publishAcks},
		{Name: "publish/expectations", Run: publishExpectations},
		{Name: "publish/no stream", Run: publishNoStream},
		{Name: "publish/refused", Run: publishRefused},
		{Name: "publish/headers of the message", Run: publishHeaders},
		{Name: "publish/bad options", Run: publishBadOptions},
		{Name: "publish/schedules", Run: publishSchedules},
		{Name: "publish/async", Run: publishAsync},
		{Name: "publish/async handlers", Run: publishAsyncHandlers},
		{Name: "publish/async stalled", Run: publishAsyncStalled},
		{Name: "publish/async cleanup", Run: publishAsyncCleanup},
		{Name: "publish/async disconnected", Run: publishAsyncDisconnected},
	}
}

func publishAcks(e *env.Env) {
	w := begin(e)
	w.stream()
	a, err := w.js.Publish(w.ctx, "s.a", []byte("one"))
	e.Err("one", err)
	e.Log("%s", ack(a))
	a, err = w.js.PublishMsg(w.ctx, &nats.Msg{Subject: "s.a", Data: []byte("two"), Header: nats.Header{"K": {"v"}}})
	e.Err("two", err)
	e.Log("%s", ack(a))
	for range 2 {
		a, err = w.js.Publish(w.ctx, "s.a", nil, jetstream.WithMsgID("an id"))
		e.Err("with an id", err)
		e.Log("%s", ack(a))
	}
	_, err = w.js.Publish(w.ctx, "", nil)
	e.Err("no subject", err)
}

func publishExpectations(e *env.Env) {
	w := begin(e)
	w.stream()
	try := func(what string, opts ...jetstream.PublishOpt) {
		a, err := w.js.Publish(w.ctx, "s.a", nil, opts...)
		e.Log("%s: %v, %s", what, err == nil, ack(a))
	}
	try("first", jetstream.WithExpectLastSequence(0), jetstream.WithMsgID("1"))
	try("stream", jetstream.WithExpectStream("S"))
	try("another stream", jetstream.WithExpectStream("T"))
	try("last", jetstream.WithExpectLastSequence(2))
	try("wrong last", jetstream.WithExpectLastSequence(2))
	try("last of the subject", jetstream.WithExpectLastSequencePerSubject(3))
	try("wrong last of the subject", jetstream.WithExpectLastSequencePerSubject(3))
	try("last of another", jetstream.WithExpectLastSequenceForSubject(0, "s.b"))
	try("wrong last of another", jetstream.WithExpectLastSequenceForSubject(7, "s.b"))
	try("id", jetstream.WithMsgID("2"))
	try("last id", jetstream.WithExpectLastMsgID("2"))
	try("wrong last id", jetstream.WithExpectLastMsgID("3"))
	try("twice, and the last", jetstream.WithMsgID("2"), jetstream.WithExpectLastSequence(1))
}

func publishNoStream(e *env.Env) {
	w := begin(e)
	_, err := w.js.Publish(w.ctx, "nobody", nil)
	e.Err("sync", err)
	_, err = w.js.Publish(w.ctx, "nobody", nil, jetstream.WithRetryAttempts(1), jetstream.WithRetryWait(10*time.Millisecond))
	e.Err("sync, one retry", err)
	f, err := w.js.PublishAsync("nobody", nil)
	e.Err("async", err)
	e.Err("its future", env.Recv(e, "the error", f.Err()))
	_, err = w.nc.SubscribeSync("somebody")
	e.Must(err)
	ctx, cancel := context.WithTimeout(w.ctx, 100*time.Millisecond)
	defer cancel()
	_, err = w.js.Publish(ctx, "somebody", nil)
	e.Err("nobody answers", err)
}

func publishRefused(e *env.Env) {
	w := begin(e)
	w.stream(func(c *jetstream.StreamConfig) { c.MaxMsgSize = 10 })
	_, err := w.js.Publish(w.ctx, "s.a", make([]byte, 100))
	e.Err("too large", err)
	f, err := w.js.PublishAsync("s.a", make([]byte, 100))
	e.Err("async", err)
	e.Err("its future", env.Recv(e, "the error", f.Err()))
	sub, err := w.nc.Subscribe("fake", func(m *nats.Msg) { m.Respond([]byte("nonsense")) })
	e.Must(err)
	defer sub.Unsubscribe()
	_, err = w.js.Publish(w.ctx, "fake", nil)
	e.Log("nonsense: %v", err != nil)
}

func publishHeaders(e *env.Env) {
	w := begin(e)
	s := w.stream(func(c *jetstream.StreamConfig) { c.AllowMsgTTL, c.AllowRollup = true, true })
	m := nats.NewMsg("s.a")
	m.Header.Set("K", "v")
	_, err := w.js.PublishMsg(w.ctx, m, jetstream.WithMsgID("1"), jetstream.WithMsgTTL(time.Hour))
	e.Err("publish", err)
	e.Log("%d %s %s", len(m.Header), m.Header.Get("Nats-Msg-Id"), m.Header.Get("Nats-TTL"))
	raw, err := s.GetMsg(w.ctx, 1)
	e.Must(err)
	e.Log("%d %s %s %s", len(raw.Header), raw.Header.Get("Nats-Msg-Id"), raw.Header.Get("Nats-TTL"), raw.Header.Get("K"))
	m = &nats.Msg{Subject: "s.a"}
	f, err := w.js.PublishMsgAsync(m, jetstream.WithExpectStream("S"))
	e.Err("async", err)
	e.Log("%s", ack(env.Recv(e, "the ack", f.Ok())))
	e.Log("the same %v, %s", f.Msg() == m, m.Header.Get("Nats-Expected-Stream"))
	e.Log("%q %q", f.Msg().Reply, m.Reply)
}

func publishBadOptions(e *env.Env) {
	w := begin(e)
	w.stream()
	for what, opt := range map[string]jetstream.PublishOpt{
		"stall":          jetstream.WithStallWait(time.Second),
		"negative stall": jetstream.WithStallWait(-1),
		"every":          jetstream.WithScheduleEvery(time.Millisecond),
	} {
		_, err := w.js.Publish(w.ctx, "s.a", nil, opt)
		e.On(what).Err("sync", err)
	}
	_, err := w.js.PublishMsgAsync(&nats.Msg{Subject: "s.a", Reply: "r"})
	e.Err("a reply", err)
	_, err = w.js.PublishAsync("s.a", nil, jetstream.WithStallWait(-1))
	e.Err("negative stall", err)
	for what, opt := range map[string]jetstream.JetStreamOpt{
		"pending": jetstream.WithPublishAsyncMaxPending(0), "timeout": jetstream.WithDefaultTimeout(0),
	} {
		_, err := jetstream.New(w.nc, opt)
		e.On(what).Log("refused %v", err != nil)
	}
}

func publishSchedules(e *env.Env) {
	w := begin(e)
	s := w.stream(func(c *jetstream.StreamConfig) { c.AllowMsgSchedules, c.AllowMsgTTL, c.AllowRollup = true, true, true })
	at := time.Date(2050, 1, 2, 3, 4, 5, 0, time.FixedZone("x", 3600))
	for what, opts := range map[string][]jetstream.PublishOpt{
		"at":    {jetstream.WithScheduleAt(at), jetstream.WithScheduleTarget("s.t1"), jetstream.WithScheduleTTL(time.Minute)},
		"every": {jetstream.WithScheduleEvery(time.Hour), jetstream.WithScheduleTarget("s.t2"), jetstream.WithScheduleTTLNever(), jetstream.WithScheduleRollup()},
		"cron":  {jetstream.WithScheduleCron(jetstream.ScheduleYearly), jetstream.WithScheduleTarget("s.t3"), jetstream.WithScheduleTimeZone("Europe/Berlin"), jetstream.WithScheduleSource("s.src")},
	} {
		on := e.On(what)
		m := &nats.Msg{Subject: "s.sched." + what, Data: []byte("x")}
		_, err := w.js.PublishMsg(w.ctx, m, opts...)
		on.Err("publish", err)
		on.Log("%v", m.Header)
	}
	_, err := s.Info(w.ctx)
	e.Err("info", err)
	_, err = w.js.Publish(w.ctx, "s.bad", nil, jetstream.WithScheduleCron("nonsense"), jetstream.WithScheduleTarget("s.t4"))
	e.Err("nonsense", err)
}

func publishAsync(e *env.Env) {
	w := begin(e)
	w.stream()
	<-w.js.PublishAsyncComplete()
	var all []jetstream.PubAckFuture
	for i := range 5 {
		f, err := w.js.PublishAsync("s.a", []byte{byte('0' + i)}, jetstream.WithMsgID(string(rune('a'+i/2))))
		e.Err("publish", err)
		all = append(all, f)
	}
	<-w.js.PublishAsyncComplete()
	e.Log("%d pending", w.js.PublishAsyncPending())
	for _, f := range all {
		e.Log("%s of %s %q", ack(env.Recv(e, "the ack", f.Ok())), f.Msg().Subject, f.Msg().Data)
		select {
		case err := <-f.Err():
			e.Err("also", err)
		default:
		}
	}
}

func publishAsyncHandlers(e *env.Env) {
	done := make(chan struct{}, 10)
	w := begin(e,
		jetstream.WithPublishAsyncAckHandler(func(_ jetstream.JetStream, m *nats.Msg, a *jetstream.PubAck) {
			e.On("acks").Log("%q %s", m.Data, ack(a))
			done <- struct{}{}
		}),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, m *nats.Msg, err error) {
			e.On("errors").Err(string(m.Data), err)
			done <- struct{}{}
		}))
	w.stream()
	for _, subject := range []string{"s.a", "nobody", "s.b"} {
		_, err := w.js.PublishAsync(subject, []byte(subject))
		e.Err("publish", err)
	}
	for range 3 {
		env.Recv(e, "a call", done)
	}
}

func publishAsyncStalled(e *env.Env) {
	w := begin(e, jetstream.WithPublishAsyncMaxPending(2), jetstream.WithPublishAsyncTimeout(time.Second))
	_, err := w.nc.SubscribeSync("quiet")
	e.Must(err)
	var last jetstream.PubAckFuture
	for range 3 {
		f, err := w.js.PublishAsync("quiet", nil, jetstream.WithStallWait(20*time.Millisecond))
		e.Err("publish", err)
		if err == nil {
			last = f
		}
	}
	e.Log("%d pending", w.js.PublishAsyncPending())
	e.Err("the second", env.Recv(e, "the error", last.Err()))
	<-w.js.PublishAsyncComplete()
}

func publishAsyncCleanup(e *env.Env) {
	w := begin(e)
	w.stream()
	_, err := w.nc.SubscribeSync("quiet")
	e.Must(err)
	w.js.CleanupPublisher()
	f, err := w.js.PublishAsync("quiet", nil)
	e.Err("publish", err)
	done := w.js.PublishAsyncComplete()
	w.js.CleanupPublisher()
	e.Err("given up", env.Recv(e, "the error", f.Err()))
	<-done
	f, err = w.js.PublishAsync("s.a", nil)
	e.Err("publish again", err)
	e.Log("%s", ack(env.Recv(e, "the ack", f.Ok())))
}

func publishAsyncDisconnected(e *env.Env) {
	w := begin(e)
	_, err := w.nc.SubscribeSync("quiet")
	e.Must(err)
	f, err := w.js.PublishAsync("quiet", nil)
	e.Err("publish", err)
	e.Must(w.nc.Flush())
	e.Must(w.nc.ForceReconnect())
	e.Err("without an id", env.Recv(e, "the error", f.Err()))
	e.Until("the link", w.nc.IsConnected)
	e.Must(w.nc.Flush())
	f, err = w.js.PublishAsync("quiet", nil, jetstream.WithMsgID("x"))
	e.Err("publish", err)
	e.Must(w.nc.Flush())
	e.Must(w.nc.ForceReconnect())
	select {
	case err := <-f.Err():
		e.Err("with an id", err)
	case <-time.After(500 * time.Millisecond):
		e.Log("with an id it is still under way")
	}
	w.js.CleanupPublisher()
}

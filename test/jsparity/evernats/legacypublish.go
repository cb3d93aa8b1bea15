package scenarios

import (
	"context"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func legacyPublishing() []env.Scenario {
	return []env.Scenario{
		{Name: "legacy/publish", Run: oldPublish},
		{Name: "legacy/publish without a stream", Run: oldPublishNoStream},
		{Name: "legacy/publish bad options", Run: oldPublishBad},
		{Name: "legacy/publish no acknowledgement", Run: oldPublishNonsense},
		{Name: "legacy/publish expectations", Run: oldPublishExpect},
		{Name: "legacy/publish ttl", Run: oldPublishTTL},
		{Name: "legacy/async", Run: oldAsync},
		{Name: "legacy/async bad", Run: oldAsyncBad},
		{Name: "legacy/async stalled", Run: oldAsyncStalled},
		{Name: "legacy/async without a stream", Run: oldAsyncNoStream},
		{Name: "legacy/async error handler", Run: oldAsyncHandler},
		{Name: "legacy/async cleanup", Run: oldAsyncCleanup},
		{Name: "legacy/async timeout", Run: oldAsyncTimeout},
		{Name: "legacy/async disconnected", Run: oldAsyncDisconnected},
		{Name: "legacy/async closed", Run: oldAsyncClosed},
	}
}

func oldPublish(e *env.Env) {
	w := beginOld(e)
	w.stream()
	a, err := w.js.Publish("s.a", []byte("x"))
	e.Err("publish", err)
	e.Log("%s", oldAck(a))
	a, err = w.js.PublishMsg(&nats.Msg{Subject: "s.b", Data: []byte("y"), Header: nats.Header{"K": {"v"}}})
	e.Err("publish msg", err)
	e.Log("%s", oldAck(a))
	for range 2 {
		a, err = w.js.Publish("s.c", nil, nats.MsgId("1"))
		e.Err("with an id", err)
		e.Log("%s", oldAck(a))
	}
	m := &nats.Msg{Subject: "s.d", Header: nats.Header{"K": {"v"}}}
	_, err = w.js.PublishMsg(m, nats.MsgId("2"))
	e.Err("with an id of options", err)
	e.Log("%v", m.Header)
	_, err = w.js.Publish("s.e", nil, nats.Context(w.ctx))
	e.Err("with a context", err)
	_, err = w.js.Publish("s.e", nil, nats.AckWait(time.Second))
	e.Err("with a wait", err)
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_, err = w.js.Publish("s.e", nil, nats.Context(ctx))
	e.Err("canceled", err)
	_, err = w.js.PublishMsg(nil)
	e.Err("nothing", err)
	_, err = w.js.Publish("", nil)
	e.Err("no subject", err)
	_, err = w.js.Publish("a b", nil)
	e.Err("a bad subject", err)
}

func oldPublishNoStream(e *env.Env) {
	w := beginOld(e)
	begin := time.Now()
	_, err := w.js.Publish("none.x", nil)
	e.Err("by default", err)
	e.Log("about half a second: %v", time.Since(begin) > 400*time.Millisecond && time.Since(begin) < 3*time.Second)
	begin = time.Now()
	_, err = w.js.Publish("none.x", nil, nats.RetryAttempts(0))
	e.Err("once", err)
	_, err = w.js.Publish("none.x", nil, nats.RetryAttempts(3), nats.RetryWait(time.Millisecond))
	e.Err("soon", err)
	e.Log("at once: %v", time.Since(begin) < time.Second)
}

func oldPublishBad(e *env.Env) {
	w := beginOld(e)
	w.stream()
	_, err := w.js.Publish("s.a", nil, nats.Context(w.ctx), nats.AckWait(time.Second))
	e.Err("both", err)
	_, err = w.js.Publish("s.a", nil, nats.StallWait(time.Second))
	e.Err("stall", err)
	_, err = w.js.PublishAsync("s.a", nil, nats.StallWait(0))
	e.Err("no stall", err)
	_, err = w.js.PublishAsync("s.a", nil, nats.StallWait(-1))
	e.Err("negative", err)
}

func oldPublishNonsense(e *env.Env) {
	w := beginOld(e)
	answer := "x"
	_, err := w.nc.Subscribe("raw.x", func(m *nats.Msg) { m.Respond([]byte(answer)) })
	e.Must(err)
	for _, answer = range []string{"", "x", "{}", "null", `{"stream":"","seq":1}`, `{"stream":"S","seq":1}`, `{"error":{"code":500,"err_code":1,"description":"d"}}`} {
		a, err := w.js.Publish("raw.x", nil)
		e.Err("answer "+answer, err)
		e.Log("%s %s", oldAck(a), oldCode(err))
	}
	_, err = w.nc.Subscribe("silent.x", func(*nats.Msg) {})
	e.Must(err)
	_, err = w.js.Publish("silent.x", nil, nats.AckWait(100*time.Millisecond))
	e.Err("no answer", err)
	ctx, cancel := context.WithTimeout(w.ctx, 100*time.Millisecond)
	defer cancel()
	_, err = w.js.Publish("silent.x", nil, nats.Context(ctx))
	e.Err("no answer in a context", err)
}

func oldPublishExpect(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(2)
	for _, o := range []struct {
		what string
		opt  nats.PubOpt
	}{
		{"stream", nats.ExpectStream("S")}, {"another stream", nats.ExpectStream("T")},
		{"sequence", nats.ExpectLastSequence(3)}, {"another sequence", nats.ExpectLastSequence(99)},
		{"of subject", nats.ExpectLastSequencePerSubject(4)}, {"another of subject", nats.ExpectLastSequencePerSubject(1)},
		{"id", nats.ExpectLastMsgId("")}, {"another id", nats.ExpectLastMsgId("x")},
	} {
		a, err := w.js.Publish("s.x", nil, o.opt)
		e.Err(o.what, err)
		e.Log("%s %s", oldAck(a), oldCode(err))
	}
}

func oldPublishTTL(e *env.Env) {
	w := beginOld(e)
	w.stream()
	_, err := w.js.Publish("s.x", nil, nats.MsgTTL(time.Minute))
	e.Err("not allowed", err)
	e.Log("%s", oldCode(err))
	_, err = w.js.AddStream(&nats.StreamConfig{Name: "T", Subjects: []string{"t.x"}, AllowMsgTTL: true})
	e.Must(err)
	_, err = w.js.Publish("t.x", nil, nats.MsgTTL(time.Minute))
	e.Err("allowed", err)
	m, err := w.js.GetLastMsg("T", "t.x")
	e.Err("get", err)
	e.Log("%v", m.Header)
}

func future(e *env.Env, what string, f nats.PubAckFuture, err error) {
	e.Err(what, err)
	if err != nil {
		return
	}
	select {
	case a := <-f.Ok():
		e.Log("%s", oldAck(a))
	case err := <-f.Err():
		e.Err("future", err)
	case <-time.After(env.Patience):
		e.Log("nothing")
	}
}

func oldAsync(e *env.Env) {
	w := beginOld(e)
	w.stream()
	f, err := w.js.PublishAsync("s.a", []byte("x"))
	future(e, "async", f, err)
	e.Log("%s %q", f.Msg().Subject, f.Msg().Data)
	m := nats.NewMsg("s.b")
	f, err = w.js.PublishMsgAsync(m, nats.MsgId("1"))
	future(e, "async msg", f, err)
	e.Log("%v %v", f.Msg() == m, m.Header)
	f, err = w.js.PublishAsync("s.c", nil, nats.MsgId("1"))
	future(e, "duplicate", f, err)
	for range 10 {
		_, err = w.js.PublishAsync("s.c", nil)
		e.Must(err)
	}
	isClosed(e, "all of them", w.js.PublishAsyncComplete())
	e.Log("%d", w.js.PublishAsyncPending())
	f, err = w.js.PublishAsync("s.c", nil, nats.ExpectLastSequence(99))
	future(e, "refused", f, err)
	f, err = w.js.PublishAsync("none.x", nil)
	future(e, "no stream", f, err)
	f, err = w.js.PublishAsync("none.x", nil, nats.RetryAttempts(0))
	future(e, "no stream, once", f, err)
}

func oldAsyncBad(e *env.Env) {
	w := beginOld(e)
	w.stream()
	_, err := w.js.PublishMsgAsync(&nats.Msg{Subject: "s.x", Reply: "r"})
	e.Err("reply", err)
	_, err = w.js.PublishAsync("s.x", nil, nats.Context(w.ctx))
	e.Err("context", err)
	_, err = w.js.PublishAsync("s.x", nil, nats.AckWait(time.Second))
	e.Err("wait", err)
	_, err = w.js.PublishAsync("", nil)
	e.Err("no subject", err)
	_, err = w.js.PublishAsync("s.x", nil, nats.RetryAttempts(-1))
	e.Err("attempts without end", err)
	_, err = w.js.Publish("s.x", nil, nats.RetryAttempts(-1))
	e.Err("sync attempts without end", err)
	e.Log("%d", w.js.PublishAsyncPending())
}

func oldAsyncStalled(e *env.Env) {
	w := beginOld(e, nats.PublishAsyncMaxPending(2))
	_, err := w.js.AddStream(&nats.StreamConfig{Name: "S", Subjects: []string{"s.>"}, NoAck: true})
	e.Must(err)
	for range 2 {
		_, err := w.js.PublishAsync("s.x", nil)
		e.Err("async", err)
	}
	e.Log("%d", w.js.PublishAsyncPending())
	begin := time.Now()
	_, err = w.js.PublishAsync("s.x", nil)
	e.Err("one more", err)
	_, err = w.js.PublishAsync("s.x", nil, nats.StallWait(50*time.Millisecond))
	e.Err("and another", err)
	e.Log("%v", time.Since(begin) > 200*time.Millisecond)
}

// oldAsyncNoStream: what no stream takes makes room at once for what comes behind it.
func oldAsyncNoStream(e *env.Env) {
	w := beginOld(e, nats.PublishAsyncMaxPending(3))
	for range 30 {
		_, err := w.js.PublishAsync("none.x", nil)
		e.Must(err)
	}
	isClosed(e, "all of them", w.js.PublishAsyncComplete())
	e.Log("%d", w.js.PublishAsyncPending())
}

func oldAsyncHandler(e *env.Env) {
	told := make(chan string, 10)
	w := beginOld(e, nats.PublishAsyncErrHandler(func(js nats.JetStream, m *nats.Msg, err error) {
		e.On("handler").Err(m.Subject, err)
		told <- m.Subject
	}))
	w.stream()
	f, err := w.js.PublishAsync("none.x", nil, nats.RetryAttempts(0))
	future(e, "no stream", f, err)
	env.Recv(e, "the handler", told)
	f, err = w.js.PublishAsync("s.x", nil, nats.ExpectStream("T"))
	future(e, "refused", f, err)
	env.Recv(e, "the handler", told)
}

func oldAsyncCleanup(e *env.Env) {
	w := beginOld(e)
	_, err := w.js.AddStream(&nats.StreamConfig{Name: "N", Subjects: []string{"n.>"}, NoAck: true})
	e.Must(err)
	w.stream()
	f, err := w.js.PublishAsync("n.x", nil)
	e.Err("async", err)
	w.js.CleanupPublisher()
	future(e, "given up", f, nil)
	e.Log("%d", w.js.PublishAsyncPending())
	f, err = w.js.PublishAsync("s.x", nil)
	future(e, "afterwards", f, err)
}

func oldAsyncTimeout(e *env.Env) {
	w := beginOld(e, nats.PublishAsyncTimeout(100*time.Millisecond))
	_, err := w.js.AddStream(&nats.StreamConfig{Name: "N", Subjects: []string{"n.>"}, NoAck: true})
	e.Must(err)
	f, err := w.js.PublishAsync("n.x", nil)
	future(e, "async", f, err)
	isClosed(e, "all", w.js.PublishAsyncComplete())
	e.Log("%d", w.js.PublishAsyncPending())
}

func oldAsyncDisconnected(e *env.Env) {
	w := beginOld(e)
	_, err := w.js.AddStream(&nats.StreamConfig{Name: "N", Subjects: []string{"n.>"}, NoAck: true})
	e.Must(err)
	f, err := w.js.PublishAsync("n.x", nil)
	e.Err("async", err)
	e.Must(w.nc.Flush())
	w.s.CutClients()
	future(e, "without an id", f, nil)
	e.Until("the connection", w.nc.IsConnected)
	f, err = w.js.PublishAsync("n.x", nil, nats.MsgId("1"))
	e.Err("async", err)
	e.Must(w.nc.Flush())
	w.s.CutClients()
	select {
	case err := <-f.Err():
		e.Err("with an id", err)
	case <-time.After(2 * time.Second):
		e.Log("with an id it is still under way")
	}
}

func oldAsyncClosed(e *env.Env) {
	w := beginOld(e)
	_, err := w.js.AddStream(&nats.StreamConfig{Name: "N", Subjects: []string{"n.>"}, NoAck: true})
	e.Must(err)
	_, err = w.js.PublishAsync("n.x", nil)
	e.Err("async", err)
	w.nc.Close()
	_, err = w.js.PublishAsync("n.x", nil)
	e.Err("afterwards", err)
	_, err = w.js.Publish("n.x", nil)
	e.Err("sync", err)
}

// isClosed waits until a channel is closed.
func isClosed(e *env.Env, what string, ch <-chan struct{}) {
	e.Helper()
	select {
	case <-ch:
	case <-time.After(env.Patience):
		e.Log("%s: in vain", what)
	}
}

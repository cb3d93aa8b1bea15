package scenarios

import (
	"context"
	"fmt"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func pushing() []env.Scenario {
	return []env.Scenario{
		{Name: "push/made", Run: pushMade},
		{Name: "push/refused", Run: pushRefused},
		{Name: "push/pull and push", Run: pushAndPull},
		{Name: "push/consume", Run: pushConsume},
		{Name: "push/one at a time", Run: pushOne},
		{Name: "push/two handles", Run: pushTwo},
		{Name: "push/group", Run: pushGroup},
		{Name: "push/drain and stop", Run: pushEnds},
		{Name: "push/words", Run: pushWords},
		{Name: "push/heartbeats missed", Run: pushMissed},
		{Name: "push/deleted", Run: pushDeleted},
		{Name: "push/made anew", Run: pushAnew},
		{Name: "push/flow control", Run: pushFlow},
		{Name: "push/what others publish", Run: pushForeign},
		{Name: "push/headers only", Run: pushHeaders},
		{Name: "push/connection closed", Run: pushClosed},
		{Name: "push/restart", Run: pushRestart},
	}
}

func (w *world) push(change ...func(*jetstream.ConsumerConfig)) jetstream.PushConsumer {
	w.Helper()
	cfg := jetstream.ConsumerConfig{Durable: "C", DeliverSubject: "to.c"}
	for _, f := range change {
		f(&cfg)
	}
	c, err := w.js.CreatePushConsumer(w.ctx, "S", cfg)
	w.Must(err)
	return c
}

// collect consumes: messages come by the channel, acknowledged, errors into the lane.
func collect(w *world, c jetstream.PushConsumer) (jetstream.ConsumeContext, chan jetstream.Msg) {
	w.Helper()
	got := make(chan jetstream.Msg, 1000)
	cc, err := c.Consume(func(m jetstream.Msg) {
		m.Ack()
		got <- m
	}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { w.On("errors").Err("told", err) }))
	w.Must(err)
	w.Cleanup(cc.Stop)
	return cc, got
}

func pushMade(e *env.Env) {
	w := begin(e)
	st := w.stream()
	cfg := jetstream.ConsumerConfig{Durable: "C", DeliverSubject: "to.c"}
	for what, f := range []func() (jetstream.PushConsumer, error){
		func() (jetstream.PushConsumer, error) { return st.UpdatePushConsumer(w.ctx, cfg) },
		func() (jetstream.PushConsumer, error) { return st.PushConsumer(w.ctx, "C") },
		func() (jetstream.PushConsumer, error) { return st.CreatePushConsumer(w.ctx, cfg) },
		func() (jetstream.PushConsumer, error) { return w.js.CreatePushConsumer(w.ctx, "S", cfg) },
		func() (jetstream.PushConsumer, error) { return w.js.PushConsumer(w.ctx, "S", "C") },
		func() (jetstream.PushConsumer, error) {
			cfg.Description = "changed"
			return w.js.CreatePushConsumer(w.ctx, "S", cfg)
		},
		func() (jetstream.PushConsumer, error) { return w.js.UpdatePushConsumer(w.ctx, "S", cfg) },
		func() (jetstream.PushConsumer, error) { return st.CreateOrUpdatePushConsumer(w.ctx, cfg) },
		func() (jetstream.PushConsumer, error) {
			return w.js.CreateOrUpdatePushConsumer(w.ctx, "S", jetstream.ConsumerConfig{Name: "E", DeliverSubject: "to.e", IdleHeartbeat: time.Second, FlowControl: true})
		},
	} {
		c, err := f()
		e.Err(fmt.Sprint(what), err)
		if err == nil {
			i := c.CachedInfo()
			e.Log("%s %s %q %q %v %v", i.Stream, i.Name, i.Config.Description, i.Config.DeliverSubject, i.Config.IdleHeartbeat, i.Config.FlowControl)
			i, err = c.Info(w.ctx)
			e.Err("info", err)
			e.Log("%s %v", i.Name, i.PushBound)
		}
	}
	c, err := st.CreatePushConsumer(w.ctx, jetstream.ConsumerConfig{DeliverSubject: "to.n"})
	e.Err("without a name", err)
	e.Log("has a name: %v", c.CachedInfo().Name != "")
}

func pushRefused(e *env.Env) {
	w := begin(e)
	st := w.stream()
	try := func(what string, cfg jetstream.ConsumerConfig) {
		_, err := st.CreatePushConsumer(w.ctx, cfg)
		e.Err(what, err)
		e.Log("%s", code(err))
		_, err = st.CreateOrUpdatePushConsumer(w.ctx, cfg)
		e.Err(what, err)
		e.Log("%s", code(err))
	}
	try("no subject", jetstream.ConsumerConfig{Durable: "C"})
	try("wildcards", jetstream.ConsumerConfig{Durable: "C", DeliverSubject: "to.*"})
	try("a bad name", jetstream.ConsumerConfig{Durable: "a.b", DeliverSubject: "to.c"})
	try("a cycle", jetstream.ConsumerConfig{Durable: "C", DeliverSubject: "s.c"})
	try("flow control without heartbeats", jetstream.ConsumerConfig{Durable: "C", DeliverSubject: "to.c", FlowControl: true})
	try("quick heartbeats", jetstream.ConsumerConfig{Durable: "C", DeliverSubject: "to.c", IdleHeartbeat: time.Millisecond})
	try("waiting pulls", jetstream.ConsumerConfig{Durable: "C", DeliverSubject: "to.c", MaxWaiting: 5})
	_, err := w.js.CreatePushConsumer(w.ctx, "NONE", jetstream.ConsumerConfig{Durable: "C", DeliverSubject: "to.c"})
	e.Err("no stream", err)
	_, err = w.js.CreatePushConsumer(w.ctx, "a.b", jetstream.ConsumerConfig{Durable: "C", DeliverSubject: "to.c"})
	e.Err("bad stream", err)
	_, err = w.js.PushConsumer(w.ctx, "a.b", "C")
	e.Err("bad stream", err)
	_, err = w.js.PushConsumer(w.ctx, "S", "a.b")
	e.Err("bad name", err)
	_, err = w.js.PushConsumer(w.ctx, "S", "")
	e.Err("no name", err)
	_, err = w.js.PushConsumer(w.ctx, "S", "NONE")
	e.Err("none", err)
	_, err = w.push().Consume(nil)
	e.Err("no handler", err)
}

func pushAndPull(e *env.Env) {
	w := begin(e)
	st := w.stream()
	w.consumer(jetstream.ConsumerConfig{Durable: "P"})
	_, err := st.PushConsumer(w.ctx, "P")
	e.Err("push of pull", err)
	_, err = st.UpdatePushConsumer(w.ctx, jetstream.ConsumerConfig{Durable: "P"})
	e.Err("update of pull", err)
	_, err = st.CreateOrUpdatePushConsumer(w.ctx, jetstream.ConsumerConfig{Durable: "P", DeliverSubject: "to.p"})
	e.Err("pull becomes push", err)
	e.Log("%s", code(err))
	w.push()
	_, err = st.Consumer(w.ctx, "C")
	e.Err("pull of push", err)
	_, err = st.CreateConsumer(w.ctx, jetstream.ConsumerConfig{Durable: "D", DeliverSubject: "to.d"})
	e.Err("made by CreateConsumer", err)
	_, err = st.PushConsumer(w.ctx, "D")
	e.Err("found", err)
}

func pushConsume(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(5)
	c := w.push()
	_, got := collect(w, c)
	for range 5 {
		e.Log("%s", show(env.Recv(e, "a message", got)))
	}
	for range 2 {
		w.fill(1)
		e.Log("%s", show(env.Recv(e, "a message", got)))
	}
	w.Until("the acknowledgements", func() bool {
		i, err := c.Info(w.ctx)
		return err == nil && i.NumAckPending == 0
	})
	i, err := c.Info(w.ctx)
	e.Err("info", err)
	e.Log("%v, floor %d, cached %d", i.PushBound, i.AckFloor.Stream, c.CachedInfo().AckFloor.Stream)
}

func pushOne(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.push()
	cc, _ := collect(w, c)
	_, err := c.Consume(func(jetstream.Msg) {})
	e.Err("again", err)
	cc.Stop()
	closed(e, "the stop", cc.Closed())
	w.Until("another", func() bool {
		cc, err = c.Consume(func(jetstream.Msg) {})
		return err == nil
	})
	cc.Drain()
	closed(e, "the drain", cc.Closed())
	w.Until("another", func() bool {
		cc, err = c.Consume(func(jetstream.Msg) {})
		return err == nil
	})
	cc.Stop()
}

func pushTwo(e *env.Env) {
	w := begin(e)
	w.stream()
	_, got := collect(w, w.push())
	other, err := w.js.PushConsumer(w.ctx, "S", "C")
	e.Err("another handle", err)
	_, got2 := collect(w, other)
	for range 3 {
		w.fill(1)
		e.Log("%s", show(env.Recv(e, "a message", got)))
		e.Log("%s", show(env.Recv(e, "its copy", got2)))
	}
}

func pushGroup(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.push(func(c *jetstream.ConsumerConfig) { c.DeliverGroup = "g" })
	cc, got := collect(w, c)
	_, err := c.Consume(func(jetstream.Msg) {})
	e.Err("again", err)
	other, err := w.js.PushConsumer(w.ctx, "S", "C")
	e.Err("another handle", err)
	_, got2 := collect(w, other)
	w.fill(20)
	for range 20 {
		select {
		case <-got:
		case <-got2:
		case <-time.After(env.Patience):
			e.Fatalf("a message didn't come")
		}
	}
	cc.Stop()
	closed(e, "the stop", cc.Closed())
	w.fill(3)
	for range 3 {
		m := env.Recv(e, "a message", got2)
		e.Log("%s", m.Subject())
	}
	e.Log("%d and %d more", len(got), len(got2))
}

func pushEnds(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.push(func(c *jetstream.ConsumerConfig) { c.AckPolicy = jetstream.AckNonePolicy })
	for _, how := range []string{"drain", "stop"} {
		began, release := make(chan struct{}, 100), make(chan struct{})
		n := 0
		var cc jetstream.ConsumeContext
		w.Until("a consume", func() (ok bool) {
			var err error
			cc, err = c.Consume(func(jetstream.Msg) {
				n++
				began <- struct{}{}
				<-release
			})
			return err == nil
		})
		// What the server counts as delivered may not have come yet; what came beside it has.
		beside, err := w.nc.SubscribeSync(c.CachedInfo().Config.DeliverSubject)
		e.Must(err)
		w.fill(5)
		env.Recv(e, "the first", began)
		for range 5 {
			_, err := beside.NextMsg(10 * time.Second)
			e.Must(err)
		}
		e.Must(w.nc.Flush())
		e.Must(beside.Unsubscribe())
		if how == "drain" {
			cc.Drain()
		} else {
			cc.Stop()
		}
		close(release)
		closed(e, "the end", cc.Closed())
		e.Log("%s: %d handled", how, n)
		cc.Stop()
		cc.Drain()
	}
}

func pushWords(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(1)
	c := w.push(func(c *jetstream.ConsumerConfig) { c.AckWait = 30 * time.Second })
	got := make(chan jetstream.Msg, 10)
	cc, err := c.Consume(func(m jetstream.Msg) { got <- m })
	e.Err("consume", err)
	defer cc.Stop()
	m := env.Recv(e, "a message", got)
	e.Log("%s", show(m))
	e.Err("in progress", m.InProgress())
	e.Err("nak", m.Nak())
	e.Err("another word", m.Ack())
	m = env.Recv(e, "again", got)
	e.Log("%s", show(m))
	e.Err("double ack", m.DoubleAck(w.ctx))
	e.Err("another word", m.Ack())
}

func pushMissed(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.push(func(c *jetstream.ConsumerConfig) { c.IdleHeartbeat = 500 * time.Millisecond })
	cc, got := collect(w, c)
	w.fill(1)
	env.Recv(e, "a message", got)
	// A pause ends neither the heartbeats nor the consuming.
	_, err := w.js.PauseConsumer(w.ctx, "S", "C", time.Now().Add(1500*time.Millisecond))
	e.Err("pause", err)
	w.fill(1)
	env.Recv(e, "a message behind the pause", got)
	cc.Stop()
	closed(e, "the stop", cc.Closed())
	for _, entry := range w.Lane("errors") {
		e.Log("%v", entry)
	}
}

func pushDeleted(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.push(func(c *jetstream.ConsumerConfig) { c.IdleHeartbeat = 300 * time.Millisecond })
	told := make(chan error, 100)
	cc, err := c.Consume(func(jetstream.Msg) {}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { told <- err }))
	e.Err("consume", err)
	e.Must(w.js.DeleteConsumer(w.ctx, "S", "C"))
	for range 3 {
		e.Err("told", env.Recv(e, "a report", told))
	}
	select {
	case <-cc.Closed():
		e.Log("it has ended")
	default:
		e.Log("it goes on")
	}
	cc.Stop()
	closed(e, "the stop", cc.Closed())
	_, err = c.Info(w.ctx)
	e.Err("info", err)
}

func pushAnew(e *env.Env) {
	w := begin(e)
	w.stream()
	_, got := collect(w, w.push())
	w.fill(1)
	e.Log("%s", show(env.Recv(e, "a message", got)))
	e.Must(w.js.DeleteConsumer(w.ctx, "S", "C"))
	w.push()
	e.Log("%s", show(env.Recv(e, "the message again", got)))
	w.fill(1)
	e.Log("%s", show(env.Recv(e, "the next", got)))
}

func pushFlow(e *env.Env) {
	w := begin(e)
	w.stream(func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage })
	const n = 2000
	payload := make([]byte, 10_000)
	for i := range n {
		_, err := w.js.PublishAsync("s.x", payload)
		w.Must(err)
		if i%100 == 99 {
			<-w.js.PublishAsyncComplete()
		}
	}
	c := w.push(func(c *jetstream.ConsumerConfig) {
		c.AckPolicy, c.FlowControl, c.IdleHeartbeat = jetstream.AckNonePolicy, true, 5*time.Second
	})
	done := make(chan struct{})
	k, inOrder := 0, true
	cc, err := c.Consume(func(m jetstream.Msg) {
		k++
		meta, err := m.Metadata()
		inOrder = inOrder && err == nil && meta.Sequence.Stream == uint64(k)
		if k == n {
			close(done)
		}
	})
	e.Err("consume", err)
	closed(e, "all messages", done)
	cc.Stop()
	closed(e, "the stop", cc.Closed())
	e.Log("%d in order: %v", k, inOrder)
}

func pushForeign(e *env.Env) {
	w := begin(e)
	w.stream()
	_, got := collect(w, w.push())
	status := func(code, text string) {
		m := nats.NewMsg("to.c")
		m.Header.Set("Status", code)
		m.Header.Set("Description", text)
		w.Must(w.nc.PublishMsg(m))
	}
	status("409", "Consumer Deleted")
	status("409", "Leadership Change")
	status("409", "Server Shutdown")
	status("503", "")
	status("999", "Whatever")
	status("100", "Idle Heartbeat")
	w.Must(w.nc.Publish("to.c", []byte("foreign")))
	m := env.Recv(e, "the first message", got)
	e.Log("%s %q %q", m.Subject(), m.Data(), m.Reply())
	_, err := m.Metadata()
	e.Err("metadata", err)
	e.Err("ack", m.Ack())
	w.Must(w.nc.PublishRequest("to.c", "an.inbox", []byte("with a reply")))
	m = env.Recv(e, "the second message", got)
	e.Log("%s %q %q", m.Subject(), m.Data(), m.Reply())
	w.fill(1)
	e.Log("%s", show(env.Recv(e, "one of the consumer", got)))
}

func pushHeaders(e *env.Env) {
	w := begin(e)
	w.stream()
	m := nats.NewMsg("s.a")
	m.Header.Set("Status", "100")
	m.Header.Set("X", "y")
	_, err := w.js.PublishMsg(w.ctx, m)
	e.Err("a message that looks like a heartbeat", err)
	w.fill(1)
	_, got := collect(w, w.push(func(c *jetstream.ConsumerConfig) { c.HeadersOnly = true }))
	for range 2 {
		m := env.Recv(e, "a message", got)
		e.Log("%s", show(m))
		if m.Subject() == "s.0" {
			break
		}
	}
}

func pushClosed(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.push()
	cc, _ := collect(w, c)
	w.nc.Close()
	closed(e, "the end", cc.Closed())
	e.Log("over")
	w.Until("a plain refusal", func() bool {
		_, err := c.Consume(func(jetstream.Msg) {})
		return err != jetstream.ErrConsumerAlreadyConsuming
	})
	_, err := c.Consume(func(jetstream.Msg) {})
	e.Err("on a closed connection", err)
}

func pushRestart(e *env.Env) {
	w := begin(e)
	w.stream()
	_, got := collect(w, w.push(func(c *jetstream.ConsumerConfig) { c.AckWait = 2 * time.Second }))
	w.fill(1)
	env.Recv(e, "a message", got)
	w.s.Restart()
	w.Until("the stream", func() bool {
		ctx, cancel := context.WithTimeout(w.ctx, time.Second)
		defer cancel()
		_, err := w.js.Publish(ctx, "s.back", []byte("back"))
		return err == nil
	})
	for {
		m := env.Recv(e, "the next message", got)
		if string(m.Data()) == "back" {
			break
		}
	}
	e.Log("goes on")
}

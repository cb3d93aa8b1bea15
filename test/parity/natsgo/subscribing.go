package scenarios

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/parity/env"
)

func quote(s string) string { return strconv.Quote(s) }

func subscribing() []env.Scenario {
	return []env.Scenario{
		{Name: "subscribe/callback", Run: subscribeCallback},
		{Name: "subscribe/sync", Run: subscribeSync},
		{Name: "subscribe/channel", Run: subscribeChannel},
		{Name: "subscribe/queue groups", Run: subscribeQueues},
		{Name: "subscribe/queue sync and channel", Run: subscribeQueueForms},
		{Name: "subscribe/wildcards", Run: subscribeWildcards},
		{Name: "subscribe/bad input", Run: subscribeBadInput},
		{Name: "subscribe/connection over", Run: subscribeAfterEnd},
		{Name: "subscribe/next message", Run: subscribeNext},
		{Name: "subscribe/next message with context", Run: subscribeNextContext},
		{Name: "subscribe/wrong kind", Run: subscribeWrongKind},
		{Name: "subscribe/next message ends with connection", Run: subscribeNextClosed},
		{Name: "subscribe/status", Run: subscribeStatus},
		{Name: "subscribe/from a callback", Run: subscribeInCallback},
		{Name: "subscribe/number", Run: subscribeNumber},
	}
}

func subscribeCallback(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	done := make(chan bool, 1)
	sub, err := nc.Subscribe("a.*", func(m *nats.Msg) {
		e.On("handler").Log("got %s", show(m))
		if m.Subject == "a.end" {
			done <- true
		}
	})
	e.Err("subscribe", err)
	e.Log("subject %q queue %q type %d valid %v", sub.Subject, sub.Queue, sub.Type(), sub.IsValid())
	for i := range 5 {
		e.Must(nc.Publish("a."+strconv.Itoa(i), []byte{'0' + byte(i)}))
	}
	e.Must(nc.Publish("b.no", nil))
	e.Must(nc.Publish("a.end", nil))
	env.Recv(e, "a.end", done)
	delivered, err := sub.Delivered()
	e.Err(fmt.Sprintf("delivered %d", delivered), err)
}

func subscribeSync(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Err("subscribe", err)
	queued(e, sub)
	for range 3 {
		e.Must(nc.Publish("a", []byte("xyz")))
	}
	e.Must(nc.Flush())
	e.Until("three", func() bool { n, _, _ := sub.Pending(); return n == 3 })
	queued(e, sub)
	next(e, sub)
	queued(e, sub)
	next(e, sub)
	next(e, sub)
	e.Err("clear", sub.ClearMaxPending())
	queued(e, sub)
}

func subscribeChannel(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	ch := make(chan *nats.Msg, 10)
	sub, err := nc.ChanSubscribe("a", ch)
	e.Err("subscribe", err)
	e.Log("type %d", sub.Type())
	for range 3 {
		e.Must(nc.Publish("a", []byte("x")))
	}
	for range 3 {
		e.Log("got %s", show(env.Recv(e, "message", ch)))
	}
	e.Err("unsubscribe", sub.Unsubscribe())
	e.Log("valid %v", sub.IsValid())
	// The channel belongs to the program: it is still open.
	select {
	case m, ok := <-ch:
		e.Log("the channel gives %s, %v", show(m), ok)
	default:
		e.Log("the channel is open and empty")
	}
}

func subscribeQueues(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	var left, right, alone atomic.Int32
	count := func(n *atomic.Int32) nats.MsgHandler { return func(*nats.Msg) { n.Add(1) } }
	for range 3 {
		_, err := nc.QueueSubscribe("work", "left", count(&left))
		e.Err("join left", err)
	}
	sub, err := nc.QueueSubscribe("work", "right", count(&right))
	e.Err("join right", err)
	e.Log("queue %q", sub.Queue)
	_, err = nc.Subscribe("work", count(&alone))
	e.Err("no queue", err)
	for range 100 {
		e.Must(nc.Publish("work", nil))
	}
	e.Until("all of them", func() bool { return left.Load()+right.Load()+alone.Load() == 300 })
	e.Log("left %d, right %d, alone %d", left.Load(), right.Load(), alone.Load())
	var seen []string
	for _, d := range s.Client().SubsDetail {
		seen = append(seen, d.Subject+" "+d.Queue)
	}
	slices.Sort(seen)
	e.Log("server: %q", seen)
}

func subscribeQueueForms(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sync, err := nc.QueueSubscribeSync("a", "q1")
	e.Err("sync", err)
	ch := make(chan *nats.Msg, 1)
	chanSub, err := nc.ChanQueueSubscribe("a", "q2", ch)
	e.Err("channel", err)
	ch2 := make(chan *nats.Msg, 1)
	withChan, err := nc.QueueSubscribeSyncWithChan("a", "q3", ch2)
	e.Err("sync with channel", err)
	for _, sub := range []*nats.Subscription{sync, chanSub, withChan} {
		e.Log("subject %q queue %q type %d", sub.Subject, sub.Queue, sub.Type())
	}
	e.Must(nc.Publish("a", []byte("x")))
	next(e, sync)
	e.Log("got %s", show(env.Recv(e, "message", ch)))
	e.Log("got %s", show(env.Recv(e, "message", ch2)))
}

func subscribeWildcards(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	subjects := []string{"a", "a.b", "a.b.c", "b.b", "a.b.c.d"}
	for _, pattern := range []string{"*", ">", "a.*", "a.>", "*.b", "*.*.c", "a.*.>", "a.b"} {
		sub, err := nc.SubscribeSync(pattern)
		e.Err("subscribe to "+pattern, err)
		for _, subj := range subjects {
			e.Must(nc.Publish(subj, nil))
		}
		e.Must(nc.Publish("x.y.z", nil))
		e.Must(nc.Flush())
		n, _, err := sub.Pending()
		e.Must(err)
		for range n {
			m, err := sub.NextMsg(env.Patience)
			e.Must(err)
			e.Log("%s gets %s", pattern, m.Subject)
		}
		e.Must(sub.Unsubscribe())
	}
}

func subscribeBadInput(e *env.Env) {
	s := e.Server()
	handler := func(*nats.Msg) {}
	ch := make(chan *nats.Msg, 1)
	for _, subj := range []string{"", " ", "a b", "a\tb", "a\r\n", " a", "a ", ".", ".a", "a.", "a..b", "a.>.b", "a*", "a.b>", "é"} {
		// Each on a connection of its own, since the server may hang up on it.
		nc := connect(e, s.URL(), nats.NoReconnect(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
		_, err := nc.Subscribe(subj, handler)
		e.Err("subscribe to "+quote(subj), err)
		e.Log("flushed %v, closed %v", nc.Flush() == nil, nc.IsClosed())
		nc.Close()
	}
	nc := connect(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	for _, subj := range []string{"", " ", "a b", "a\tb", "a\r\n", " a", "a "} {
		_, err := nc.SubscribeSync(subj)
		e.Err("sync to "+quote(subj), err)
		_, err = nc.ChanSubscribe(subj, ch)
		e.Err("channel to "+quote(subj), err)
		_, err = nc.QueueSubscribe(subj, "q", handler)
		e.Err("queue to "+quote(subj), err)
	}
	for _, queue := range []string{"", " ", "q q", "q\r\n", "q\t", " q", "q ", ".", "q.*", "é"} {
		_, err := nc.QueueSubscribe("ok", queue, handler)
		e.Err("queue "+quote(queue), err)
		_, err = nc.QueueSubscribeSync("ok", queue)
		e.Err("queue sync "+quote(queue), err)
		_, err = nc.ChanQueueSubscribe("ok", queue, ch)
		e.Err("queue channel "+quote(queue), err)
		_, err = nc.QueueSubscribeSyncWithChan("ok", queue, ch)
		e.Err("queue sync with channel "+quote(queue), err)
	}
	_, err := nc.Subscribe("ok", nil)
	e.Err("no handler", err)
	_, err = nc.QueueSubscribe("ok", "q", nil)
	e.Err("no queue handler", err)
	_, err = nc.ChanSubscribe("ok", nil)
	e.Err("no channel", err)
	_, err = nc.ChanQueueSubscribe("ok", "q", nil)
	e.Err("no queue channel", err)
	_, err = nc.QueueSubscribeSyncWithChan("ok", "q", nil)
	e.Err("no channel for sync", err)
	e.Err("flush", nc.Flush())
	e.Log("%d subscriptions, status %s", nc.NumSubscriptions(), nc.Status())
}

func subscribeAfterEnd(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	nc.Close()
	_, err = nc.Subscribe("a", func(*nats.Msg) {})
	e.Err("subscribe", err)
	_, err = nc.SubscribeSync("a")
	e.Err("sync", err)
	_, err = nc.ChanSubscribe("a", make(chan *nats.Msg))
	e.Err("channel", err)
	_, err = nc.QueueSubscribe("a", "q", func(*nats.Msg) {})
	e.Err("queue", err)
	_, err = nc.SubscribeSync("")
	e.Err("bad subject", err)
	_, err = sub.NextMsg(time.Millisecond)
	e.Err("next message", err)
	_, err = sub.NextMsgWithContext(context.Background())
	e.Err("next message with context", err)
	e.Err("unsubscribe", sub.Unsubscribe())
	e.Err("auto-unsubscribe", sub.AutoUnsubscribe(1))
	e.Err("drain", sub.Drain())
	e.Err("set limits", sub.SetPendingLimits(1, 1))
	queued(e, sub)
}

func subscribeNext(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	for _, d := range []time.Duration{-time.Second, 0, time.Nanosecond, 20 * time.Millisecond} {
		m, err := sub.NextMsg(d)
		e.Err(fmt.Sprintf("%v with nothing there, message %s", d, show(m)), err)
	}
	e.Must(nc.Publish("a", []byte("1")))
	e.Must(nc.Publish("a", []byte("2")))
	e.Must(nc.Flush())
	for _, d := range []time.Duration{-time.Second, 0} {
		m, err := sub.NextMsg(d)
		e.Err(fmt.Sprintf("%v with something there, message %s", d, show(m)), err)
	}
	e.Must(sub.Unsubscribe())
	_, err = sub.NextMsg(time.Millisecond)
	e.Err("after unsubscribe", err)
}

func subscribeNextContext(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	_, err = sub.NextMsgWithContext(nil) //nolint:staticcheck // bad input is the point
	e.Err("nil context", err)
	short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err = sub.NextMsgWithContext(short)
	e.Err("deadline", err)
	cancelled, cancel2 := context.WithCancel(context.Background())
	cancel2()
	_, err = sub.NextMsgWithContext(cancelled)
	e.Err("cancelled before", err)
	e.Must(nc.Publish("a", []byte("x")))
	e.Must(nc.Flush())
	m, err := sub.NextMsgWithContext(cancelled)
	e.Err("cancelled, with a message there: "+show(m), err)
	m, err = sub.NextMsgWithContext(context.Background())
	e.Err("no deadline: "+show(m), err)
	later, cancel3 := context.WithCancelCause(context.Background())
	failed := make(chan error, 1)
	go func() {
		_, err := sub.NextMsgWithContext(later)
		failed <- err
	}()
	cancel3(fmt.Errorf("a cause"))
	e.Err("cancelled while waiting", env.Recv(e, "the end of NextMsg", failed))
}

func subscribeWrongKind(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	async, err := nc.Subscribe("a", func(*nats.Msg) {})
	e.Must(err)
	ch := make(chan *nats.Msg, 5)
	channel, err := nc.ChanSubscribe("b", ch)
	e.Must(err)
	for name, sub := range map[string]*nats.Subscription{"callback": async, "channel": channel} {
		lane := e.On(name)
		_, err = sub.NextMsg(time.Millisecond)
		lane.Err("next message", err)
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		_, err = sub.NextMsgWithContext(ctx)
		cancel()
		lane.Err("next message with context", err)
		lane.Err("set limits", sub.SetPendingLimits(10, 10))
		lane.Err("set zero limits", sub.SetPendingLimits(0, 10))
		lane.Err("clear max pending", sub.ClearMaxPending())
		m, b, err := sub.Pending()
		lane.Err(fmt.Sprintf("pending %d %d", m, b), err)
		m, b, err = sub.MaxPending()
		lane.Err(fmt.Sprintf("max pending %d %d", m, b), err)
		m, b, err = sub.PendingLimits()
		lane.Err(fmt.Sprintf("limits %d %d", m, b), err)
		d, err := sub.Delivered()
		lane.Err(fmt.Sprintf("delivered %d", d), err)
		n, err := sub.Dropped()
		lane.Err(fmt.Sprintf("dropped %d", n), err)
		n, err = sub.QueuedMsgs()
		lane.Err(fmt.Sprintf("queued %d", n), err)
	}
}

func subscribeNextClosed(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	waiting := make(chan error, 2)
	go func() {
		_, err := sub.NextMsg(env.Patience)
		waiting <- err
	}()
	go func() {
		_, err := sub.NextMsgWithContext(context.Background())
		waiting <- err
	}()
	e.Must(nc.Flush())
	nc.Close()
	e.Err("one", env.Recv(e, "the end of NextMsg", waiting))
	e.Err("other", env.Recv(e, "the end of NextMsg", waiting))
}

func subscribeStatus(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	all := sub.StatusChanged()
	closed := sub.StatusChanged(nats.SubscriptionClosed)
	e.Log("first: %s", env.Recv(e, "active", all))
	e.Err("drain", sub.Drain())
	e.Log("then: %s", env.Recv(e, "draining", all))
	e.Log("then: %s", env.Recv(e, "closed", all))
	_, open := <-all
	e.Log("open %v", open)
	e.Log("the other: %s", env.Recv(e, "closed", closed))
	_, open = <-closed
	e.Log("open %v", open)
	for i := range 5 {
		e.Log("%d is %s", i, nats.SubStatus(i))
	}
}

func subscribeInCallback(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	done := make(chan string, 1)
	_, err := nc.Subscribe("outer", func(m *nats.Msg) {
		inner, err := nc.Subscribe("inner", func(m *nats.Msg) {
			e.On("inner").Err("unsubscribe", m.Sub.Unsubscribe())
			done <- string(m.Data)
		})
		e.On("outer").Err("subscribe", err)
		e.On("outer").Err("publish", nc.Publish(inner.Subject, m.Data))
		e.On("outer").Err("flush", nc.Flush())
	})
	e.Must(err)
	e.Must(nc.Publish("outer", []byte("x")))
	e.Log("inner got %q", env.Recv(e, "the inner message", done))
	e.Await("outer", "flush", 1)
	e.Await("inner", "unsubscribe", 1)
	e.Log("%d subscriptions", nc.NumSubscriptions())
}

func subscribeNumber(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	e.Log("%d", nc.NumSubscriptions())
	a, err := nc.SubscribeSync("a")
	e.Must(err)
	_, err = nc.SubscribeSync("a")
	e.Must(err)
	e.Log("%d", nc.NumSubscriptions())
	e.Must(a.Unsubscribe())
	e.Log("%d", nc.NumSubscriptions())
	e.Must(nc.Flush())
	e.Log("server: %d", s.Client().NumSubs)
	nc.Close()
	e.Log("%d", nc.NumSubscriptions())
}

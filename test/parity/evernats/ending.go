package scenarios

import (
	"fmt"
	"strconv"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func unsubscribing() []env.Scenario {
	return []env.Scenario{
		{Name: "unsubscribe/twice", Run: unsubscribeTwice},
		{Name: "unsubscribe/drops what is pending", Run: unsubscribePending},
		{Name: "unsubscribe/automatically", Run: unsubscribeAuto},
		{Name: "unsubscribe/automatically with callback", Run: unsubscribeAutoCallback},
		{Name: "unsubscribe/automatically on the wire", Run: unsubscribeAutoWire},
		{Name: "unsubscribe/closed handler", Run: unsubscribeClosedHandler},
	}
}

func draining() []env.Scenario {
	return []env.Scenario{
		{Name: "drain/subscription", Run: drainSubscription},
		{Name: "drain/subscription sync", Run: drainSync},
		{Name: "drain/subscription ended", Run: drainEnded},
		{Name: "drain/connection", Run: drainConnection},
		{Name: "drain/connection twice", Run: drainTwice},
		{Name: "drain/connection timeout", Run: drainTimeout},
		{Name: "drain/connection idle", Run: drainIdle},
		{Name: "drain/publishes go out", Run: drainPublishes},
		{Name: "drain/reconnecting", Run: drainReconnecting},
		{Name: "drain/wire", Run: drainWire},
	}
}

func unsubscribeTwice(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Err("first", sub.Unsubscribe())
	e.Log("valid %v", sub.IsValid())
	e.Err("second", sub.Unsubscribe())
	e.Err("auto", sub.AutoUnsubscribe(1))
	e.Err("drain", sub.Drain())
	queued(e, sub)
	e.Err("flush", nc.Flush())
	e.Log("server: %d subscriptions", s.Client().NumSubs)
}

func unsubscribePending(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, release := stuck(e, nc, -1, -1)
	for i := range 5 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Err("unsubscribe", sub.Unsubscribe())
	release()
	barrier(e, nc)
	e.Log("valid %v", sub.IsValid())
}

// barrier waits until every handler has done what was there before.
func barrier(e *env.Env, nc *nats.Conn) {
	e.Helper()
	reached := make(chan bool, 1)
	e.Must(nc.Barrier(func() { reached <- true }))
	env.Recv(e, "the barrier", reached)
}

func unsubscribeAuto(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Err("auto 3", sub.AutoUnsubscribe(3))
	for i := range 5 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	for range 3 {
		next(e, sub)
		e.Log("valid %v", sub.IsValid())
	}
	_, err = sub.NextMsg(10 * time.Millisecond)
	e.Err("fourth", err)
	_, err = sub.NextMsg(10 * time.Millisecond)
	e.Err("fifth", err)
	queued(e, sub)
	e.Err("unsubscribe", sub.Unsubscribe())
	for _, max := range []int{0, -1} {
		sub, err := nc.SubscribeSync("b")
		e.Must(err)
		e.Err(fmt.Sprintf("auto %d", max), sub.AutoUnsubscribe(max))
		e.Must(nc.Publish("b", nil))
		e.Must(nc.Flush())
		n, _, err := sub.Pending()
		e.Err(fmt.Sprintf("pending %d, valid %v", n, sub.IsValid()), err)
	}
	sub, err = nc.SubscribeSync("c")
	e.Must(err)
	for range 3 {
		e.Must(nc.Publish("c", nil))
	}
	e.Must(nc.Flush())
	for range 3 {
		next(e, sub)
	}
	e.Err("auto fewer than delivered", sub.AutoUnsubscribe(2))
	e.Must(nc.Flush())
	_, err = sub.NextMsg(10 * time.Millisecond)
	e.Err("next", err)
	e.Log("server: %d subscriptions", s.Client().NumSubs)
}

func unsubscribeAutoCallback(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.Subscribe("a", func(m *nats.Msg) { e.On("handler").Log("got %q, valid %v", m.Data, m.Sub.IsValid()) })
	e.Must(err)
	e.Must(sub.AutoUnsubscribe(2))
	for i := range 4 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Await("handler", "got", 2)
	e.Until("invalid", func() bool { return !sub.IsValid() })
	e.Log("%d subscriptions", nc.NumSubscriptions())
	e.Until("gone from the server", func() bool { return s.Client().NumSubs == 0 })
}

func unsubscribeAutoWire(e *env.Env) {
	s := e.Server()
	nc := connect(e, e.Wire(s).URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(sub.AutoUnsubscribe(2))
	e.Must(sub.AutoUnsubscribe(3))
	for range 3 {
		e.Must(nc.Publish("a", nil))
	}
	for range 3 {
		next(e, sub)
	}
	_, err = nc.SubscribeSync("b")
	e.Must(err)
	e.Must(nc.Flush())
}

func unsubscribeClosedHandler(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	closed := func(name string, sub *nats.Subscription) {
		sub.SetClosedHandler(func(subject string) { e.On(name).Log("closed %s", subject) })
	}
	plain, err := nc.SubscribeSync("plain")
	e.Must(err)
	closed("plain", plain)
	e.Must(plain.Unsubscribe())
	async, err := nc.Subscribe("async", func(*nats.Msg) {})
	e.Must(err)
	closed("async", async)
	e.Must(async.Unsubscribe())
	e.Await("async", "closed", 1)
	auto, err := nc.Subscribe("auto", func(*nats.Msg) {})
	e.Must(err)
	closed("auto", auto)
	e.Must(auto.AutoUnsubscribe(1))
	e.Must(nc.Publish("auto", nil))
	e.Await("auto", "closed", 1)
	drained, err := nc.Subscribe("drained", func(*nats.Msg) {})
	e.Must(err)
	closed("drained", drained)
	e.Must(drained.Drain())
	e.Await("drained", "closed", 1)
	last, err := nc.Subscribe("last", func(*nats.Msg) {})
	e.Must(err)
	closed("last", last)
	nc.Close()
	e.Await("last", "closed", 1)
}

func drainSubscription(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, release := stuck(e, nc, -1, -1)
	for i := range 3 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Err("drain", sub.Drain())
	e.Log("draining %v, valid %v", sub.IsDraining(), sub.IsValid())
	e.Must(nc.Flush())
	e.Must(nc.Publish("a", []byte("not for it")))
	e.Must(nc.Flush())
	e.Err("again", sub.Drain())
	release()
	e.Await("handler", `got "2"`, 1)
	e.Until("invalid", func() bool { return !sub.IsValid() })
	e.Log("draining %v", sub.IsDraining())
	e.Err("when over", sub.Drain())
}

func drainSync(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	for i := range 3 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Err("drain", sub.Drain())
	for range 3 {
		next(e, sub)
	}
	e.Until("invalid", func() bool { return !sub.IsValid() })
	_, err = sub.NextMsg(10 * time.Millisecond)
	e.Err("next", err)
}

func drainEnded(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.Subscribe("a", func(*nats.Msg) {})
	e.Must(err)
	e.Must(sub.Unsubscribe())
	e.Err("unsubscribed", sub.Drain())
	sub, err = nc.Subscribe("a", func(*nats.Msg) {})
	e.Must(err)
	nc.Close()
	e.Err("closed", sub.Drain())
	e.Log("draining %v", sub.IsDraining())
	e.Err("connection closed", nc.Drain())
	e.Log("draining %v", nc.IsDraining())
}

func drainConnection(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	changes := nc.StatusChanged(nats.DRAINING_SUBS, nats.DRAINING_PUBS, nats.CLOSED)
	_, release := stuck(e, nc, -1, -1)
	for i := range 3 {
		e.Must(nc.PublishRequest("a", "r", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Err("drain", nc.Drain())
	e.Log("draining %v, closed %v", nc.IsDraining(), nc.IsClosed())
	_, err := nc.SubscribeSync("b")
	e.Err("subscribe", err)
	_, err = nc.Subscribe("b", func(*nats.Msg) {})
	e.Err("subscribe", err)
	e.Err("publish", nc.Publish("b", nil))
	_, err = nc.Request("b", nil, 20*time.Millisecond)
	e.Err("request", err)
	release()
	for range 3 {
		e.On("status").Log("%s", env.Recv(e, "a status", changes))
	}
	e.Await("callbacks", "closed", 1)
	e.Err("publish", nc.Publish("b", nil))
	e.Err("last error", nc.LastError())
}

func drainTwice(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	_, release := stuck(e, nc, -1, -1)
	e.Err("first", nc.Drain())
	e.Err("second", nc.Drain())
	release()
	e.Await("callbacks", "closed", 1)
	e.Err("when closed", nc.Drain())
}

func drainTimeout(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, nats.DrainTimeout(50*time.Millisecond))...)
	_, release := stuck(e, nc, -1, -1)
	defer release()
	e.Must(nc.Publish("a", []byte("left")))
	e.Err("drain", nc.Drain())
	e.Await("callbacks", "closed", 1)
	e.Err("last error", nc.LastError())
}

func drainIdle(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	e.Err("drain", nc.Drain())
	e.Await("callbacks", "closed", 1)
	e.Log("status %s", nc.Status())
	s.AwaitClients(0)
}

func drainPublishes(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "out")
	nc := connect(e, s.URL())
	sub, err := nc.Subscribe("a", func(m *nats.Msg) { e.On("handler").Err("publish", nc.Publish("out", m.Data)) })
	e.Must(err)
	for i := range 3 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Err("drain", nc.Drain())
	for range 3 {
		next(e, in)
	}
	e.Until("closed", nc.IsClosed)
	e.Log("valid %v", sub.IsValid())
}

func drainReconnecting(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	e.Err("publish", nc.Publish("a", []byte("left")))
	e.Err("drain", nc.Drain())
	s.Restart()
	e.Await("callbacks", "closed", 1)
	e.Log("closed %v, server got %d messages", nc.IsClosed(), inMsgs(e, s))
}

// inMsgs is how many messages the server has got from all clients.
func inMsgs(e *env.Env, s *env.Server) int64 {
	e.Helper()
	z, err := s.Varz(nil)
	e.Must(err)
	return z.InMsgs
}

func drainWire(e *env.Env) {
	s := e.Server()
	nc := connect(e, e.Wire(s).URL())
	sub, err := nc.Subscribe("a", func(*nats.Msg) {})
	e.Must(err)
	_, err = nc.Subscribe("b", func(*nats.Msg) {})
	e.Must(err)
	e.Must(sub.Drain())
	e.Until("invalid", func() bool { return !sub.IsValid() })
	e.Must(nc.Drain())
	e.Until("closed", nc.IsClosed)
}

package scenarios

import (
	"strconv"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func slowConsumers() []env.Scenario {
	return []env.Scenario{
		{Name: "slow consumer/limits", Run: slowLimits},
		{Name: "slow consumer/callback by messages", Run: slowCallbackMsgs},
		{Name: "slow consumer/callback by bytes", Run: slowCallbackBytes},
		{Name: "slow consumer/sync", Run: slowSync},
		{Name: "slow consumer/sync queue length", Run: slowSyncQueueLen},
		{Name: "slow consumer/channel", Run: slowChannel},
		{Name: "slow consumer/status", Run: slowStatus},
		{Name: "slow consumer/only once per bout", Run: slowOnce},
		{Name: "slow consumer/no limits", Run: slowUnlimited},
	}
}

func slowLimits(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.Subscribe("a", func(*nats.Msg) {})
	e.Must(err)
	for _, l := range [][2]int{{0, 1}, {1, 0}, {0, 0}, {5, 50}, {-1, 50}, {5, -1}, {-1, -1}, {-7, -8}} {
		e.Err("set "+strconv.Itoa(l[0])+" "+strconv.Itoa(l[1]), sub.SetPendingLimits(l[0], l[1]))
		m, b, err := sub.PendingLimits()
		e.Err("limits "+strconv.Itoa(m)+" "+strconv.Itoa(b), err)
	}
	e.Must(sub.Unsubscribe())
	e.Err("after unsubscribe", sub.SetPendingLimits(1, 1))
	_, _, err = sub.PendingLimits()
	e.Err("after unsubscribe", err)
}

// stuck subscribes with a handler that waits for release in its first message.
func stuck(e *env.Env, nc *nats.Conn, msgs, bytes int) (sub *nats.Subscription, release func()) {
	e.Helper()
	entered, gate := make(chan bool, 1), make(chan struct{})
	first := true
	sub, err := nc.Subscribe("a", func(m *nats.Msg) {
		e.On("handler").Log("got %q", m.Data)
		if first {
			first = false
			entered <- true
			<-gate
		}
	})
	e.Must(err)
	e.Must(sub.SetPendingLimits(msgs, bytes))
	e.Must(nc.Publish("a", []byte("first")))
	e.Must(nc.Flush())
	env.Recv(e, "the handler's first message", entered)
	return sub, func() { close(gate) }
}

func slowCallbackMsgs(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	sub, release := stuck(e, nc, 3, -1)
	queued(e, sub)
	for i := range 6 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Await("callbacks", "error on a", 1)
	queued(e, sub)
	e.Err("last error", nc.LastError())
	release()
	e.Until("nothing left", func() bool { n, _, _ := sub.Pending(); return n == 0 })
	queued(e, sub)
	e.Must(nc.Publish("a", []byte("later")))
	e.Await("handler", `got "later"`, 1)
	stats(e, nc)
}

func slowCallbackBytes(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	sub, release := stuck(e, nc, -1, 10)
	for range 4 {
		e.Must(nc.Publish("a", []byte("1234")))
	}
	e.Must(nc.Publish("a", []byte("7")))
	e.Must(nc.Flush())
	e.Await("callbacks", "error on a", 1)
	queued(e, sub)
	release()
	e.Until("the rest", func() bool { n, _, _ := sub.Pending(); return n == 0 })
	queued(e, sub)
}

func slowSync(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(sub.SetPendingLimits(3, -1))
	for i := range 6 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Await("callbacks", "error on a", 1)
	queued(e, sub)
	for range 5 {
		m, err := sub.NextMsg(20 * time.Millisecond)
		e.Err("next "+show(m), err)
	}
	e.Must(nc.Publish("a", []byte("later")))
	next(e, sub)
	queued(e, sub)
}

func slowSyncQueueLen(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, nats.SyncQueueLen(4))...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	queued(e, sub)
	for i := range 10 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Await("callbacks", "error on a", 1)
	queued(e, sub)
	for range 6 {
		m, err := sub.NextMsg(20 * time.Millisecond)
		e.Err("next "+show(m), err)
	}
}

func slowChannel(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	ch := make(chan *nats.Msg, 3)
	sub, err := nc.ChanSubscribe("a", ch)
	e.Must(err)
	for i := range 6 {
		e.Must(nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	e.Must(nc.Flush())
	e.Await("callbacks", "error on a", 1)
	dropped, err := sub.Dropped()
	e.Err("dropped "+strconv.Itoa(dropped), err)
	for range 3 {
		e.Log("got %s", show(env.Recv(e, "message", ch)))
	}
	e.Must(nc.Publish("a", []byte("later")))
	e.Log("got %s", show(env.Recv(e, "message", ch)))
}

func slowStatus(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(sub.SetPendingLimits(1, -1))
	status := sub.StatusChanged(nats.SubscriptionSlowConsumer, nats.SubscriptionActive)
	for range 3 {
		e.Must(nc.Publish("a", nil))
	}
	e.Must(nc.Flush())
	for range 2 {
		e.Log("status %s", env.Recv(e, "a status", status))
	}
}

func slowOnce(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(sub.SetPendingLimits(1, -1))
	for bout := range 2 {
		for range 5 {
			e.Must(nc.Publish("a", nil))
		}
		e.Must(nc.Flush())
		e.Await("callbacks", "error on a", bout+1)
		for {
			if _, err := sub.NextMsg(time.Millisecond); err != nil {
				e.Err("next", err)
				if n, _, _ := sub.Pending(); n == 0 {
					break
				}
			}
		}
		// One that gets through ends the bout.
		e.Must(nc.Publish("a", nil))
		next(e, sub)
		queued(e, sub)
	}
}

func slowUnlimited(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	sub, release := stuck(e, nc, -1, -1)
	for range 2000 {
		e.Must(nc.Publish("a", []byte("x")))
	}
	e.Must(nc.Flush())
	e.Until("2000 there", func() bool { n, _, _ := sub.Pending(); return n >= 2000 })
	release()
	e.Until("all delivered", func() bool { n, _ := sub.Delivered(); return n == 2001 })
	dropped, err := sub.Dropped()
	e.Err("dropped "+strconv.Itoa(dropped), err)
	e.Log("last error %v", nc.LastError())
}

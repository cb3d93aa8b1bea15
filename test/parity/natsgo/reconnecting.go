package scenarios

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/test/parity/env"
)

func reconnecting() []env.Scenario {
	return []env.Scenario{
		{Name: "reconnect/subscriptions come back", Run: reconnectSubs},
		{Name: "reconnect/subscriptions on the wire", Run: reconnectWire},
		{Name: "reconnect/auto-unsubscribe counts", Run: reconnectAuto},
		{Name: "reconnect/publishes are queued", Run: reconnectQueued},
		{Name: "reconnect/queue too small", Run: reconnectBufExceeded},
		{Name: "reconnect/no queue", Run: reconnectNoBuf},
		{Name: "reconnect/calls while away", Run: reconnectAway},
		{Name: "reconnect/changes while away", Run: reconnectChanges},
		{Name: "reconnect/gives up", Run: reconnectGivesUp},
		{Name: "reconnect/error callback", Run: reconnectErrors},
		{Name: "reconnect/custom delay", Run: reconnectDelay},
		{Name: "reconnect/forced", Run: reconnectForced},
		{Name: "reconnect/forced while away", Run: reconnectForcedAway},
		{Name: "reconnect/forced when closed", Run: reconnectForcedClosed},
		{Name: "reconnect/retry: server comes", Run: retryComes},
		{Name: "reconnect/retry: server is there", Run: retryThere},
		{Name: "reconnect/retry: gives up", Run: retryGivesUp},
		{Name: "reconnect/retry: no reconnect allowed", Run: retryNotAllowed},
		{Name: "reconnect/retry: publishes are queued", Run: retryQueued},
		{Name: "reconnect/requests in flight", Run: reconnectRequest},
		{Name: "reconnect/smaller max payload", Run: reconnectPayload},
	}
}

func reconnectSubs(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	sync, err := nc.SubscribeSync("a.*")
	e.Must(err)
	_, err = nc.QueueSubscribe("b", "q", func(m *nats.Msg) { e.On("handler").Log("got %s", show(m)) })
	e.Must(err)
	ch := make(chan *nats.Msg, 1)
	_, err = nc.ChanSubscribe("c", ch)
	e.Must(err)
	gone, err := nc.SubscribeSync("gone")
	e.Must(err)
	e.Must(gone.Unsubscribe())
	s.Restart()
	e.Await("callbacks", "reconnected", 1)
	e.Must(nc.Publish("a.x", []byte("1")))
	e.Must(nc.Publish("b", []byte("2")))
	e.Must(nc.Publish("c", []byte("3")))
	e.Must(nc.Publish("gone", []byte("4")))
	next(e, sync)
	e.Await("handler", "got", 1)
	e.Log("got %s", show(env.Recv(e, "message", ch)))
	e.Must(nc.Flush())
	e.Log("server: %d subscriptions", s.Client().NumSubs)
	stats(e, nc)
}

func reconnectWire(e *env.Env) {
	s := e.Server()
	w := e.Wire(s)
	nc := connect(e, w.URL(), watched(e, quick()...)...)
	limited, err := nc.QueueSubscribeSync("b", "q")
	e.Must(err)
	e.Must(limited.AutoUnsubscribe(5))
	e.Must(nc.Publish("b", nil))
	e.Must(nc.Publish("b", nil))
	next(e, limited)
	next(e, limited)
	e.Must(nc.Flush())
	w.Cut()
	e.Await("callbacks", "reconnected", 1)
	e.Must(nc.Flush())
}

func reconnectAuto(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(sub.AutoUnsubscribe(5))
	for range 2 {
		e.Must(nc.Publish("a", nil))
	}
	next(e, sub)
	next(e, sub)
	e.Must(nc.Flush())
	s.CutClients()
	e.Await("callbacks", "reconnected", 1)
	for range 5 {
		e.Must(nc.Publish("a", nil))
	}
	e.Must(nc.Flush())
	for range 3 {
		next(e, sub)
	}
	_, err = sub.NextMsg(10 * time.Millisecond)
	e.Err("sixth", err)
	e.Log("server: %d subscriptions", s.Client().NumSubs)
}

func reconnectQueued(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(nc.Flush())
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	for i := range 5 {
		e.Err("publish", nc.Publish("a", []byte(strconv.Itoa(i))))
	}
	stats(e, nc)
	s.Restart()
	e.Await("callbacks", "reconnected", 1)
	for range 5 {
		next(e, sub)
	}
	stats(e, nc)
}

func reconnectBufExceeded(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick(nats.ReconnectBufSize(100))...)...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	e.Until("reconnecting", nc.IsReconnecting)
	e.Err("10 bytes", nc.Publish("a", make([]byte, 10)))
	e.Err("200 bytes", nc.Publish("a", make([]byte, 200)))
	e.Err("10 bytes", nc.Publish("a", make([]byte, 10)))
	e.Err("request", nc.PublishRequest("a", "b", make([]byte, 200)))
	e.Err("header", nc.PublishMsg(&nats.Msg{Subject: "a", Header: nats.Header{"K": {strings.Repeat("v", 200)}}}))
	s.Restart()
	e.Await("callbacks", "reconnected", 1)
	e.Err("last error", nc.LastError())
	e.Must(nc.Flush())
	n, b, err := sub.Pending()
	e.Err(fmt.Sprintf("pending %d msgs %d bytes", n, b), err)
}

func reconnectNoBuf(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick(nats.ReconnectBufSize(-1))...)...)
	e.Err("connected", nc.Publish("a", []byte("x")))
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	e.Until("reconnecting", nc.IsReconnecting)
	e.Err("publish", nc.Publish("a", []byte("x")))
	e.Err("publish nothing", nc.Publish("a", nil))
	s.Restart()
	e.Await("callbacks", "reconnected", 1)
	e.Err("publish", nc.Publish("a", []byte("x")))
}

func reconnectAway(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick(nats.ReconnectWait(time.Hour))...)...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	e.Until("reconnecting", nc.IsReconnecting)
	e.Err("flush", nc.FlushTimeout(20*time.Millisecond))
	_, err = nc.Request("a", nil, 20*time.Millisecond)
	e.Err("request", err)
	_, err = sub.NextMsg(10 * time.Millisecond)
	e.Err("next", err)
	other, err := nc.SubscribeSync("b")
	e.Err("subscribe", err)
	e.Err("unsubscribe", other.Unsubscribe())
	_, err = nc.RTT()
	e.Err("round trip", err)
	reached := make(chan bool, 1)
	e.Err("barrier", nc.Barrier(func() { reached <- true }))
	e.Log("barrier reached %v", env.Recv(e, "the barrier", reached))
}

func reconnectChanges(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	leaving, err := nc.SubscribeSync("leaving")
	e.Must(err)
	drained, err := nc.SubscribeSync("drained")
	e.Must(err)
	e.Must(nc.Flush())
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	e.Err("unsubscribe", leaving.Unsubscribe())
	e.Err("drain", drained.Drain())
	coming, err := nc.SubscribeSync("coming")
	e.Err("subscribe", err)
	limited, err := nc.SubscribeSync("limited")
	e.Err("subscribe", err)
	e.Err("auto-unsubscribe", limited.AutoUnsubscribe(1))
	s.Restart()
	e.Await("callbacks", "reconnected", 1)
	for range 2 {
		for _, subj := range []string{"leaving", "coming", "limited"} {
			e.Must(nc.Publish(subj, nil))
		}
	}
	next(e, coming)
	next(e, limited)
	e.Must(nc.Flush())
	e.Until("drained", func() bool { return !drained.IsValid() })
	var left []string
	for _, d := range s.Client().SubsDetail {
		left = append(left, d.Subject)
	}
	e.Log("server: %q", e.Sorted(left))
}

func reconnectGivesUp(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e,
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0), nats.MaxReconnects(3),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { e.On("attempts").Err("failed", err) }))...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(nc.Flush())
	s.Stop()
	e.Await("callbacks", "closed", 1)
	e.Err("last error", nc.LastError())
	e.Err("publish", nc.Publish("a", nil))
	e.Log("status %s, valid %v", nc.Status(), sub.IsValid())
	stats(e, nc)
}

func reconnectErrors(e *env.Env) {
	s := e.Server()
	var failed atomic.Int32
	connect(e, s.URL(), watched(e, quick(
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) {
			if failed.Add(1) <= 2 {
				e.On("attempts").Err("failed", err)
			}
		}))...)...)
	s.Stop()
	e.Until("three failures", func() bool { return failed.Load() >= 3 })
	s.Restart()
	e.Await("callbacks", "reconnected", 1)
}

func reconnectDelay(e *env.Env) {
	s := e.Server()
	lane := e.On("delays")
	connect(e, s.URL()+","+dead(e), watched(e, quick(
		nats.DontRandomize(),
		nats.CustomReconnectDelay(func(n int) time.Duration {
			if n <= 4 {
				lane.Log("pass %d", n)
			}
			return time.Millisecond
		}))...)...)
	s.Stop()
	e.Await("delays", "pass 4", 1)
	s.Restart()
	e.Await("callbacks", "reconnected", 1)
}

func reconnectForced(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, nats.ReconnectWait(time.Hour))...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	before, err := nc.GetClientID()
	e.Must(err)
	e.Err("force", nc.ForceReconnect())
	e.Await("callbacks", "reconnected", 1)
	after, err := nc.GetClientID()
	e.Must(err)
	e.Log("another client: %v", before != after)
	e.Must(nc.Publish("a", []byte("x")))
	next(e, sub)
	stats(e, nc)
}

func reconnectForcedAway(e *env.Env) {
	s := e.Server()
	var failed atomic.Int32
	nc := connect(e, s.URL(), watched(e, nats.ReconnectWait(time.Hour), nats.MaxReconnects(-1),
		nats.ReconnectErrHandler(func(*nats.Conn, error) { failed.Add(1) }))...)
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	e.Err("force", nc.ForceReconnect())
	e.Until("an attempt", func() bool { return failed.Load() > 0 })
	s.Restart()
	e.Err("force", nc.ForceReconnect())
	e.Err("force again", nc.ForceReconnect())
	e.Await("callbacks", "reconnected", 1)
}

func reconnectForcedClosed(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	nc.Close()
	e.Err("closed", nc.ForceReconnect())
	nc = connect(e, s.URL(), watched(e, nats.NoReconnect())...)
	e.Await("callbacks", "connected", 1)
	e.Err("not allowed to reconnect", nc.ForceReconnect())
	e.Await("callbacks", "reconnected", 1)
	e.Log("status %s", nc.Status())
}

// later is an address at which a server starts when the scenario says so.
func later(e *env.Env) *env.Server {
	e.Helper()
	s := e.Server()
	s.Stop()
	return s
}

func retryComes(e *env.Env) {
	for _, withConnected := range []bool{true, false} {
		s := later(e)
		lane := e.On(fmt.Sprintf("connect handler %v", withConnected))
		looked := make(chan bool) // closed when the next attempt may leave an error of its own
		opts := quick(
			nats.RetryOnFailedConnect(true),
			nats.CustomReconnectDelay(func(int) time.Duration { <-looked; return 10 * time.Millisecond }),
			nats.ReconnectHandler(func(*nats.Conn) { lane.Log("reconnected") }),
			nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { lane.Err("disconnected", err) }),
			nats.ClosedHandler(func(*nats.Conn) { lane.Log("closed") }),
		)
		if withConnected {
			opts = append(opts, nats.ConnectHandler(func(*nats.Conn) { lane.Log("connected") }))
		}
		nc, err := nats.Connect(s.URL(), opts...)
		e.Err("connect", err)
		e.Log("status %s, connected %v", nc.Status(), nc.IsConnected())
		e.Err("last error", nc.LastError())
		close(looked)
		s.Restart()
		e.Until("connected", nc.IsConnected)
		s.CutClients()
		e.Await(fmt.Sprintf("connect handler %v", withConnected), "disconnected", 1)
		e.Until("told of the reconnect", func() bool {
			told := e.Lane(fmt.Sprintf("connect handler %v", withConnected))
			return told[len(told)-1].Text == "reconnected"
		})
		nc.Close()
		e.Await(fmt.Sprintf("connect handler %v", withConnected), "closed", 1)
		stats(e, nc)
	}
}

func retryThere(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick(nats.RetryOnFailedConnect(true))...)...)
	e.Log("status %s", nc.Status())
	e.Await("callbacks", "connected", 1)
	nc.Close()
	e.Await("callbacks", "closed", 1)
}

func retryGivesUp(e *env.Env) {
	nc, err := nats.Connect(dead(e), watched(e, nats.RetryOnFailedConnect(true), nats.MaxReconnects(2),
		nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0))...)
	e.Err("connect", err)
	e.Await("callbacks", "closed", 1)
	e.Log("status %s", nc.Status())
	e.Err("last error", nc.LastError())
}

func retryNotAllowed(e *env.Env) {
	nc, err := nats.Connect(dead(e), nats.RetryOnFailedConnect(true), nats.NoReconnect())
	e.Err("connect", err)
	e.Log("connection %v", nc != nil)
	if nc != nil {
		e.Cleanup(nc.Close)
	}
	nc, err = nats.Connect(dead(e), nats.RetryOnFailedConnect(true), nats.MaxReconnects(0),
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0))
	e.Err("no attempts", err)
	e.Log("connection %v", nc != nil)
	if nc != nil {
		e.Until("closed", nc.IsClosed)
		e.Err("last error", nc.LastError())
	}
}

func retryQueued(e *env.Env) {
	s := later(e)
	nc, err := nats.Connect(s.URL(), watched(e, quick(nats.RetryOnFailedConnect(true))...)...)
	e.Must(err)
	e.Cleanup(nc.Close)
	sub, err := nc.SubscribeSync("a")
	e.Err("subscribe", err)
	e.Err("publish", nc.Publish("a", []byte("early")))
	s.Restart()
	e.Await("callbacks", "connected", 1)
	next(e, sub)
}

func reconnectRequest(e *env.Env) {
	s := e.Server()
	in := listenAgain(e, s, "slow")
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	ended := make(chan error, 1)
	go func() {
		_, err := nc.Request("slow", nil, env.Patience)
		ended <- err
	}()
	m, err := in.NextMsg(env.Patience)
	e.Must(err)
	id, err := nc.GetClientID()
	e.Must(err)
	e.Must(s.DisconnectClientByID(id))
	e.Await("callbacks", "reconnected", 1)
	e.Must(nc.Flush())
	// The inbox is subscribed to again, so the answer still finds the request.
	e.Must(m.Respond([]byte("x")))
	e.Err("request", env.Recv(e, "the end of the request", ended))
}

func reconnectPayload(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	s.Restart(func(o *server.Options) { o.MaxPayload = 100 })
	e.Await("callbacks", "reconnected", 1)
	e.Log("max payload %d", nc.MaxPayload())
	e.Err("101 bytes", nc.Publish("a", make([]byte, 101)))
}

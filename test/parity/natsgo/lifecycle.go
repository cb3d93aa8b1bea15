package scenarios

import (
	"fmt"
	"sync/atomic"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/parity/env"
)

func lifecycle() []env.Scenario {
	return []env.Scenario{
		{Name: "life/callbacks from start to end", Run: lifeCallbacks},
		{Name: "life/callbacks replaced", Run: lifeReplaced},
		{Name: "life/no callbacks after close", Run: lifeNoCallbacks},
		{Name: "life/status changes", Run: lifeStatus},
		{Name: "life/status listener removed", Run: lifeStatusRemoved},
		{Name: "life/calls from callbacks", Run: lifeFromCallbacks},
		{Name: "life/close while connecting is retried", Run: lifeCloseRetrying},
		{Name: "life/close during a callback", Run: lifeCloseInHandler},
		{Name: "life/no reconnect", Run: lifeNoReconnect},
		{Name: "life/connect failures", Run: lifeConnectFails},
		{Name: "life/server speaks no protocol", Run: lifeStrangers},
		{Name: "life/stale connection", Run: lifeStale},
		{Name: "life/server closes stale client", Run: lifeServerStale},
	}
}

func lifeCallbacks(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	s.CutClients()
	e.Await("callbacks", "reconnected", 1)
	s.Stop()
	e.Await("callbacks", "disconnected", 2)
	s.Restart()
	e.Await("callbacks", "reconnected", 2)
	nc.Close()
	e.Await("callbacks", "closed", 1)
	stats(e, nc)
}

func lifeReplaced(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	e.Await("callbacks", "connected", 1)
	lane := e.On("later callbacks")
	nc.SetDisconnectErrHandler(func(_ *nats.Conn, err error) { lane.Err("disconnected", err) })
	nc.SetReconnectHandler(func(*nats.Conn) { lane.Log("reconnected") })
	nc.SetClosedHandler(nil)
	s.CutClients()
	e.Await("later callbacks", "reconnected", 1)
	nc.SetClosedHandler(func(*nats.Conn) { lane.Log("closed") })
	nc.Close()
	e.Await("later callbacks", "closed", 1)
}

func lifeNoCallbacks(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick(nats.NoCallbacksAfterClientClose())...)...)
	s.CutClients()
	e.Await("callbacks", "reconnected", 1)
	changes := nc.StatusChanged(nats.CLOSED)
	nc.Close()
	e.Log("status %s", env.Recv(e, "the close", changes))
	s.AwaitClients(0)
	// Closed by a limit rather than by the program: that is told.
	nc = connect(e, s.URL(), nats.NoReconnect(), nats.NoCallbacksAfterClientClose(),
		nats.ClosedHandler(func(*nats.Conn) { e.On("other").Log("closed") }))
	s.CutClients()
	e.Await("other", "closed", 1)
	e.Log("status %s", nc.Status())
}

func lifeStatus(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), quick()...)
	all := nc.StatusChanged()
	some := nc.StatusChanged(nats.CONNECTED)
	s.CutClients()
	e.Log("first %s", env.Recv(e, "a status", all))
	e.Log("then %s", env.Recv(e, "a status", all))
	e.Log("the other %s", env.Recv(e, "a status", some))
	nc.Close()
	e.Log("last %s", env.Recv(e, "a status", all))
	select {
	case st, open := <-some:
		e.Log("the other says %s, %v", st, open)
	default:
		e.Log("the other says nothing more")
	}
}

func lifeStatusRemoved(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), quick()...)
	removed, kept := nc.StatusChanged(), nc.StatusChanged(nats.CONNECTED, nats.CLOSED)
	nc.RemoveStatusListener(removed)
	_, open := <-removed
	e.Log("open %v", open)
	nc.RemoveStatusListener(removed)
	nc.RemoveStatusListener(nil)
	nc.RemoveStatusListener(make(chan nats.Status))
	s.CutClients()
	e.Log("kept %s", env.Recv(e, "a status", kept))
	nc.Close()
	e.Log("kept %s", env.Recv(e, "a status", kept))
	late := nc.StatusChanged()
	e.Log("a listener of a closed connection exists: %v", late != nil)
}

func lifeFromCallbacks(e *env.Env) {
	s := e.Server()
	in := listenAgain(e, s, "from.callbacks")
	var once atomic.Bool
	nc := connect(e, s.URL(), quick(
		nats.DisconnectErrHandler(func(nc *nats.Conn, _ error) {
			if !once.Swap(true) {
				e.On("disconnect").Err("publish", nc.Publish("from.callbacks", []byte("disconnected")))
				e.On("disconnect").Log("connected %v", nc.IsConnected())
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			sub, err := nc.SubscribeSync("x")
			e.On("reconnect").Err("subscribe", err)
			e.On("reconnect").Err("publish", nc.Publish("from.callbacks", []byte("reconnected")))
			e.On("reconnect").Err("flush", nc.Flush())
			e.On("reconnect").Err("unsubscribe", sub.Unsubscribe())
			nc.Close()
		}),
		nats.ClosedHandler(func(nc *nats.Conn) {
			nc.Close()
			e.On("closed").Err("publish", nc.Publish("a", nil))
			e.On("closed").Log("status %s", nc.Status())
		}))...)
	id, err := nc.GetClientID()
	e.Must(err)
	e.Must(s.DisconnectClientByID(id))
	for range 2 {
		m, err := in.NextMsg(env.Patience)
		e.Must(err)
		e.Log("got %s", show(m))
	}
	e.Await("closed", "status", 1)
}

// listenAgain is listen on a connection that comes back.
func listenAgain(e *env.Env, s *env.Server, subj string) *nats.Subscription {
	e.Helper()
	return listen(e, s, subj, quick()...)
}

func lifeCloseRetrying(e *env.Env) {
	url := dead(e)
	nc, err := nats.Connect(url, watched(e, quick(nats.RetryOnFailedConnect(true), nats.ReconnectWait(time.Hour))...)...)
	e.Err("connect", err)
	e.Log("status %s", nc.Status())
	nc.Close()
	e.Await("callbacks", "closed", 1)
	e.Log("status %s", nc.Status())
}

func lifeCloseInHandler(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	both := make(chan struct{})
	sub, err := nc.Subscribe("a", func(m *nats.Msg) {
		e.On("handler").Log("got %q", m.Data)
		<-both
		nc.Close()
		e.On("handler").Log("closed %v", nc.IsClosed())
	})
	e.Must(err)
	e.Must(nc.Publish("a", []byte("1")))
	e.Must(nc.Publish("a", []byte("2")))
	close(both)
	e.Await("callbacks", "closed", 1)
	e.Await("handler", "closed", 1)
	e.Log("valid %v", sub.IsValid())
}

func lifeNoReconnect(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, nats.NoReconnect())...)
	none := connect(e, s.URL(), nats.MaxReconnects(0))
	changes, others := nc.StatusChanged(), none.StatusChanged()
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(nc.Flush())
	s.CutClients()
	e.Await("callbacks", "closed", 1)
	e.Until("closed", none.IsClosed)
	for len(changes) > 0 {
		e.Log("announced %s", <-changes)
	}
	for len(others) > 0 {
		e.Log("announced with no attempts %s", <-others)
	}
	e.Log("status %s, valid %v", nc.Status(), sub.IsValid())
	e.Err("publish", nc.Publish("a", nil))
	e.Err("last error", nc.LastError())
	_, err = sub.NextMsg(time.Millisecond)
	e.Err("next", err)
}

func lifeConnectFails(e *env.Env) {
	attempt(e, "nobody there", dead(e))
	attempt(e, "nobody there, no reconnect", dead(e), nats.NoReconnect())
	attempt(e, "nobody at either", dead(e)+","+dead(e))
	silent := e.Silent(func(c *natstest.Config) { c.Behave = natstest.Always(natstest.Behavior{NoInfo: true}) })
	attempt(e, "silent", silent.URL(), nats.Timeout(400*time.Millisecond))
	mute := e.Silent(func(c *natstest.Config) { c.Behave = natstest.Always(natstest.Behavior{Mute: true}) })
	attempt(e, "silent after info", mute.URL(), nats.Timeout(400*time.Millisecond))
	lane := e.On("callbacks")
	_, err := nats.Connect(dead(e), nats.ClosedHandler(func(*nats.Conn) { lane.Log("closed") }),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { lane.Log("disconnected") }),
		nats.ConnectHandler(func(*nats.Conn) { lane.Log("connected") }))
	e.Err("with callbacks", err)
}

func lifeStrangers(e *env.Env) {
	for _, hello := range []string{
		"HTTP/1.1 400 Bad Request\r\n\r\n", "\r\n", "INFO\r\n", "INFO {}\r\n", "INFO {broken\r\n", "PING\r\n", "-ERR 'go away'\r\n",
		"INFO []\r\n", "INFO \"text\"\r\n", "+OK\r\n",
	} {
		s := e.Silent(func(c *natstest.Config) { c.Behave = natstest.Always(natstest.Behavior{RawInfo: hello}) })
		attempt(e, fmt.Sprintf("hello %q", hello), s.URL(), nats.Timeout(200*time.Millisecond))
		s.Close()
	}
}

func lifeStale(e *env.Env) {
	s := e.Silent(func(c *natstest.Config) {
		// Silent from the handshake on, so that no answer has to come in time.
		c.Behave = natstest.Always(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			return op.Kind == "PING" && c.Count("PING") > 1
		}})
	})
	// An attempt that reached it might be under way at the close, or not.
	nc := connect(e, s.URL(), watched(e, quick(nats.SetCustomDialer(&onceDialer{}),
		nats.PingInterval(10*time.Millisecond), nats.MaxPingsOutstanding(2))...)...)
	e.Await("callbacks", "disconnected", 1)
	nc.Close()
	e.Await("callbacks", "closed", 1)
}

func lifeServerStale(e *env.Env) {
	s := e.Silent(func(c *natstest.Config) {
		c.Behave = natstest.Script(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			if op.Kind == "PUB" {
				c.SendErr("Stale Connection")
				return true
			}
			return false
		}})
	})
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	e.Must(nc.Publish("a", nil))
	e.Await("callbacks", "reconnected", 1)
	nc.Close()
	e.Await("callbacks", "closed", 1)
}

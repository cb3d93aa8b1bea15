package scenarios

import (
	"time"

	nats "github.com/evernats/nats"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/parity/env"
)

func permissions() []env.Scenario {
	return []env.Scenario{
		{Name: "permissions/publish", Run: permPublish},
		{Name: "permissions/subscribe", Run: permSubscribe},
		{Name: "permissions/error on subscribe", Run: permOnSubscribe},
		{Name: "permissions/queue", Run: permQueue},
		{Name: "permissions/request", Run: permRequest},
		{Name: "permissions/after reconnect", Run: permReconnect},
	}
}

func limits() []env.Scenario {
	return []env.Scenario{
		{Name: "limits/connections", Run: limitConnections},
		{Name: "limits/subscriptions", Run: limitSubscriptions},
		{Name: "limits/unknown error", Run: limitUnknown},
		{Name: "limits/control line", Run: limitControlLine},
	}
}

func withPermissions(o *server.Options) {
	o.Users = []*server.User{{Username: "me", Password: "secret", Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{"ok.>", "_INBOX.>"}, Deny: []string{"ok.no"}},
		Subscribe: &server.SubjectPermission{Allow: []string{"ok.>", "_INBOX.>", "ok.work workers"}, Deny: []string{"ok.no", "ok.work others"}},
	}}}
}

func permPublish(e *env.Env) {
	s := e.Server(withPermissions)
	nc := connect(e, s.URLFor("nats", "me:secret"), watched(e)...)
	e.Err("allowed", nc.Publish("ok.a", nil))
	e.Err("not allowed", nc.Publish("other", nil))
	e.Err("flush", nc.Flush())
	e.Await("callbacks", "error", 1)
	e.Err("denied", nc.Publish("ok.no", nil))
	e.Err("flush", nc.Flush())
	e.Await("callbacks", "error", 2)
	e.Err("last error", nc.LastError())
	e.Log("status %s", nc.Status())
}

func permSubscribe(e *env.Env) {
	s := e.Server(withPermissions)
	nc := connect(e, s.URLFor("nats", "me:secret"), watched(e)...)
	sub, err := nc.SubscribeSync("other")
	e.Err("subscribe", err)
	e.Err("flush", nc.Flush())
	e.Await("callbacks", "error", 1)
	_, err = sub.NextMsg(10 * time.Millisecond)
	e.Err("next", err)
	e.Log("valid %v, %d subscriptions, status %s", sub.IsValid(), nc.NumSubscriptions(), nc.Status())
	allowed, err := nc.SubscribeSync("ok.a")
	e.Err("allowed", err)
	e.Must(nc.Publish("ok.a", []byte("x")))
	next(e, allowed)
	e.Err("unsubscribe", sub.Unsubscribe())
}

func permOnSubscribe(e *env.Env) {
	s := e.Server(withPermissions)
	nc := connect(e, s.URLFor("nats", "me:secret"), watched(e, nats.PermissionErrOnSubscribe(true))...)
	sub, err := nc.SubscribeSync("other")
	e.Err("subscribe", err)
	_, err = sub.NextMsg(env.Patience)
	e.Err("next", err)
	_, err = sub.NextMsg(env.Patience)
	e.Err("next again", err)
	e.Await("callbacks", "error", 1)
	async, err := nc.Subscribe("other", func(m *nats.Msg) { e.On("handler").Log("got %s", show(m)) })
	e.Err("callback", err)
	e.Await("callbacks", "error", 2)
	e.Log("valid %v", async.IsValid())
	allowed, err := nc.SubscribeSync("ok.a")
	e.Err("allowed", err)
	e.Must(nc.Publish("ok.a", []byte("x")))
	next(e, allowed)
	for m, err := range sub.Msgs() {
		e.Err("iterate "+show(m), err)
		break
	}
}

func permQueue(e *env.Env) {
	s := e.Server(withPermissions)
	nc := connect(e, s.URLFor("nats", "me:secret"), watched(e, nats.PermissionErrOnSubscribe(true))...)
	good, err := nc.QueueSubscribeSync("ok.work", "workers")
	e.Err("allowed queue", err)
	bad, err := nc.QueueSubscribeSync("ok.work", "others")
	e.Err("denied queue", err)
	e.Err("flush", nc.Flush())
	e.Await("callbacks", "error", 1)
	_, err = bad.NextMsg(env.Patience)
	e.Err("next of the denied", err)
	e.Must(nc.Publish("ok.work", []byte("x")))
	next(e, good)
}

func permRequest(e *env.Env) {
	s := e.Server(withPermissions)
	nc := connect(e, s.URLFor("nats", "me:secret"), watched(e)...)
	// nats.go waits in vain for all of this; the server's refusal must come before its end.
	_, err := nc.Request("other", nil, 2*time.Second)
	e.Err("request", err)
	e.Await("callbacks", "error", 1)
	_, err = nc.Request("ok.nobody", nil, env.Patience)
	e.Err("allowed", err)
}

func permReconnect(e *env.Env) {
	s := e.Server(withPermissions)
	nc := connect(e, s.URLFor("nats", "me:secret"), watched(e, quick()...)...)
	_, err := nc.SubscribeSync("other")
	e.Must(err)
	e.Await("callbacks", "error", 1)
	s.CutClients()
	e.Await("callbacks", "reconnected", 1)
	e.Await("callbacks", "error", 2)
	e.Log("status %s", nc.Status())
}

func limitConnections(e *env.Env) {
	s := e.Server(func(o *server.Options) { o.MaxConn = 1 })
	nc := connect(e, s.URL())
	// What nats.go returns depends on whether the server's word or its hanging
	// up is noticed first.
	refused, err := nats.Connect(s.URL())
	e.Log("one too many: refused %v", refused == nil && err != nil)
	nc.Close()
	s.AwaitClients(0)
	attempt(e, "when there is room", s.URL())
}

func limitSubscriptions(e *env.Env) {
	s := e.Server(func(o *server.Options) { o.MaxSubs = 1 })
	nc := connect(e, s.URL(), watched(e)...)
	_, err := nc.SubscribeSync("a")
	e.Err("first", err)
	_, err = nc.SubscribeSync("b")
	e.Err("second", err)
	e.Err("flush", nc.Flush())
	e.Await("callbacks", "error", 1)
	e.Log("status %s", nc.Status())
	e.Err("last error", nc.LastError())
}

func limitUnknown(e *env.Env) {
	s := e.Silent(func(c *natstest.Config) {
		c.Behave = natstest.Always(natstest.Behavior{On: func(c *natstest.Conn, op natstest.Op) bool {
			if op.Kind == "PUB" {
				c.SendErr("Something Nobody Has Heard Of")
			}
			return false
		}})
	})
	nc := connect(e, s.URL(), watched(e, quick()...)...)
	e.Must(nc.Publish("a", nil))
	err := nc.Flush()
	e.Log("flush fails %v", err != nil)
	e.Log("closed %v", nc.IsClosed())
	nc.Close()
	e.Await("callbacks", "closed", 1)
}

func limitControlLine(e *env.Env) {
	s := e.Server(func(o *server.Options) { o.MaxControlLine = 256 })
	nc := connect(e, s.URL(), watched(e, nats.NoReconnect())...)
	long := make([]byte, 400)
	for i := range long {
		long[i] = 'x'
	}
	e.Err("publish", nc.Publish(string(long), nil))
	e.Await("callbacks", "closed", 1)
}

package scenarios

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	nats "github.com/evernats/nats"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/parity/env"
)

func flushing() []env.Scenario {
	return []env.Scenario{
		{Name: "flush/forms", Run: flushForms},
		{Name: "flush/silent server", Run: flushSilent},
		{Name: "flush/connection over", Run: flushOver},
		{Name: "flush/connection lost", Run: flushLost},
		{Name: "flush/many at once", Run: flushMany},
		{Name: "flush/barrier", Run: flushBarrier},
		{Name: "flush/buffered", Run: flushBuffered},
	}
}

func getters() []env.Scenario {
	return []env.Scenario{
		{Name: "getters/connected", Run: gettersConnected},
		{Name: "getters/closed", Run: gettersClosed},
		{Name: "getters/reconnecting", Run: gettersReconnecting},
		{Name: "getters/handlers", Run: gettersHandlers},
		{Name: "getters/redacted", Run: gettersRedacted},
		{Name: "getters/account and cluster", Run: gettersAccount},
		{Name: "getters/statuses", Run: gettersStatuses},
		{Name: "getters/old server", Run: gettersOldServer},
	}
}

func flushForms(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	e.Err("flush", nc.Flush())
	for _, d := range []time.Duration{-time.Second, 0, env.Patience} {
		e.Err("timeout "+d.String(), nc.FlushTimeout(d))
	}
	ctx, cancel := context.WithTimeout(context.Background(), env.Patience)
	e.Err("context", nc.FlushWithContext(ctx))
	cancel()
	e.Err("nil context", nc.FlushWithContext(nil)) //nolint:staticcheck // bad input is the point
	e.Err("no deadline", nc.FlushWithContext(context.Background()))
	d, err := nc.RTT()
	e.Err(fmt.Sprintf("round trip is positive: %v", d > 0), err)
}

func flushSilent(e *env.Env) {
	s := e.Silent()
	nc := connect(e, s.URL())
	s.Hush()
	e.Err("timeout", nc.FlushTimeout(20*time.Millisecond))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	e.Err("deadline", nc.FlushWithContext(ctx))
	cancel()
	ctx, cancel = context.WithTimeout(context.Background(), time.Hour)
	ended := make(chan error, 1)
	go func() { ended <- nc.FlushWithContext(ctx) }()
	cancel()
	e.Err("cancelled", env.Recv(e, "the end of the flush", ended))
	// Of a server that answers either library may see the PONG first.
	e.Err("context over", nc.FlushWithContext(ctx))
	before := s.Pings()
	go func() { ended <- nc.Flush() }()
	e.Until("the PING", func() bool { return s.Pings() > before })
	nc.Close()
	e.Err("closed", env.Recv(e, "the end of the flush", ended))
}

func flushOver(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	nc.Close()
	e.Err("flush", nc.Flush())
	e.Err("timeout", nc.FlushTimeout(time.Second))
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	e.Err("context", nc.FlushWithContext(ctx))
	e.Err("bad timeout", nc.FlushTimeout(-1))
	_, err := nc.RTT()
	e.Err("round trip", err)
	e.Err("barrier", nc.Barrier(func() {}))
	_, err = nc.Buffered()
	e.Err("buffered", err)
}

func flushLost(e *env.Env) {
	s := e.Silent()
	nc := connect(e, s.URL(), watched(e, nats.NoReconnect())...)
	s.Hush()
	ended := make(chan error, 1)
	go func() { ended <- nc.Flush() }()
	e.Until("the PING", func() bool { return s.Pings() >= 2 })
	s.Kill()
	e.Err("flush", env.Recv(e, "the end of the flush", ended))
	e.Await("callbacks", "closed", 1)
}

func flushMany(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	var wg sync.WaitGroup
	failed := make(chan error, 50)
	for range 50 {
		wg.Go(func() {
			if err := nc.Flush(); err != nil {
				failed <- err
			}
		})
	}
	wg.Wait()
	e.Log("%d of 50 failed", len(failed))
}

func flushBarrier(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	reached := make(chan bool, 1)
	e.Err("nobody there", nc.Barrier(func() { reached <- true }))
	e.Log("run at once: %v", len(reached) == 1)
	<-reached
	_, err := nc.SubscribeSync("sync")
	e.Must(err)
	e.Err("only a sync subscription", nc.Barrier(func() { reached <- true }))
	e.Log("run at once: %v", len(reached) == 1)
	env.Recv(e, "the barrier", reached)
	var mu sync.Mutex
	seen := 0
	for range 2 {
		_, err := nc.Subscribe("a", func(*nats.Msg) { mu.Lock(); seen++; mu.Unlock() })
		e.Must(err)
	}
	for range 50 {
		e.Must(nc.Publish("a", nil))
	}
	e.Must(nc.Flush())
	counted := make(chan int, 1)
	e.Err("two subscriptions", nc.Barrier(func() { mu.Lock(); counted <- seen; mu.Unlock() }))
	e.Log("after %d messages", env.Recv(e, "the barrier", counted))
}

func flushBuffered(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), quick(nats.ReconnectWait(time.Hour))...)
	n, err := nc.Buffered()
	e.Err(fmt.Sprintf("nothing: %d", n), err)
	s.Stop()
	e.Until("reconnecting", nc.IsReconnecting)
	e.Must(nc.Publish("a", []byte("12345")))
	n, err = nc.Buffered()
	e.Err(fmt.Sprintf("one message: %d", n), err)
}

// look notes what the getters say.
func look(e *env.Env, nc *nats.Conn) {
	e.Log("status %s: connected %v, reconnecting %v, closed %v, draining %v", nc.Status(), nc.IsConnected(), nc.IsReconnecting(), nc.IsClosed(), nc.IsDraining())
	e.Log("url %q, redacted %q, addr %q", nc.ConnectedUrl(), nc.ConnectedUrlRedacted(), nc.ConnectedAddr())
	e.Log("server id %q, name %q, version %v, cluster %q, domain %q", nc.ConnectedServerId(), nc.ConnectedServerName(), nc.ConnectedServerVersion() == server.VERSION, nc.ConnectedClusterName(), nc.ConnectedDomain())
	js, level := nc.ConnectedServerJetStream()
	e.Log("jetstream %v %d, account %q, system %v", js, level, nc.RemoteAccount(), nc.IsSystemAccount())
	e.Log("servers %q, discovered %q", nc.Servers(), nc.DiscoveredServers())
	e.Log("auth required %v, tls required %v, headers %v, max payload %d", nc.AuthRequired(), nc.TLSRequired(), nc.HeadersSupported(), nc.MaxPayload())
	id, err := nc.GetClientID()
	e.Err(fmt.Sprintf("client id %v", id > 0), err)
	ip, err := nc.GetClientIP()
	e.Err(fmt.Sprintf("client ip %v", ip), err)
	_, err = nc.TLSConnectionState()
	e.Err("tls state", err)
	e.Log("local address %v", strings.HasPrefix(nc.LocalAddr(), "127.0.0.1:"))
	e.Err("last error", nc.LastError())
	for _, server := range nc.ServerPool() {
		e.Log("pool has %s, %d reconnects", server.URL, server.Reconnects)
	}
}

func gettersConnected(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), nats.Name("looking"))
	// The server's second INFO, which has the account, comes when it likes.
	e.Until("the account", func() bool { return nc.RemoteAccount() != "" })
	look(e, nc)
	id, err := nc.GetClientID()
	e.Must(err)
	c := s.Client()
	e.Log("server: id %v, name %q, lang %q", c.Cid == id, c.Name, c.Lang)
	e.Log("opts: url %q, name %q, servers %q", nc.Opts.Url, nc.Opts.Name, nc.Opts.Servers)
}

func gettersClosed(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	nc.Close()
	look(e, nc)
	nc.Close()
	e.Log("closing twice is fine")
}

func gettersReconnecting(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e, quick(nats.ReconnectWait(time.Hour))...)...)
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	e.Until("reconnecting", nc.IsReconnecting)
	e.Log("status %s: connected %v, reconnecting %v, closed %v, draining %v", nc.Status(), nc.IsConnected(), nc.IsReconnecting(), nc.IsClosed(), nc.IsDraining())
	e.Log("url %q, redacted %q, addr %q", nc.ConnectedUrl(), nc.ConnectedUrlRedacted(), nc.ConnectedAddr())
	e.Log("server id %q, name %q, version %q, cluster %q", nc.ConnectedServerId(), nc.ConnectedServerName(), nc.ConnectedServerVersion(), nc.ConnectedClusterName())
	e.Log("servers %q", nc.Servers())
	_, err := nc.GetClientID()
	e.Err("client id", err)
	_, err = nc.GetClientIP()
	e.Err("client ip", err)
	_, err = nc.TLSConnectionState()
	e.Err("tls state", err)
	_, err = nc.RTT()
	e.Err("round trip", err)
	e.Log("max payload %d, headers %v", nc.MaxPayload(), nc.HeadersSupported())
}

func gettersHandlers(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	e.Log("closed %v, disconnected %v, discovered %v, error %v, reconnected %v", nc.ClosedHandler() != nil, nc.DisconnectErrHandler() != nil, nc.DiscoveredServersHandler() != nil, nc.ErrorHandler() != nil, nc.ReconnectHandler() != nil)
	lane := e.On("callbacks")
	nc.SetClosedHandler(func(*nats.Conn) { lane.Log("closed") })
	nc.SetDisconnectErrHandler(func(_ *nats.Conn, err error) { lane.Err("disconnected", err) })
	nc.SetDisconnectHandler(func(*nats.Conn) { lane.Log("disconnected, old form") })
	nc.SetDiscoveredServersHandler(func(*nats.Conn) {})
	nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})
	nc.SetReconnectHandler(func(*nats.Conn) {})
	e.Log("closed %v, disconnected %v, discovered %v, error %v, reconnected %v", nc.ClosedHandler() != nil, nc.DisconnectErrHandler() != nil, nc.DiscoveredServersHandler() != nil, nc.ErrorHandler() != nil, nc.ReconnectHandler() != nil)
	nc.Close()
	e.Await("callbacks", "closed", 1)
	nc = connect(e, s.URL(), nats.DisconnectHandler(func(*nats.Conn) { e.On("old form").Log("disconnected") }))
	nc.Close()
	e.Await("old form", "disconnected", 1)
}

func gettersRedacted(e *env.Env) {
	s := e.Server(func(o *server.Options) { o.Username, o.Password = "me", "secret" })
	nc := connect(e, s.URLFor("nats", "me:secret"))
	e.Log("url %q, redacted %q, servers %q", nc.ConnectedUrl(), nc.ConnectedUrlRedacted(), nc.Servers())
	nc = connect(e, s.URL(), nats.UserInfo("me", "secret"))
	e.Log("url %q, redacted %q, servers %q", nc.ConnectedUrl(), nc.ConnectedUrlRedacted(), nc.Servers())
	t := e.Server(func(o *server.Options) { o.Authorization = "token" })
	nc = connect(e, t.URLFor("nats", "token"))
	e.Log("url %q, redacted %q", nc.ConnectedUrl(), nc.ConnectedUrlRedacted())
}

func gettersAccount(e *env.Env) {
	a := e.Server(env.Clustered(nil))
	nc := connect(e, a.URL())
	e.Until("the account", func() bool { return nc.RemoteAccount() != "" })
	look(e, nc)
	sys := e.Server(func(o *server.Options) {
		account := server.NewAccount("$SYS")
		app := server.NewAccount("APP")
		o.Accounts = []*server.Account{account, app}
		o.SystemAccount = "$SYS"
		o.Users = []*server.User{{Username: "sys", Password: "s", Account: account}, {Username: "app", Password: "a", Account: app}}
	})
	for _, user := range []string{"sys:s", "app:a"} {
		nc := connect(e, sys.URLFor("nats", user))
		e.Until("the account", func() bool { return nc.RemoteAccount() != "" })
		e.Log("%s: account %q, system %v", user, nc.RemoteAccount(), nc.IsSystemAccount())
	}
}

func gettersStatuses(e *env.Env) {
	for i := range 9 {
		e.Log("%d is %s", i, nats.Status(i))
	}
}

// gettersOldServer asks a server of long ago what it can't know.
func gettersOldServer(e *env.Env) {
	s := e.Silent(func(c *natstest.Config) {
		c.Behave = natstest.Always(natstest.Behavior{
			RawInfo: "INFO {\"server_id\":\"old\",\"version\":\"0.9.6\",\"host\":\"127.0.0.1\",\"port\":4222,\"max_payload\":1048576}\r\n",
		})
	})
	nc := connect(e, s.URL())
	_, err := nc.GetClientID()
	e.Err("client id", err)
	_, err = nc.GetClientIP()
	e.Err("client ip", err)
	e.Log("headers %v, cluster %q, name %q, version %q", nc.HeadersSupported(), nc.ConnectedClusterName(), nc.ConnectedServerName(), nc.ConnectedServerVersion())
	e.Err("header", nc.PublishMsg(&nats.Msg{Subject: "a", Header: nats.Header{"A": {"b"}}}))
	e.Err("publish", nc.Publish("a", nil))
	e.Err("flush", nc.Flush())
	attempt(e, "no echo", s.URL(), nats.NoEcho())
	u := e.NewUser()
	attempt(e, "nkey", s.URL(), nats.Nkey(u.Public, u.Sign))
}

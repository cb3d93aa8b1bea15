package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	nats "github.com/evernats/nats"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/parity/env"
)

func websockets() []env.Scenario {
	return []env.Scenario{
		{Name: "websocket/plain", Run: wsPlain},
		{Name: "websocket/encrypted", Run: wsSecure},
		{Name: "websocket/compression", Run: wsCompression},
		{Name: "websocket/proxy path", Run: wsProxyPath},
		{Name: "websocket/headers", Run: wsHeaders},
		{Name: "websocket/refused", Run: wsRefused},
		{Name: "websocket/reconnect", Run: wsReconnect},
		{Name: "websocket/authentication", Run: wsAuth},
	}
}

func withWebsocket(o *server.Options) {
	o.Websocket.Host, o.Websocket.Port, o.Websocket.NoTLS = "127.0.0.1", server.RANDOM_PORT, true
}

func withSecureWebsocket(c *natstest.Certs) func(*server.Options) {
	return func(o *server.Options) {
		o.Websocket.Host, o.Websocket.Port, o.Websocket.TLSConfig = "127.0.0.1", server.RANDOM_PORT, c.ServerConfig()
	}
}

// talk sends messages of many sizes to itself.
func talk(e *env.Env, nc *nats.Conn) {
	e.Helper()
	sub, err := nc.SubscribeSync("talk")
	e.Must(err)
	for _, size := range []int{0, 1, 125, 126, 1000, 65535, 65536, 300000} {
		data := bytes.Repeat([]byte("evernats "), size/9+1)[:size]
		e.Must(nc.Publish("talk", data))
		m, err := sub.NextMsg(env.Patience)
		e.Must(err)
		e.Log("%d bytes came back whole: %v", size, bytes.Equal(m.Data, data))
	}
	e.Must(sub.Unsubscribe())
}

func wsPlain(e *env.Env) {
	s := e.Server(withWebsocket)
	nc := connect(e, "ws://"+s.WebsocketAddr())
	talk(e, nc)
	e.Log("url %q, addr %q, tls required %v", nc.ConnectedUrl(), nc.ConnectedAddr(), nc.TLSRequired())
	_, err := nc.TLSConnectionState()
	e.Err("tls state", err)
	e.Err("flush", nc.Flush())
	e.Log("server: %s", s.Client().Kind)
	stats(e, nc)
	nc.Close()
	s.AwaitClients(0)
}

func wsSecure(e *env.Env) {
	c := certs(e)
	s := e.Server(withSecureWebsocket(c))
	nc := connect(e, "wss://"+s.WebsocketAddr(), nats.RootCAs(c.CAFile))
	talk(e, nc)
	_, err := nc.TLSConnectionState()
	e.Err("tls state", err)
	attempt(e, "unknown authority", "wss://"+s.WebsocketAddr())
	attempt(e, "own config", "wss://"+s.WebsocketAddr(), nats.Secure(c.ClientConfig()))
}

func wsCompression(e *env.Env) {
	s := e.Server(withWebsocket, func(o *server.Options) { o.Websocket.Compression = true })
	nc := connect(e, "ws://"+s.WebsocketAddr(), nats.Compression(true))
	talk(e, nc)
	nc.Close()
	e.Log("without:")
	talk(e, connect(e, "ws://"+s.WebsocketAddr()))
	plain := e.Server(withWebsocket)
	nc, err := nats.Connect("ws://"+plain.WebsocketAddr(), nats.Compression(true))
	e.Err("the server has none", err)
	if nc != nil {
		talk(e, nc)
		nc.Close()
	}
}

func wsProxyPath(e *env.Env) {
	s := e.Server(withWebsocket)
	p := e.HTTPProxy(s, "/nats/here")
	talk(e, connect(e, p.URL(), nats.ProxyPath("/nats/here")))
	talk(e, connect(e, p.URL(), nats.ProxyPath("nats/here")))
	talk(e, connect(e, p.URL()+"/nats/here"))
	talk(e, connect(e, p.URL()+"/elsewhere", nats.ProxyPath("nats/here")))
	attempt(e, "no path", p.URL())
}

func wsHeaders(e *env.Env) {
	s := e.Server(withWebsocket)
	p := e.HTTPProxy(s, "/")
	nc := connect(e, p.URL(), nats.WebSocketConnectionHeaders(http.Header{"X-One": {"1", "2"}, "X-Two": {"3"}}))
	nc.Close()
	s.AwaitClients(0) // or it is cut below, too
	var asked atomic.Int32
	connect(e, p.URL(), watched(e, quick(nats.WebSocketConnectionHeadersHandler(func() (http.Header, error) {
		return http.Header{"X-Turn": {fmt.Sprint(asked.Add(1))}}, nil
	}))...)...)
	s.CutClients()
	e.Await("callbacks", "reconnected", 1)
	attempt(e, "failing handler", p.URL(), nats.WebSocketConnectionHeadersHandler(func() (http.Header, error) {
		return nil, fmt.Errorf("no headers today")
	}))
}

func wsRefused(e *env.Env) {
	s := e.Server(withWebsocket)
	dead := dead(e)
	attempt(e, "nobody there", "ws"+dead[len("nats"):])
	p := e.HTTPProxy(s, "/only")
	attempt(e, "not found", p.URL())
	attempt(e, "mixed", "ws://"+s.WebsocketAddr()+","+s.URL())
	attempt(e, "mixed, other way", s.URL()+",ws://"+s.WebsocketAddr())
	nc, err := nats.Connect(s.URL() + "," + s.URL())
	e.Err("not mixed", err)
	nc.Close()
}

func wsReconnect(e *env.Env) {
	s := e.Server(withWebsocket)
	nc := connect(e, "ws://"+s.WebsocketAddr(), watched(e, quick(
		// nats.go may report the write that fails before the loss, or not.
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))...)...)
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	s.Stop()
	e.Await("callbacks", "disconnected", 1)
	e.Must(nc.Publish("a", []byte("queued")))
	s.Restart()
	e.Await("callbacks", "reconnected", 1)
	next(e, sub)
	nc.Close()
	e.Await("callbacks", "closed", 1)
}

func wsAuth(e *env.Env) {
	s := e.Server(withWebsocket, withUser)
	attempt(e, "right", "ws://"+s.WebsocketAddr(), nats.UserInfo("me", "secret"))
	// nats.go may see that the server hangs up before it sees why.
	var wrong error
	for range 10 {
		nc, err := nats.Connect("ws://"+s.WebsocketAddr(), nats.UserInfo("me", "guess"))
		if nc != nil {
			nc.Close()
			e.Fatalf("connected with a wrong password")
		}
		if wrong = err; errors.Is(err, nats.ErrAuthorization) {
			break
		}
	}
	e.Err("wrong", wrong)
	attempt(e, "in the url", "ws://me:secret@"+s.WebsocketAddr())
}

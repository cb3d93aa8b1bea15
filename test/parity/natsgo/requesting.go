package scenarios

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/test/parity/env"
)

func requesting() []env.Scenario {
	return []env.Scenario{
		{Name: "request/answered", Run: func(e *env.Env) { requestAnswered(e) }},
		{Name: "request/answered, old style", Run: func(e *env.Env) { requestAnswered(e, nats.UseOldRequestStyle()) }},
		{Name: "request/failing", Run: func(e *env.Env) { requestFailing(e) }},
		{Name: "request/failing, old style", Run: func(e *env.Env) { requestFailing(e, nats.UseOldRequestStyle()) }},
		{Name: "request/bad input", Run: func(e *env.Env) { requestBadInput(e) }},
		{Name: "request/bad input, old style", Run: func(e *env.Env) { requestBadInput(e, nats.UseOldRequestStyle()) }},
		{Name: "request/wire", Run: func(e *env.Env) { requestWire(e) }},
		{Name: "request/wire, old style", Run: func(e *env.Env) { requestWire(e, nats.UseOldRequestStyle()) }},
		{Name: "request/respond", Run: requestRespond},
		{Name: "request/many at once", Run: requestConcurrent},
		{Name: "request/second answer", Run: requestSecondAnswer},
		{Name: "request/late answer", Run: requestLate},
		{Name: "request/connection closes", Run: requestClosed},
		{Name: "request/no responders on a plain subscription", Run: requestNoRespondersByHand},
		{Name: "request/old server", Run: requestOldServer},
		{Name: "request/inboxes", Run: requestInboxes},
		{Name: "request/inbox prefix", Run: requestPrefix},
	}
}

// echo answers on subj with what it got.
func echo(e *env.Env, s *env.Server, subj string) {
	e.Helper()
	nc := connect(e, s.URL())
	_, err := nc.Subscribe(subj, func(m *nats.Msg) {
		if err := m.RespondMsg(&nats.Msg{Data: m.Data, Header: m.Header}); err != nil {
			e.On("responder").Err("respond", err)
		}
	})
	e.Must(err)
	e.Must(nc.Flush())
}

func requestAnswered(e *env.Env, opts ...nats.Option) {
	s := e.Server()
	echo(e, s, "echo")
	nc := connect(e, s.URL(), opts...)
	m, err := nc.Request("echo", []byte("1"), env.Patience)
	e.Err("request", err)
	e.Log("data %q, header %v", m.Data, m.Header)
	m, err = nc.Request("echo", nil, env.Patience)
	e.Err("request nothing", err)
	e.Log("data %q", m.Data)
	m, err = nc.RequestMsg(&nats.Msg{Subject: "echo", Data: []byte("2"), Header: nats.Header{"K": {"v"}}}, env.Patience)
	e.Err("request msg", err)
	e.Log("data %q, header %s", m.Data, showHeader(m.Header))
	ctx, cancel := context.WithTimeout(context.Background(), env.Patience)
	defer cancel()
	m, err = nc.RequestWithContext(ctx, "echo", []byte("3"))
	e.Err("with context", err)
	e.Log("data %q", m.Data)
	m, err = nc.RequestMsgWithContext(ctx, &nats.Msg{Subject: "echo", Data: []byte("4"), Reply: "is.ignored"})
	e.Err("msg with context", err)
	e.Log("data %q", m.Data)
	m, err = nc.RequestWithContext(context.Background(), "echo", []byte("5"))
	e.Err("with context that has no end", err)
	e.Log("data %q", m.Data)
	stats(e, nc)
}

func requestFailing(e *env.Env, opts ...nats.Option) {
	s := e.Server()
	deaf := connect(e, s.URL())
	_, err := deaf.Subscribe("deaf", func(*nats.Msg) {})
	e.Must(err)
	e.Must(deaf.Flush())
	nc := connect(e, s.URL(), opts...)
	_, err = nc.Request("nobody", nil, env.Patience)
	e.Err("nobody there", err)
	_, err = nc.RequestMsg(&nats.Msg{Subject: "nobody", Header: nats.Header{"K": {"v"}}}, env.Patience)
	e.Err("nobody there for a msg", err)
	_, err = nc.RequestWithContext(context.Background(), "nobody", nil)
	e.Err("nobody there, context", err)
	_, err = nc.Request("deaf", nil, 20*time.Millisecond)
	e.Err("timeout", err)
	_, err = nc.RequestMsg(nats.NewMsg("deaf"), 20*time.Millisecond)
	e.Err("timeout for a msg", err)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	_, err = nc.RequestWithContext(ctx, "deaf", nil)
	e.Err("deadline", err)
	_, err = nc.RequestWithContext(ctx, "deaf", nil)
	e.Err("deadline long ago", err)
	cancel()
	ctx, cancel = context.WithCancel(context.Background())
	cancel()
	_, err = nc.RequestWithContext(ctx, "deaf", nil)
	e.Err("cancelled", err)
	_, err = nc.RequestMsgWithContext(ctx, nats.NewMsg("deaf"))
	e.Err("cancelled for a msg", err)
	e.Err("flush", nc.Flush())
}

func requestBadInput(e *env.Env, opts ...nats.Option) {
	s := e.Server()
	nc := connect(e, s.URL(), opts...)
	_, err := nc.Request("", nil, time.Second)
	e.Err("no subject", err)
	_, err = nc.Request("a b", nil, time.Second)
	e.Err("spaced subject", err)
	_, err = nc.RequestMsg(nil, time.Second)
	e.Err("nil msg", err)
	_, err = nc.RequestMsgWithContext(context.Background(), nil)
	e.Err("nil msg with context", err)
	_, err = nc.RequestWithContext(nil, "a", nil) //nolint:staticcheck // bad input is the point
	e.Err("nil context", err)
	_, err = nc.RequestMsgWithContext(nil, nats.NewMsg("a")) //nolint:staticcheck // bad input is the point
	e.Err("nil context for a msg", err)
	listening := connect(e, s.URL())
	_, err = listening.SubscribeSync("deaf")
	e.Must(err)
	e.Must(listening.Flush())
	_, err = nc.Request("deaf", nil, 0)
	e.Err("no time", err)
	_, err = nc.Request("deaf", nil, -time.Second)
	e.Err("negative time", err)
	nc.Close()
	_, err = nc.Request("a", nil, time.Second)
	e.Err("closed", err)
	_, err = nc.RequestMsg(nats.NewMsg("a"), time.Second)
	e.Err("closed for a msg", err)
	_, err = nc.RequestWithContext(context.Background(), "a", nil)
	e.Err("closed with context", err)
}

func requestWire(e *env.Env, opts ...nats.Option) {
	s := e.Server()
	echo(e, s, "echo")
	nc := connect(e, e.Wire(s).URL(), opts...)
	for i := range 3 {
		m, err := nc.Request("echo", []byte{'0' + byte(i)}, env.Patience)
		e.Must(err)
		e.Log("answer %q", m.Data)
	}
	_, err := nc.Request("nobody", []byte("x"), env.Patience)
	e.Err("nobody", err)
	e.Must(nc.Flush())
	e.Log("%d subscriptions", nc.NumSubscriptions())
}

func requestRespond(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	in := listen(e, s, "answers.>")
	e.Must(nc.PublishRequest("a", "answers.1", nil))
	m := next(e, sub)
	e.Err("respond", m.Respond([]byte("once")))
	e.Err("respond again", m.Respond(nil))
	e.Err("respond msg", m.RespondMsg(&nats.Msg{Subject: "elsewhere", Data: []byte("msg"), Header: nats.Header{"A": {"b"}}}))
	panics(e, "respond nil msg", func() { e.Err("respond nil msg", m.RespondMsg(nil)) })
	e.Must(nc.Flush())
	next(e, in)
	next(e, in)
	next(e, in)
	e.Must(nc.Publish("a", nil))
	m = next(e, sub)
	e.Err("nowhere to reply", m.Respond(nil))
	e.Err("nowhere to reply a msg", m.RespondMsg(nats.NewMsg("x")))
	e.Err("not received", nats.NewMsg("x").Respond(nil))
	e.Err("not received, with a reply", (&nats.Msg{Subject: "x", Reply: "y"}).Respond(nil))
	e.Err("not received, msg", (&nats.Msg{Subject: "x", Reply: "y"}).RespondMsg(nats.NewMsg("z")))
	e.Must(nc.PublishRequest("a", "answers.2", nil))
	m = next(e, sub)
	e.Must(sub.Unsubscribe())
	e.Err("after unsubscribe", m.Respond([]byte("late")))
	e.Must(nc.Flush())
	next(e, in)
	nc.Close()
	e.Err("after close", m.Respond(nil))
}

func requestConcurrent(e *env.Env) {
	s := e.Server()
	echo(e, s, "echo")
	nc := connect(e, s.URL())
	var wg sync.WaitGroup
	wrong := make(chan string, 100)
	for i := range 100 {
		wg.Go(func() {
			want := fmt.Sprint(i)
			m, err := nc.Request("echo", []byte(want), env.Patience)
			if err != nil || string(m.Data) != want {
				wrong <- fmt.Sprintf("request %s: %v", want, err)
			}
		})
	}
	wg.Wait()
	e.Log("%d of 100 wrong", len(wrong))
	e.Log("%d subscriptions", nc.NumSubscriptions())
	stats(e, nc)
}

func requestSecondAnswer(e *env.Env) {
	s := e.Server()
	answering := connect(e, s.URL())
	_, err := answering.Subscribe("twice", func(m *nats.Msg) {
		e.On("responder").Err("first", m.Respond([]byte("first")))
		e.On("responder").Err("second", m.Respond([]byte("second")))
	})
	e.Must(err)
	e.Must(answering.Flush())
	nc := connect(e, s.URL())
	for range 3 {
		m, err := nc.Request("twice", nil, env.Patience)
		e.Must(err)
		e.Log("answer %q", m.Data)
	}
	e.Await("responder", "second", 3)
}

func requestLate(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "late")
	nc := connect(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	_, err := nc.Request("late", []byte("1"), 10*time.Millisecond)
	e.Err("first", err)
	m, err := in.NextMsg(env.Patience)
	e.Must(err)
	e.Err("late answer", m.Respond([]byte("too late")))
	answered := make(chan error, 1)
	go func() {
		m, err := in.NextMsg(env.Patience)
		if err == nil {
			err = m.Respond([]byte("in time"))
		}
		answered <- err
	}()
	m, err = nc.Request("late", []byte("2"), env.Patience)
	e.Must(err)
	e.Log("second gets %q", m.Data)
	e.Must(env.Recv(e, "the responder", answered))
}

func requestClosed(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "deaf")
	nc := connect(e, s.URL())
	failed := make(chan error, 1)
	go func() {
		_, err := nc.Request("deaf", nil, env.Patience)
		failed <- err
	}()
	_, err := in.NextMsg(env.Patience)
	e.Must(err)
	nc.Close()
	e.Err("request", env.Recv(e, "the end of the request", failed))
	old := connect(e, s.URL(), nats.UseOldRequestStyle())
	go func() {
		_, err := old.Request("deaf", nil, env.Patience)
		failed <- err
	}()
	_, err = in.NextMsg(env.Patience)
	e.Must(err)
	old.Close()
	e.Err("old style", env.Recv(e, "the end of the request", failed))
}

func requestNoRespondersByHand(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	e.Must(err)
	e.Must(nc.PublishRequest("nobody", inbox, nil))
	m, err := sub.NextMsg(env.Patience)
	e.Err("next: "+show(m), err)
	e.Must(nc.PublishRequest("nobody", inbox, nil))
	m, err = sub.NextMsgWithContext(context.Background())
	e.Err("next with context: "+show(m), err)
	seen := make(chan string, 1)
	other := nc.NewInbox()
	_, err = nc.Subscribe(other, func(m *nats.Msg) { seen <- show(m) })
	e.Must(err)
	e.Must(nc.PublishRequest("nobody", other, nil))
	e.Log("callback got %s", env.Recv(e, "the status", seen))
}

func requestOldServer(e *env.Env) {
	s := e.Server(func(o *server.Options) { o.NoHeaderSupport = true })
	echo2 := connect(e, s.URL())
	_, err := echo2.Subscribe("echo", func(m *nats.Msg) { e.On("responder").Err("respond", m.Respond(m.Data)) })
	e.Must(err)
	e.Must(echo2.Flush())
	nc := connect(e, s.URL())
	e.Log("headers %v", nc.HeadersSupported())
	m, err := nc.Request("echo", []byte("x"), env.Patience)
	e.Err("request", err)
	e.Log("answer %q", m.Data)
	_, err = nc.RequestMsg(&nats.Msg{Subject: "echo", Header: nats.Header{"A": {"b"}}}, env.Patience)
	e.Err("request with header", err)
	e.Err("publish with header", nc.PublishMsg(&nats.Msg{Subject: "echo", Header: nats.Header{"A": {"b"}}}))
	e.Err("publish with empty header", nc.PublishMsg(&nats.Msg{Subject: "x", Header: nats.Header{}}))
	_, err = nc.Request("nobody", nil, 20*time.Millisecond)
	e.Err("nobody there", err)
}

func requestInboxes(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	seen := map[string]bool{}
	for range 1000 {
		seen[nats.NewInbox()] = true
		seen[nc.NewInbox()] = true
	}
	e.Log("%d different", len(seen))
	e.Log("%s and %s", nats.NewInbox(), nc.NewInbox())
	resp := nc.NewRespInbox()
	e.Log("%s", resp)
	e.Log("same connection, same prefix: %v", strings.HasPrefix(nc.NewRespInbox(), resp[:strings.LastIndexByte(resp, '.')]))
}

func requestPrefix(e *env.Env) {
	s := e.Server()
	for _, p := range []string{"", "a.", "a*", ">", "a.>", "a b", ".a", "a..b", "*", "a.b", "$X"} {
		attempt(e, "prefix "+quote(p), s.URL(), nats.CustomInboxPrefix(p))
	}
	echo(e, s, "echo")
	in := listen(e, s, "echo")
	for _, opts := range [][]nats.Option{{}, {nats.UseOldRequestStyle()}} {
		nc := connect(e, s.URL(), append(opts, nats.CustomInboxPrefix("my.inbox"))...)
		e.Log("%s and %s", nc.NewInbox(), nc.NewRespInbox())
		m, err := nc.Request("echo", []byte("x"), env.Patience)
		e.Must(err)
		e.Log("answer %q", m.Data)
		next(e, in)
	}
}

package scenarios

import (
	"strings"

	nats "github.com/evernats/nats"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/test/parity/env"
)

func publishing() []env.Scenario {
	return []env.Scenario{
		{Name: "publish/forms", Run: publishForms},
		{Name: "publish/wire", Run: publishWire},
		{Name: "publish/bad subjects", Run: publishBadSubjects},
		{Name: "publish/skip subject validation", Run: publishUnchecked},
		{Name: "publish/max payload", Run: publishTooLarge},
		{Name: "publish/connection over", Run: publishAfterEnd},
		{Name: "publish/no echo", Run: publishNoEcho},
		{Name: "publish/order", Run: publishOrder},
		{Name: "publish/statistics", Run: publishStatistics},
		{Name: "publish/caller keeps its buffer", Run: publishReusesBuffer},
	}
}

func publishForms(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "a.>")
	nc := connect(e, s.URL())
	e.Err("publish", nc.Publish("a.b", []byte("one")))
	e.Err("publish empty", nc.Publish("a.b", []byte{}))
	e.Err("publish nil", nc.Publish("a.b", nil))
	e.Err("publish binary", nc.Publish("a.b", []byte("\x00\r\nPUB x 1\r\n\xff")))
	e.Err("publish request", nc.PublishRequest("a.b", "reply.to", []byte("two")))
	e.Err("publish request, no reply", nc.PublishRequest("a.b", "", []byte("three")))
	e.Err("publish msg", nc.PublishMsg(&nats.Msg{Subject: "a.c", Reply: "r", Data: []byte("four")}))
	e.Err("publish msg with header", nc.PublishMsg(&nats.Msg{Subject: "a.c", Header: nats.Header{"K": {"v", "w"}}}))
	e.Err("publish msg, empty header", nc.PublishMsg(&nats.Msg{Subject: "a.c", Header: nats.Header{}, Data: []byte("five")}))
	e.Err("new msg", nc.PublishMsg(nats.NewMsg("a.new")))
	e.Err("flush", nc.Flush())
	for next(e, in).Subject != "a.new" {
	}
}

func publishWire(e *env.Env) {
	s := e.Server()
	nc := connect(e, e.Wire(s).URL(), nats.Name("wired"))
	e.Must(nc.Publish("a", []byte("x")))
	e.Must(nc.PublishRequest("a", "b", []byte("with\r\nlines")))
	e.Must(nc.PublishMsg(&nats.Msg{Subject: "a", Reply: "b", Header: nats.Header{"Key": {"1", "2"}}, Data: []byte("x")}))
	e.Must(nc.PublishMsg(&nats.Msg{Subject: "a", Header: nats.Header{}, Data: []byte("x")}))
	_, err := nc.SubscribeSync("sync.*")
	e.Must(err)
	sub, err := nc.QueueSubscribe("queue.>", "workers", func(*nats.Msg) {})
	e.Must(err)
	e.Must(nc.Flush())
	e.Must(sub.AutoUnsubscribe(5))
	e.Must(sub.Unsubscribe())
	e.Must(nc.Publish("a", nil))
	e.Must(nc.Flush())
}

func publishBadSubjects(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	for _, subj := range []string{"", " ", "a b", "a\tb", "a\r\nb", " a", "a ", "a\n", ".", ".a", "a.", "a..b", "*", "a.*", ">", "a.>", "é", "\x00", "_INBOX.x", "$SYS.x"} {
		e.Err("publish to "+quote(subj), nc.Publish(subj, nil))
		e.Err("publish request with reply "+quote(subj), nc.PublishRequest("ok", subj, nil))
		e.Err("publish msg to "+quote(subj), nc.PublishMsg(&nats.Msg{Subject: subj}))
		e.Err("publish msg with reply "+quote(subj), nc.PublishMsg(&nats.Msg{Subject: "ok", Reply: subj}))
	}
	e.Err("flush", nc.Flush())
	e.Log("status %s, last error %v", nc.Status(), nc.LastError())
}

func publishUnchecked(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "a.>")
	nc := connect(e, s.URL(), nats.SkipSubjectValidation())
	e.Err("good", nc.Publish("a.b", []byte("x")))
	e.Err("empty", nc.Publish("", nil))
	e.Err("empty msg", nc.PublishMsg(&nats.Msg{}))
	e.Err("empty reply", nc.PublishRequest("b", "", nil))
	// A space makes it a subject and a reply, which the server takes as such.
	e.Err("spaced", nc.Publish("a.c reply", []byte("y")))
	e.Err("flush", nc.Flush())
	next(e, in)
	next(e, in)
}

func publishTooLarge(e *env.Env) {
	s := e.Server(func(o *server.Options) { o.MaxPayload = 100 })
	nc := connect(e, s.URL(), watched(e)...)
	e.Await("callbacks", "connected", 1)
	e.Log("max payload %d", nc.MaxPayload())
	e.Err("100 bytes", nc.Publish("a", make([]byte, 100)))
	e.Err("101 bytes", nc.Publish("a", make([]byte, 101)))
	e.Err("request of 101 bytes", nc.PublishRequest("a", "b", make([]byte, 101)))
	e.Err("header and data make 101", nc.PublishMsg(&nats.Msg{Subject: "a", Header: nats.Header{"K": {strings.Repeat("v", 40)}}, Data: make([]byte, 60)}))
	_, err := nc.Request("a", make([]byte, 101), env.Patience)
	e.Err("101 bytes asked", err)
	e.Err("flush", nc.Flush())
	e.Log("status %s", nc.Status())
	stats(e, nc)
}

func publishAfterEnd(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	nc.Close()
	all := func() {
		e.Err("publish", nc.Publish("a", nil))
		e.Err("publish to nowhere", nc.Publish("", nil))
		e.Err("publish request", nc.PublishRequest("a", "b", nil))
		e.Err("publish msg", nc.PublishMsg(nats.NewMsg("a")))
		e.Err("publish no msg", nc.PublishMsg(nil))
	}
	all()
	nc = connect(e, s.URL())
	busy := make(chan struct{})
	_, err := nc.Subscribe("a", func(*nats.Msg) { <-busy })
	e.Must(err)
	e.Must(nc.Publish("a", nil))
	e.Must(nc.Flush())
	e.Must(nc.Drain())
	e.Log("draining")
	e.Err("publish while subscriptions drain", nc.Publish("b", nil))
	close(busy)
	e.Until("closed", nc.IsClosed)
	all()
}

func publishNoEcho(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL(), nats.NoEcho())
	other := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(nc.Publish("a", []byte("own")))
	e.Must(nc.Flush())
	e.Must(other.Publish("a", []byte("other's")))
	e.Must(other.Flush())
	next(e, sub)
	e.Must(nc.Flush())
	msgs, _, err := sub.Pending()
	e.Err("pending", err)
	e.Log("%d more", msgs)
}

func publishOrder(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "a")
	nc := connect(e, s.URL())
	for i := range 2000 {
		e.Must(nc.Publish("a", []byte{byte(i >> 8), byte(i)}))
	}
	for i := range 2000 {
		m, err := in.NextMsg(env.Patience)
		e.Must(err)
		if m.Data[0] != byte(i>>8) || m.Data[1] != byte(i) {
			e.Fatalf("message %d is %v", i, m.Data)
		}
	}
	e.Log("2000 messages in order")
}

func publishStatistics(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	stats(e, nc)
	for range 10 {
		e.Must(nc.Publish("a", []byte("12345")))
	}
	e.Must(nc.PublishRequest("a", "reply", []byte("12345")))
	e.Must(nc.PublishMsg(&nats.Msg{Subject: "a", Header: nats.Header{"K": {"v"}}, Data: []byte("12345")}))
	e.Must(nc.Flush())
	for range 12 {
		_, err := sub.NextMsg(env.Patience)
		e.Must(err)
	}
	stats(e, nc)
	c := s.Client()
	e.Log("server: in %d msgs %d bytes, out %d msgs %d bytes", c.InMsgs, c.InBytes, c.OutMsgs, c.OutBytes)
}

func publishReusesBuffer(e *env.Env) {
	s := e.Server()
	in := listen(e, s, "a")
	nc := connect(e, s.URL())
	buf := make([]byte, 1)
	for i := range 100 {
		buf[0] = byte(i)
		e.Must(nc.Publish("a", buf))
	}
	for i := range 100 {
		m, err := in.NextMsg(env.Patience)
		e.Must(err)
		if m.Data[0] != byte(i) {
			e.Fatalf("message %d is %v", i, m.Data)
		}
	}
	e.Log("100 messages as they were when published")
}

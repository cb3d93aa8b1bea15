package walks

import (
	"context"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/identity/world"
)

func calling() []world.Walk {
	return []world.Walk{
		{Name: "calls/arguments", Run: callsArguments},
		{Name: "calls/closed", Run: callsClosed},
		{Name: "calls/waiting", Run: callsWaiting},
	}
}

func callsArguments(w *world.World) {
	nc := connect(w, w.Server().URL())
	_, err := nc.ChanSubscribe("a", nil)
	w.Saw("nil channel", err)
	_, err = nc.ChanQueueSubscribe("a", "q", nil)
	w.Saw("nil channel of a queue", err)
	_, err = nc.QueueSubscribeSyncWithChan("a", "q", nil)
	w.Saw("nil channel of a sync queue", err)
	_, err = nc.Subscribe("a", nil)
	w.Saw("nil handler", err)
	_, err = nc.Subscribe("a b", func(*nats.Msg) {})
	w.Saw("bad subject", err)
	_, err = nc.QueueSubscribe("a", "q q", func(*nats.Msg) {})
	w.Saw("bad queue", err)
	w.Saw("publish: bad subject", nc.Publish("", nil))
	w.Saw("publish: nil message", nc.PublishMsg(nil))
	w.Saw("publish: too large", nc.Publish("a", make([]byte, 2<<20)))
	bad := &nats.Msg{Subject: "a", Header: nats.Header{"bad key": {"x"}}}
	w.Saw("publish: bad header", nc.PublishMsg(bad))
	_, err = nc.RequestMsg(bad, time.Second)
	w.Saw("request: bad header", err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err = nc.RequestMsgWithContext(ctx, bad)
	w.Saw("request with context: bad header", err)
	sub, err := nc.SubscribeSync("b")
	w.Must(err)
	w.Must(nc.PublishRequest("b", "c", nil))
	m, err := sub.NextMsg(patient)
	w.Must(err)
	w.Saw("respond: bad header", m.RespondMsg(bad))
	w.Saw("respond: no subscription", (&nats.Msg{}).Respond(nil))
	w.Saw("respond: no reply", (&nats.Msg{Sub: sub}).Respond(nil))
	for name, text := range map[string]string{
		"empty": "", "not a header": "foo", "no colon": "NATS/1.0\r\nab\r\n\r\n", "cut": "NATS/1.0\r\nab: c", "bad key": "NATS/1.0\r\na b: c\r\n\r\n",
	} {
		_, err = nats.DecodeHeadersMsg([]byte(text))
		w.Saw("header: "+name, err)
	}
	w.Saw("flush: timeout", nc.FlushTimeout(0))
	w.Saw("flush: no context", nc.FlushWithContext(nil)) //nolint:staticcheck
	w.Saw("flush: no deadline", nc.FlushWithContext(context.Background()))
	_, err = nc.RequestWithContext(nil, "a", nil) //nolint:staticcheck
	w.Saw("request: no context", err)
	_, err = nc.TLSConnectionState()
	w.Saw("not TLS", err)
}

func callsClosed(w *world.World) {
	nc := connect(w, w.Server().URL())
	sub, err := nc.SubscribeSync("a")
	w.Must(err)
	m := &nats.Msg{Subject: "a", Reply: "b", Sub: sub}
	nc.Close()
	w.Saw("publish", nc.Publish("a", nil))
	w.Saw("flush", nc.Flush())
	w.Saw("drain", nc.Drain())
	_, err = nc.SubscribeSync("a")
	w.Saw("subscribe", err)
	_, err = nc.Request("a", nil, time.Second)
	w.Saw("request", err)
	_, err = sub.NextMsg(time.Second)
	w.Saw("next", err)
	w.Saw("respond", m.Respond(nil))
	w.Saw("reconnect", nc.ForceReconnect())
	_, err = nc.RTT()
	w.Saw("RTT", err)
	_, err = nc.GetClientID()
	w.Saw("client ID", err)
	w.Saw("last error", nc.LastError())
}

func callsWaiting(w *world.World) {
	nc := connect(w, w.Server().URL())
	_, err := nc.Request("nobody", nil, time.Second)
	w.Saw("no responders", err)
	sub, err := nc.SubscribeSync("a")
	w.Must(err)
	_, err = sub.NextMsg(time.Millisecond)
	w.Saw("next", err)
	_, err = nc.Request("a", nil, time.Millisecond)
	w.Saw("request", err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	quiet, err := nc.SubscribeSync("quiet") // the other one may have got the request by now
	w.Must(err)
	_, err = quiet.NextMsgWithContext(ctx)
	w.Saw("next with context", err)
	one, err := nc.SubscribeSync("b")
	w.Must(err)
	w.Must(one.AutoUnsubscribe(1))
	w.Must(nc.Publish("b", nil))
	_, err = one.NextMsg(patient)
	w.Must(err)
	_, err = one.NextMsg(time.Second)
	w.Saw("all delivered", err)
}

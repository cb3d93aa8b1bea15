package scenarios

import (
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func iterating() []env.Scenario {
	return []env.Scenario{
		{Name: "iterate/messages", Run: iterateMessages},
		{Name: "iterate/until unsubscribed", Run: iterateUnsubscribed},
		{Name: "iterate/wrong kind", Run: iterateWrongKind},
		{Name: "iterate/with timeout", Run: iterateTimeout},
	}
}

func iterateMessages(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	for _, text := range []string{"1", "2", "3", "stop", "after"} {
		e.Must(nc.Publish("a", []byte(text)))
	}
	for m, err := range sub.Msgs() {
		e.Err("got "+show(m), err)
		if string(m.Data) == "stop" {
			break
		}
	}
	e.Log("valid %v", sub.IsValid())
	for m, err := range sub.Msgs() {
		e.Err("again "+show(m), err)
		break
	}
}

func iterateUnsubscribed(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(sub.AutoUnsubscribe(2))
	for range 3 {
		e.Must(nc.Publish("a", []byte("x")))
	}
	for m, err := range sub.Msgs() {
		e.Err("auto: "+show(m), err)
		if err != nil {
			break
		}
	}
	sub, err = nc.SubscribeSync("b")
	e.Must(err)
	e.Must(nc.Publish("b", []byte("x")))
	for m, err := range sub.Msgs() {
		e.Err("unsubscribed: "+show(m), err)
		if err != nil {
			break
		}
		e.Must(sub.Unsubscribe())
	}
	sub, err = nc.SubscribeSync("c")
	e.Must(err)
	nc.Close()
	for m, err := range sub.Msgs() {
		e.Err("closed: "+show(m), err)
		if err != nil {
			break
		}
	}
}

func iterateWrongKind(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	async, err := nc.Subscribe("a", func(*nats.Msg) {})
	e.Must(err)
	for m, err := range async.Msgs() {
		e.Err("callback: "+show(m), err)
		break
	}
	for m, err := range async.MsgsTimeout(time.Millisecond) {
		e.Err("callback with timeout: "+show(m), err)
		break
	}
	// One on a channel of the program's own is iterated like any other.
	channel, err := nc.ChanSubscribe("b", make(chan *nats.Msg, 2))
	e.Must(err)
	e.Must(nc.Publish("b", []byte("1")))
	e.Must(nc.Publish("b", []byte("2")))
	for m, err := range channel.Msgs() {
		e.Err("channel: "+show(m), err)
		break
	}
	for m, err := range channel.MsgsTimeout(env.Patience) {
		e.Err("channel with timeout: "+show(m), err)
		break
	}
}

func iterateTimeout(e *env.Env) {
	s := e.Server()
	nc := connect(e, s.URL())
	sub, err := nc.SubscribeSync("a")
	e.Must(err)
	e.Must(nc.Publish("a", []byte("1")))
	e.Must(nc.Flush())
	turns := 0
	for m, err := range sub.MsgsTimeout(20 * time.Millisecond) {
		e.Err("turn: "+show(m), err)
		turns++
		if turns == 2 {
			// The iteration goes on after a time-out.
			e.Must(nc.Publish("a", []byte("2")))
			e.Must(nc.Flush())
		}
		if turns == 4 {
			break
		}
	}
	for _, d := range []time.Duration{0, -time.Second} {
		for m, err := range sub.MsgsTimeout(d) {
			e.Err(d.String()+": "+show(m), err)
			break
		}
	}
}

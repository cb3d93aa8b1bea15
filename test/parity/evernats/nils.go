package scenarios

import (
	"context"
	"fmt"
	"time"

	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

func nilReceivers() []env.Scenario {
	return []env.Scenario{
		{Name: "nil/connection", Run: nilConnection},
		{Name: "nil/subscription", Run: nilSubscription},
		{Name: "nil/message", Run: nilMessage},
		{Name: "nil/zero values", Run: zeroValues},
	}
}

// panics notes whether f panics, since a program may have come to rely on it
// not doing so.
func panics(e *env.Env, what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			e.Log("%s panics", what)
		}
	}()
	f()
}

func nilConnection(e *env.Env) {
	var nc *nats.Conn
	calls := []struct {
		name string
		call func() error
	}{
		{"publish", func() error { return nc.Publish("a", nil) }},
		{"publish msg", func() error { return nc.PublishMsg(nats.NewMsg("a")) }},
		{"publish nil msg", func() error { return nc.PublishMsg(nil) }},
		{"publish request", func() error { return nc.PublishRequest("a", "b", nil) }},
		{"request", func() error { _, err := nc.Request("a", nil, time.Second); return err }},
		{"request msg", func() error { _, err := nc.RequestMsg(nats.NewMsg("a"), time.Second); return err }},
		{"request with context", func() error { _, err := nc.RequestWithContext(context.Background(), "a", nil); return err }},
		{"subscribe", func() error { _, err := nc.Subscribe("a", func(*nats.Msg) {}); return err }},
		{"subscribe sync", func() error { _, err := nc.SubscribeSync("a"); return err }},
		{"subscribe channel", func() error { _, err := nc.ChanSubscribe("a", make(chan *nats.Msg)); return err }},
		{"queue subscribe", func() error { _, err := nc.QueueSubscribe("a", "b", func(*nats.Msg) {}); return err }},
		{"flush", func() error { return nc.Flush() }},
		{"flush timeout", func() error { return nc.FlushTimeout(time.Second) }},
		{"flush with context", func() error { return nc.FlushWithContext(context.Background()) }},
		{"close", func() error { nc.Close(); return nil }},
	}
	for _, c := range calls {
		panics(e, c.name, func() { e.Err(c.name, c.call()) })
	}
}

func nilSubscription(e *env.Env) {
	var sub *nats.Subscription
	calls := []struct {
		name string
		call func() error
	}{
		{"next message", func() error { _, err := sub.NextMsg(time.Second); return err }},
		{"next message with context", func() error { _, err := sub.NextMsgWithContext(context.Background()); return err }},
		{"next message, nil context", func() error { _, err := sub.NextMsgWithContext(nil); return err }}, //nolint:staticcheck // bad input is the point
		{"unsubscribe", func() error { return sub.Unsubscribe() }},
		{"auto-unsubscribe", func() error { return sub.AutoUnsubscribe(1) }},
		{"drain", func() error { return sub.Drain() }},
		{"draining", func() error { e.Log("draining %v", sub.IsDraining()); return nil }},
		{"valid", func() error { e.Log("valid %v", sub.IsValid()); return nil }},
		{"pending", func() error { _, _, err := sub.Pending(); return err }},
		{"max pending", func() error { _, _, err := sub.MaxPending(); return err }},
		{"clear", func() error { return sub.ClearMaxPending() }},
		{"limits", func() error { _, _, err := sub.PendingLimits(); return err }},
		{"set limits", func() error { return sub.SetPendingLimits(1, 1) }},
		{"delivered", func() error { _, err := sub.Delivered(); return err }},
		{"dropped", func() error { _, err := sub.Dropped(); return err }},
		{"queued", func() error { _, err := sub.QueuedMsgs(); return err }},
	}
	for _, c := range calls {
		panics(e, c.name, func() { e.Err(c.name, c.call()) })
	}
}

func nilMessage(e *env.Env) {
	var m *nats.Msg
	s := e.Server()
	nc := connect(e, s.URL())
	calls := []struct {
		name string
		call func() error
	}{
		{"respond", func() error { return m.Respond(nil) }},
		{"respond msg", func() error { return m.RespondMsg(nats.NewMsg("a")) }},
		{"publish", func() error { return nc.PublishMsg(m) }},
		{"equal to nil", func() error { e.Log("%v", m.Equal(nil)); return nil }},
		{"equal to one", func() error { e.Log("%v", m.Equal(nats.NewMsg("a"))); return nil }},
	}
	for _, c := range calls {
		panics(e, c.name, func() { e.Err(c.name, c.call()) })
	}
}

func zeroValues(e *env.Env) {
	sub := &nats.Subscription{}
	panics(e, "valid", func() { e.Log("valid %v", sub.IsValid()) })
	panics(e, "unsubscribe", func() { e.Log("unsubscribe fails %v", sub.Unsubscribe() != nil) })
	panics(e, "message of an empty subscription", func() {
		e.Log("respond fails %v", (&nats.Msg{Subject: "a", Reply: "b", Sub: sub}).Respond(nil) != nil)
	})
	e.Log("%s", fmt.Sprint(nats.Status(0), nats.SubStatus(0)))
}

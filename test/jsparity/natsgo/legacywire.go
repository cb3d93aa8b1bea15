package scenarios

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/parity/env"
)

func legacyWire() []env.Scenario {
	return []env.Scenario{
		{Name: "legacy/consumers on the wire", Run: oldConsumersWire},
		{Name: "legacy/subscriptions on the wire", Run: oldSubscriptionsWire},
		{Name: "legacy/no look-up", Run: oldNoLookup},
	}
}

// tap hears the requests about consumers.
type tap struct {
	*old
	s *nats.Subscription
}

func (w *old) tap() *tap {
	w.Helper()
	s, err := w.nc.SubscribeSync("$JS.API.CONSUMER.>")
	w.Must(err)
	return &tap{w, s}
}

// heard logs what was asked for since the last time. Names that the client made up are
// told by their length.
func (t *tap) heard(what string) {
	t.Helper()
	t.Must(t.nc.Publish("$JS.API.CONSUMER.MARK", nil))
	for {
		m, err := t.s.NextMsg(env.Patience)
		t.Must(err)
		subject := strings.TrimPrefix(m.Subject, "$JS.API.CONSUMER.")
		if subject == "MARK" {
			return
		}
		var asked struct {
			Config struct {
				Durable string `json:"durable_name"`
			} `json:"config"`
		}
		if len(m.Data) > 0 {
			t.Must(json.Unmarshal(m.Data, &asked))
		}
		tokens := strings.Split(subject, ".")
		for i, token := range tokens {
			tokens[i] = madeUp(token)
		}
		t.Log("%s: %s durable %q", what, strings.Join(tokens, "."), asked.Config.Durable)
	}
}

func madeUp(name string) string {
	if len(name) < 8 {
		return name
	}
	return fmt.Sprintf("<%d>", len(name))
}

func oldConsumersWire(e *env.Env) {
	w := beginOld(e)
	w.stream()
	t := w.tap()
	for _, c := range []struct {
		what string
		cfg  nats.ConsumerConfig
	}{
		{"nameless", nats.ConsumerConfig{}},
		{"nameless with a filter", nats.ConsumerConfig{FilterSubject: "s.1"}},
		{"nameless with filters", nats.ConsumerConfig{FilterSubjects: []string{"s.1", "s.2"}}},
		{"named", nats.ConsumerConfig{Name: "N"}},
		{"durable", nats.ConsumerConfig{Durable: "D"}},
		{"durable with a filter", nats.ConsumerConfig{Durable: "F", FilterSubject: "s.1"}},
		{"durable with all", nats.ConsumerConfig{Durable: "A", FilterSubject: ">"}},
		{"both", nats.ConsumerConfig{Name: "B", Durable: "B"}},
		{"durable with filters", nats.ConsumerConfig{Durable: "G", FilterSubjects: []string{"s.1", "s.2"}}},
		{"again", nats.ConsumerConfig{Durable: "D"}},
		{"again with another text", nats.ConsumerConfig{Durable: "D", Description: "d"}},
	} {
		c.cfg.AckPolicy = nats.AckExplicitPolicy
		info, err := w.js.AddConsumer("S", &c.cfg)
		e.Err(c.what, err)
		if err == nil {
			e.Log("its name %q", madeUp(info.Name))
		}
		t.heard(c.what)
	}
	_, err := w.js.UpdateConsumer("S", &nats.ConsumerConfig{Durable: "D", AckPolicy: nats.AckExplicitPolicy, Description: "u"})
	e.Err("update", err)
	t.heard("update")
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{AckPolicy: nats.AckExplicitPolicy}, nats.MaxWait(time.Second))
	e.Err("nameless again", err)
	t.heard("nameless again")
}

func oldSubscriptionsWire(e *env.Env) {
	w := beginOld(e)
	w.stream()
	t := w.tap()
	for _, c := range []struct {
		what string
		opts []nats.SubOpt
	}{
		{"nameless", nil},
		{"named", []nats.SubOpt{nats.ConsumerName("N")}},
		{"durable", []nats.SubOpt{nats.Durable("D")}},
		{"both", []nats.SubOpt{nats.Durable("B"), nats.ConsumerName("C")}},
		{"an empty name", []nats.SubOpt{nats.ConsumerName("")}},
		{"ordered", []nats.SubOpt{nats.OrderedConsumer()}},
		{"ordered with a name", []nats.SubOpt{nats.OrderedConsumer(), nats.ConsumerName("O")}},
	} {
		s, err := w.js.SubscribeSync("s.1", c.opts...)
		e.Err(c.what, err)
		t.heard(c.what)
		if err == nil {
			info, err := s.ConsumerInfo()
			e.Err("info", err)
			e.Log("its name %q", madeUp(info.Name))
			e.Err("unsubscribe", s.Unsubscribe())
		}
		t.heard(c.what + " behind")
	}
	s, err := w.js.PullSubscribe("s.1", "")
	e.Err("pull", err)
	t.heard("pull")
	e.Err("unsubscribe", s.Unsubscribe())
	t.heard("pull behind")
}

func oldNoLookup(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(3)
	_, err := w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "C", DeliverSubject: "to", AckPolicy: nats.AckExplicitPolicy})
	e.Must(err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "P", AckPolicy: nats.AckExplicitPolicy})
	e.Must(err)
	t := w.tap()
	skip := nats.SkipConsumerLookup()
	next := func(s *nats.Subscription) {
		m, err := s.NextMsg(env.Patience)
		e.Err("next", err)
		e.Log("%s", oldShow(m))
		pending, err := s.InitialConsumerPending()
		e.Err("pending", err)
		e.Log("%d", pending)
	}
	s, err := w.js.SubscribeSync("", nats.Bind("S", "C"), skip, nats.DeliverSubject("to"))
	e.Err("bound", err)
	t.heard("bound")
	next(s)
	e.Err("unsubscribe", s.Unsubscribe())
	t.heard("bound behind")
	_, err = w.js.SubscribeSync("", nats.Bind("S", "C"), skip)
	e.Err("bound without a subject", err)
	t.heard("bound without a subject")
	s, err = w.js.SubscribeSync("", nats.Bind("S", "none"), skip, nats.DeliverSubject("nowhere"))
	e.Err("bound to none", err)
	t.heard("bound to none")
	if err == nil {
		e.Err("unsubscribe", s.Unsubscribe())
	}
	s, err = w.js.PullSubscribe("", "", nats.Bind("S", "P"), skip)
	e.Err("a pull", err)
	t.heard("a pull")
	msgs, err := s.Fetch(1)
	e.Err("fetch", err)
	e.Log("%d", len(msgs))
	t.heard("a fetch")
	e.Err("unsubscribe", s.Unsubscribe())
	t.heard("a pull behind")
	s, err = w.js.SubscribeSync("s.1", nats.Durable("C"), skip, nats.DeliverSubject("to"), nats.AckExplicit())
	e.Err("changed", err)
	t.heard("changed")
	if err == nil {
		e.Err("unsubscribe", s.Unsubscribe())
	}
	t.heard("changed behind")
	_, err = w.js.ConsumerInfo("S", "C")
	e.Err("still there", err)
	t.heard("asked")
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "K", DeliverSubject: "to", AckPolicy: nats.AckExplicitPolicy})
	e.Must(err)
	t.heard("made")
	_, err = w.js.SubscribeSync("s.>", nats.Durable("K"), skip, nats.DeliverSubject("to"), nats.AckAll())
	e.Err("another ack policy", err)
	if err != nil {
		e.Log("%s", err)
	}
	t.heard("another ack policy")
	e.Log("%d subscriptions", w.nc.NumSubscriptions())
}

package scenarios

import (
	"encoding/json"
	"time"

	"github.com/evernats/nats/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func consumers() []env.Scenario {
	return []env.Scenario{
		{Name: "consumer/lifecycle", Run: consumerLifecycle},
		{Name: "consumer/bad names", Run: consumerNames},
		{Name: "consumer/lists", Run: consumerLists},
		{Name: "consumer/pause", Run: consumerPause},
		{Name: "consumer/filters", Run: consumerFilters},
		{Name: "consumer/push", Run: consumerPush},
		{Name: "consumer/configuration", Run: consumerConfig},
		{Name: "consumer/reset", Run: consumerReset},
		{Name: "consumer/priorities", Run: consumerPriorities},
		{Name: "consumer/pinned", Run: consumerPinned},
		{Name: "consumer/groups that aren't there", Run: consumerGroups},
	}
}

func consumerLifecycle(e *env.Env) {
	w := begin(e)
	_, err := w.js.CreateConsumer(w.ctx, "S", jetstream.ConsumerConfig{Durable: "C"})
	e.Err("without a stream", err)
	s := w.stream()
	cfg := jetstream.ConsumerConfig{Durable: "C"}
	_, err = s.UpdateConsumer(w.ctx, cfg)
	e.Err("update of none", err)
	_, err = s.Consumer(w.ctx, "C")
	e.Err("find none", err)
	e.Log("%s", code(err))
	c, err := s.CreateConsumer(w.ctx, cfg)
	e.Err("create", err)
	e.Log("%s of %s", c.CachedInfo().Name, c.CachedInfo().Stream)
	_, err = s.CreateConsumer(w.ctx, cfg)
	e.Err("create again", err)
	cfg.MaxAckPending = 5
	_, err = s.CreateConsumer(w.ctx, cfg)
	e.Err("create another", err)
	c, err = s.UpdateConsumer(w.ctx, cfg)
	e.Err("update", err)
	e.Log("%d", c.CachedInfo().Config.MaxAckPending)
	info, err := c.Info(w.ctx)
	e.Err("info", err)
	e.Log("%v", c.CachedInfo() == info)
	c, err = s.CreateConsumer(w.ctx, jetstream.ConsumerConfig{})
	e.Err("ephemeral", err)
	e.Log("named %v, durable %q", c.CachedInfo().Name != "", c.CachedInfo().Config.Durable)
	_, err = s.CreateConsumer(w.ctx, jetstream.ConsumerConfig{Name: "a", Durable: "b"})
	e.Err("two names", err)
	e.Err("delete", s.DeleteConsumer(w.ctx, "C"))
	e.Err("delete again", s.DeleteConsumer(w.ctx, "C"))
	_, err = c.Info(w.ctx)
	e.Err("info of the other", err)
}

func consumerNames(e *env.Env) {
	w := begin(e)
	s := w.stream()
	for _, name := range []string{"a.b", "a b", "a*", "a>", "a/b", `a\b`} {
		_, err := s.CreateConsumer(w.ctx, jetstream.ConsumerConfig{Durable: name})
		e.Err("create "+name, err)
		_, err = s.Consumer(w.ctx, name)
		e.Err("find "+name, err)
		e.Err("delete "+name, s.DeleteConsumer(w.ctx, name))
		_, err = s.PauseConsumer(w.ctx, name, time.Now())
		e.Err("pause "+name, err)
	}
	_, err := s.Consumer(w.ctx, "")
	e.Err("find one without a name", err)
}

func consumerLists(e *env.Env) {
	w := begin(e)
	s := w.stream()
	list := func() {
		var infos, names []string
		l := s.ListConsumers(w.ctx)
		for i := range l.Info() {
			infos = append(infos, i.Name)
		}
		n := s.ConsumerNames(w.ctx)
		for name := range n.Name() {
			names = append(names, name)
		}
		e.Err("infos", l.Err())
		e.Err("names", n.Err())
		e.Log("%v %v", e.Sorted(infos), e.Sorted(names))
	}
	list()
	for _, name := range []string{"A", "B", "C"} {
		w.consumer(jetstream.ConsumerConfig{Durable: name})
	}
	list()
	e.Must(w.js.DeleteStream(w.ctx, "S"))
	l := s.ListConsumers(w.ctx)
	for range l.Info() {
	}
	e.Err("of no stream", l.Err())
}

func consumerPause(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	p, err := s.PauseConsumer(w.ctx, "C", time.Now().Add(time.Hour))
	e.Err("pause", err)
	e.Log("%v %v", p.Paused, p.PauseRemaining > time.Minute)
	p, err = s.ResumeConsumer(w.ctx, "C")
	e.Err("resume", err)
	e.Log("%v %v", p.Paused, p.PauseRemaining)
	_, err = s.PauseConsumer(w.ctx, "none", time.Now().Add(time.Hour))
	e.Err("pause of none", err)
	_, err = s.ResumeConsumer(w.ctx, "none")
	e.Err("resume of none", err)
}

func consumerFilters(e *env.Env) {
	w := begin(e)
	s := w.stream()
	try := func(what string, cfg jetstream.ConsumerConfig) {
		c, err := s.CreateConsumer(w.ctx, cfg)
		e.Err(what, err)
		e.Log("%s", code(err))
		if c != nil {
			e.Log("%q %q", c.CachedInfo().Config.FilterSubject, c.CachedInfo().Config.FilterSubjects)
		}
	}
	try("one", jetstream.ConsumerConfig{FilterSubject: "s.a"})
	try("a wildcard", jetstream.ConsumerConfig{FilterSubject: "s.>"})
	try("several", jetstream.ConsumerConfig{FilterSubjects: []string{"s.a", "s.b"}})
	try("both", jetstream.ConsumerConfig{FilterSubject: "s.a", FilterSubjects: []string{"s.b"}})
	try("overlapping", jetstream.ConsumerConfig{FilterSubjects: []string{"s.a", "s.>"}})
	try("empty", jetstream.ConsumerConfig{FilterSubjects: []string{"s.a", ""}})
	try("bad", jetstream.ConsumerConfig{FilterSubject: "s..a"})
	for _, subject := range []string{"s.>.a", ">.a", "s.>>", "s.a>b", "s.a>"} {
		try(subject, jetstream.ConsumerConfig{FilterSubject: subject})
		_, err := s.GetLastMsgForSubject(w.ctx, subject)
		e.Err("last of "+subject, err)
	}
	try("spaces", jetstream.ConsumerConfig{FilterSubject: "s. a"})
}

func consumerPush(e *env.Env) {
	w := begin(e)
	s := w.stream()
	_, err := s.CreateConsumer(w.ctx, jetstream.ConsumerConfig{Durable: "P", DeliverSubject: "here"})
	e.Err("create", err)
	_, err = w.nc.Request("$JS.API.CONSUMER.CREATE.S.P", []byte(`{"stream_name":"S","config":{"durable_name":"P","name":"P","deliver_subject":"here","deliver_policy":"all","ack_policy":"explicit","replay_policy":"instant","num_replicas":0}}`), env.Patience)
	e.Must(err)
	_, err = s.Consumer(w.ctx, "P")
	e.Err("find", err)
}

func consumerConfig(e *env.Env) {
	w := begin(e)
	w.stream()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := w.consumer(jetstream.ConsumerConfig{
		Durable: "C", Description: "d", DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &at,
		AckPolicy: jetstream.AckAllPolicy, AckWait: time.Second, MaxDeliver: 5, BackOff: []time.Duration{time.Second, 2 * time.Second},
		FilterSubjects: []string{"s.a", "s.b"}, ReplayPolicy: jetstream.ReplayOriginalPolicy, SampleFrequency: "50%",
		MaxWaiting: 7, MaxAckPending: 8, HeadersOnly: true, MaxRequestBatch: 9, MaxRequestExpires: 10 * time.Second,
		MaxRequestMaxBytes: 1000, InactiveThreshold: time.Minute, MemoryStorage: true, Metadata: map[string]string{"k": "v"},
	})
	text, err := json.Marshal(c.CachedInfo().Config)
	e.Err("json", err)
	e.Log("%s", text)
}

func consumerReset(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(5)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	for range 3 {
		m, err := c.Next()
		e.Must(err)
		e.Must(m.DoubleAck(w.ctx))
	}
	r, err := s.ResetConsumerToSequence(w.ctx, "C", 2)
	e.Err("to 2", err)
	if r != nil && r.ConsumerInfo != nil {
		e.Log("%d, %s", r.ResetSeq, r.Name)
	}
	m, err := c.Next()
	e.Err("next", err)
	e.Log("%s", show(m))
	_, err = s.ResetConsumer(w.ctx, "C")
	e.Err("to the floor", err)
}

func consumerPriorities(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(3)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C", PriorityPolicy: jetstream.PriorityPolicyPinned, PriorityGroups: []string{"A"}, PinnedTTL: time.Minute})
	m, err := c.Next(jetstream.FetchPriorityGroup("A"))
	e.Err("next of the group", err)
	e.Log("pinned %v", m.Headers().Get("Nats-Pin-Id") != "")
	_, err = c.Next(jetstream.FetchMaxWait(time.Second))
	e.Log("without a group: %v", err != nil)
	_, err = c.Next(jetstream.FetchPriorityGroup("B"), jetstream.FetchMaxWait(time.Second))
	e.Log("of another group: %v", err != nil)
	info, err := c.Info(w.ctx)
	e.Must(err)
	e.Log("%d groups, %s pinned %v", len(info.PriorityGroups), info.PriorityGroups[0].Group, info.PriorityGroups[0].PinnedClientID != "")
	e.Err("unpin", s.UnpinConsumer(w.ctx, "C", "A"))
	e.Err("unpin of none", s.UnpinConsumer(w.ctx, "none", "A"))
	c = w.consumer(jetstream.ConsumerConfig{Durable: "O", PriorityPolicy: jetstream.PriorityPolicyOverflow, PriorityGroups: []string{"A"}})
	_, err = c.Next(jetstream.FetchPriorityGroup("A"), jetstream.FetchMinPending(100), jetstream.FetchMaxWait(time.Second))
	e.Err("not enough pending", err)
	m, err = c.Next(jetstream.FetchPriorityGroup("A"), jetstream.FetchMinPending(2), jetstream.FetchMaxWait(time.Second))
	e.Err("enough pending", err)
	e.Log("%s", show(m))
	c = w.consumer(jetstream.ConsumerConfig{Durable: "P", PriorityPolicy: jetstream.PriorityPolicyPrioritized, PriorityGroups: []string{"A"}})
	m, err = c.Next(jetstream.FetchPriorityGroup("A"), jetstream.FetchPrioritized(3))
	e.Err("with a priority", err)
	e.Log("%s", show(m))
}

// All that is done with one Consumer is by one client, which the server knows by its pin.
func consumerPinned(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(10)
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C", PriorityPolicy: jetstream.PriorityPolicyPinned, PriorityGroups: []string{"A"}, PinnedTTL: time.Minute})
	other, err := s.Consumer(w.ctx, "C")
	e.Must(err)
	last, same := "", true
	fetch := func(what string, c jetstream.Consumer, n int, wait time.Duration) {
		b, err := c.Fetch(n, jetstream.FetchPriorityGroup("A"), jetstream.FetchMaxWait(wait))
		e.Must(err)
		got := 0
		for m := range b.Messages() {
			pin := m.Headers().Get("Nats-Pin-Id")
			same, last = pin != "" && pin == last, pin
			got++
			e.Must(m.Ack())
		}
		e.Log("%s: %d", what, got)
		e.Err(what, b.Error())
	}
	fetch("the first", c, 2, env.Patience)
	fetch("another client", other, 2, 100*time.Millisecond)
	fetch("the first again", c, 2, env.Patience)
	e.Log("with its pin: %v", same)
	it, err := c.Messages(jetstream.PullPriorityGroup("A"), jetstream.PullMaxMessages(1))
	e.Must(err)
	m, err := it.Next()
	e.Err("one by one", err)
	e.Log("with its pin: %v", m.Headers().Get("Nats-Pin-Id") == last)
	e.Must(m.Ack())
	it.Stop()
	_, err = other.Next(jetstream.FetchPriorityGroup("A"), jetstream.FetchMaxWait(100*time.Millisecond))
	e.Err("next of the other", err)
	e.Must(s.UnpinConsumer(w.ctx, "C", "A"))
	fetch("unpinned", c, 1, env.Patience)
	fetch("pinned anew", c, 1, env.Patience)
	e.Log("with its pin: %v", same)
}

// What can't be is found by what is known of the consumer, before anything is asked.
func consumerGroups(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(1)
	for _, cfg := range []jetstream.ConsumerConfig{
		{Durable: "N"},
		{Durable: "C", PriorityPolicy: jetstream.PriorityPolicyPinned, PriorityGroups: []string{"A"}},
		{Durable: "O", PriorityPolicy: jetstream.PriorityPolicyOverflow, PriorityGroups: []string{"A"}},
		{Durable: "P", PriorityPolicy: jetstream.PriorityPolicyPrioritized, PriorityGroups: []string{"A"}},
	} {
		c := w.consumer(cfg)
		for what, group := range map[string]string{"none": "", "another": "B", "its": "A"} {
			consumer := e.On(cfg.Durable + " of group " + what)
			check := func(how string, err error) {
				consumer.Err(how, err)
				consumer.Log("%v", err)
			}
			cc, err := c.Consume(func(jetstream.Msg) {}, jetstream.PullPriorityGroup(group))
			check("consume", err)
			if cc != nil {
				cc.Stop()
			}
			mc, err := c.Messages(jetstream.PullPriorityGroup(group))
			check("messages", err)
			if mc != nil {
				mc.Stop()
			}
			if what == "its" {
				continue
			}
			b, err := c.Fetch(1, jetstream.FetchPriorityGroup(group), jetstream.FetchMaxWait(100*time.Millisecond))
			check("fetch", err)
			if b != nil {
				for range b.Messages() {
				}
				consumer.Err("end of the fetch", b.Error())
			}
		}
		for what, opts := range map[string][]jetstream.PullConsumeOpt{
			"pending": {jetstream.PullMinPending(2)}, "acks": {jetstream.PullMinAckPending(2)}, "priority": {jetstream.PullPrioritized(2)},
			"A pending": {jetstream.PullMinPending(2), jetstream.PullPriorityGroup("A")}, "A acks": {jetstream.PullMinAckPending(2), jetstream.PullPriorityGroup("A")},
			"A priority": {jetstream.PullPrioritized(2), jetstream.PullPriorityGroup("A")},
		} {
			cc, err := c.Consume(func(jetstream.Msg) {}, opts...)
			e.On(cfg.Durable+" for "+what).Log("%v", err)
			if cc != nil {
				cc.Stop()
			}
		}
	}
}

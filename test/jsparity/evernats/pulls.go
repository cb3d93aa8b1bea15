package scenarios

import (
	"encoding/json"
	"fmt"
	"time"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func pulling() []env.Scenario {
	return []env.Scenario{
		{Name: "pulls/messages", Run: pullsOfMessages},
		{Name: "pulls/consume", Run: pullsOfConsume},
		{Name: "pulls/large messages", Run: pullsOfLarge},
		{Name: "pulls/ordered heartbeats", Run: pullsOfOrdered},
		{Name: "fetch/of one that isn't there", Run: fetchGone},
		{Name: "ordered/deleted between fetches", Run: orderedDeleted},
		{Name: "ordered/what the server is asked for", Run: orderedConfigs},
		{Name: "stream/what is cached of subjects", Run: streamCached},
	}
}

// overheard notes what is published to a subject of the API.
type overheard struct {
	w   *world
	sub *nats.Subscription
}

func (w *world) overhear(subject string) *overheard {
	w.Helper()
	sub, err := w.nc.SubscribeSync(subject)
	w.Must(err)
	w.Must(w.nc.Flush())
	return &overheard{w, sub}
}

// pulls are the sizes of the pulls, when at least n have come, and those that came with them.
func (o *overheard) pulls(n int) (list []string) {
	o.w.Helper()
	for {
		patience := env.Patience
		if len(list) >= n {
			o.w.Must(o.w.nc.Flush())
			patience = time.Millisecond
		}
		m, err := o.sub.NextMsg(patience)
		if err != nil {
			return list
		}
		var r struct {
			Batch int `json:"batch"`
			Bytes int `json:"max_bytes"`
		}
		o.w.Must(json.Unmarshal(m.Data, &r))
		list = append(list, fmt.Sprint(r.Batch, "/", r.Bytes))
	}
}

func pullsOfMessages(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(30)
	for i, this := range []struct {
		opts []jetstream.PullMessagesOpt
		want int
	}{
		{[]jetstream.PullMessagesOpt{jetstream.PullMaxMessages(1)}, 20},
		{[]jetstream.PullMessagesOpt{jetstream.PullMaxMessages(2)}, 10},
		{[]jetstream.PullMessagesOpt{jetstream.PullMaxMessages(3)}, 10},
		{[]jetstream.PullMessagesOpt{jetstream.PullMaxMessages(10)}, 4},
		{[]jetstream.PullMessagesOpt{jetstream.PullMaxMessages(10), jetstream.PullThresholdMessages(3)}, 3},
		{[]jetstream.PullMessagesOpt{jetstream.PullMaxMessages(15), jetstream.StopAfter(20)}, 2},
		{[]jetstream.PullMessagesOpt{jetstream.PullMaxMessagesWithBytesLimit(10, 2000)}, 4},
	} {
		e.Log("%v", this.opts)
		c := w.consumer(jetstream.ConsumerConfig{Durable: fmt.Sprint("C", i)})
		o := w.overhear("$JS.API.CONSUMER.MSG.NEXT.S." + fmt.Sprint("C", i))
		it, err := c.Messages(this.opts...)
		e.Err("messages", err)
		e.Log("at first: %v", o.pulls(0))
		for range 20 {
			_, err := it.Next()
			e.Must(err)
		}
		e.Log("%v", o.pulls(this.want))
		it.Stop()
	}
}

func pullsOfConsume(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(30)
	for i, this := range []struct {
		opts []jetstream.PullConsumeOpt
		want int
	}{
		{[]jetstream.PullConsumeOpt{jetstream.PullMaxMessages(1)}, 20},
		{[]jetstream.PullConsumeOpt{jetstream.PullMaxMessages(2)}, 10},
		{[]jetstream.PullConsumeOpt{jetstream.PullMaxMessages(10)}, 4},
		{[]jetstream.PullConsumeOpt{jetstream.PullMaxMessages(10), jetstream.PullThresholdMessages(3)}, 3},
		{[]jetstream.PullConsumeOpt{jetstream.PullMaxMessagesWithBytesLimit(10, 2000)}, 4},
	} {
		e.Log("%v", this.opts)
		c := w.consumer(jetstream.ConsumerConfig{Durable: fmt.Sprint("C", i)})
		o := w.overhear("$JS.API.CONSUMER.MSG.NEXT.S." + fmt.Sprint("C", i))
		handled, over := make(chan struct{}), make(chan struct{})
		n := 0
		cc, err := c.Consume(func(jetstream.Msg) {
			if n++; n == 20 {
				close(handled)
			}
			if n >= 20 {
				<-over
			}
		}, this.opts...)
		e.Err("consume", err)
		closed(e, "the 20th", handled)
		e.Log("%v", o.pulls(this.want))
		cc.Stop()
		close(over)
		closed(e, "the end", cc.Closed())
	}
}

func pullsOfLarge(e *env.Env) {
	w := begin(e)
	w.stream()
	for range 10 {
		_, err := w.js.Publish(w.ctx, "s.a", make([]byte, 900))
		e.Must(err)
	}
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	o := w.overhear("$JS.API.CONSUMER.MSG.NEXT.S.C")
	it, err := c.Messages(jetstream.PullMaxMessagesWithBytesLimit(10, 1024))
	e.Err("messages", err)
	defer it.Stop()
	for range 10 {
		_, err := it.Next()
		e.Must(err)
	}
	for _, p := range o.pulls(10)[:10] {
		e.Log("at most %s bytes", p[len(p)-4:])
	}
}

func pullsOfOrdered(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(1)
	o := w.overhear("$JS.API.CONSUMER.MSG.NEXT.S.>")
	for _, opts := range [][]jetstream.PullMessagesOpt{
		{jetstream.PullExpiry(10 * time.Second)},
		{jetstream.PullExpiry(8 * time.Second)},
		{jetstream.PullHeartbeat(10 * time.Second)},
	} {
		c, err := s.OrderedConsumer(w.ctx, jetstream.OrderedConsumerConfig{})
		e.Err("make", err)
		it, err := c.Messages(opts...)
		e.Err("messages", err)
		_, err = it.Next()
		e.Err("next", err)
		m, err := o.sub.NextMsg(env.Patience)
		e.Must(err)
		var r struct {
			Expires   time.Duration `json:"expires"`
			Heartbeat time.Duration `json:"idle_heartbeat"`
		}
		e.Must(json.Unmarshal(m.Data, &r))
		e.Log("%v %v", r.Expires, r.Heartbeat)
		it.Stop()
	}
}

func fetchGone(e *env.Env) {
	w := begin(e)
	w.stream()
	c := w.consumer(jetstream.ConsumerConfig{Durable: "C"})
	e.Must(w.js.DeleteConsumer(w.ctx, "S", "C"))
	b, err := c.Fetch(5)
	drainBatch(e, "fetch", b, err)
	b, err = c.FetchBytes(100)
	drainBatch(e, "bytes", b, err)
	_, err = c.Next()
	e.Err("next", err)
}

func orderedDeleted(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(40)
	for what, fetch := range map[string]func(jetstream.Consumer) (jetstream.MessageBatch, error){
		"fetch": func(c jetstream.Consumer) (jetstream.MessageBatch, error) { return c.Fetch(5) },
		"short fetch": func(c jetstream.Consumer) (jetstream.MessageBatch, error) {
			return c.Fetch(5, jetstream.FetchMaxWait(time.Second))
		},
		"no wait": func(c jetstream.Consumer) (jetstream.MessageBatch, error) { return c.FetchNoWait(5) },
	} {
		c, err := s.OrderedConsumer(w.ctx, jetstream.OrderedConsumerConfig{})
		e.On(what).Err("make", err)
		for range 3 {
			b, err := fetch(c)
			e.On(what).Err("fetch", err)
			for m := range b.Messages() {
				e.On(what).Log("%s", sequence(m))
			}
			e.On(what).Err("batch", b.Error())
			e.Must(w.js.DeleteConsumer(w.ctx, "S", c.CachedInfo().Name))
		}
		m, err := c.Next()
		e.On(what).Err("next", err)
		e.On(what).Log("%s", sequence(m))
	}
}

func orderedConfigs(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(5)
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	o := w.overhear("$JS.API.CONSUMER.CREATE.S.>")
	for i, cfg := range []jetstream.OrderedConsumerConfig{
		{},
		{DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy},
		{DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, FilterSubjects: []string{"s.1"}},
		{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: 2, OptStartTime: &at},
		{DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartSeq: 2, OptStartTime: &at},
		{DeliverPolicy: jetstream.DeliverAllPolicy, OptStartSeq: 2, OptStartTime: &at},
		{DeliverPolicy: jetstream.DeliverByStartSequencePolicy},
		{ReplayPolicy: jetstream.ReplayOriginalPolicy, HeadersOnly: true, InactiveThreshold: time.Minute},
		{FilterSubjects: []string{"s.1", "s.2"}, Metadata: map[string]string{"a": "b"}},
	} {
		cfg.NamePrefix = fmt.Sprint("P", i)
		_, err := s.OrderedConsumer(w.ctx, cfg)
		e.Err("make", err)
		m, err := o.sub.NextMsg(env.Patience)
		e.Must(err)
		var r struct {
			Config map[string]any `json:"config"`
		}
		e.Must(json.Unmarshal(m.Data, &r))
		e.Log("%v", r.Config)
	}
}

func streamCached(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(5)
	info, err := s.Info(w.ctx, jetstream.WithSubjectFilter(">"))
	e.Err("info", err)
	e.Log("%d subjects, %d cached of %d messages", len(info.State.Subjects), len(s.CachedInfo().State.Subjects), s.CachedInfo().State.Msgs)
}

package otelnats

import (
	"github.com/evernats/nats"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// slowConsumers sums up what slow subscriptions drop. Events say how many a subscription
// has dropped when it begins and when it has caught up; between them it is asked.
type slowConsumers struct {
	subs    map[*nats.Subscription]*slowConsumer
	limit   int              // of subs, until those that have ended are looked for
	dropped map[string]int64 // by the subject's template
}

// slowConsumer is a subscription that has been slow.
type slowConsumer struct {
	template string
	counted  int64 // of what it has dropped
	slow     bool  // now
}

func (s *slowConsumers) noted(sub *nats.Subscription, template string, dropped int64, slow bool) {
	c := s.subs[sub]
	if c == nil {
		c = &slowConsumer{template: template}
		s.subs[sub] = c
	}
	c.slow = slow
	s.count(c, dropped)
	if len(s.subs) > s.limit {
		s.forgetEnded()
		s.limit = max(1000, 2*len(s.subs))
	}
}

func (s *slowConsumers) count(c *slowConsumer, dropped int64) {
	if more := dropped - c.counted; more > 0 {
		s.dropped[c.template] += more
		c.counted = dropped
	}
}

func (s *slowConsumers) forgetEnded() {
	for sub := range s.subs {
		if !sub.IsValid() {
			delete(s.subs, sub)
		}
	}
}

func (s *slowConsumers) observe(o *observer, to metric.Observer) {
	s.forgetEnded()
	slow := int64(0)
	for sub, c := range s.subs {
		if !c.slow {
			continue
		}
		if n, err := sub.Dropped(); err == nil {
			s.count(c, int64(n))
			slow++
		}
	}
	to.ObserveInt64(o.inst.slow, slow, o.with())
	for template, n := range s.dropped {
		var attrs []attribute.KeyValue
		if template != "" {
			attrs = append(attrs, attribute.String(attrTemplate, template))
		}
		to.ObserveInt64(o.inst.slowDropped, n, o.with(attrs...))
	}
}

package otelnats

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/evernats/nats"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// maxServers bounds how many servers' attempts are counted apart.
const maxServers = 50

// counts are what events are summed up to.
type counts struct {
	mu                              sync.Mutex
	attempts                        map[attempt]int64
	servers                         map[string]bool
	dropped                         map[string]int64 // by reason
	inDoubt, replayed, denied, lost int64
	moved, stayed                   int64 // moves to another server
	slow                            slowConsumers
}

// attempt is what attempts that have ended are told apart by.
type attempt struct{ result, phase, server string }

func newCounts() *counts {
	c := &counts{
		attempts: make(map[attempt]int64), servers: make(map[string]bool), dropped: make(map[string]int64),
		slow: slowConsumers{subs: make(map[*nats.Subscription]*slowConsumer), dropped: map[string]int64{"": 0}},
	}
	// A counter that is there from the beginning shows its first step, too.
	for _, reason := range []error{nats.ErrMessageExpired, nats.ErrMessageDropped, nats.ErrPoisonMessage, nats.ErrMaxPayload} {
		c.dropped[errorType(reason)] = 0
	}
	return c
}

// event counts one. A slow subscription's subject is in template.
func (c *counts) event(e *nats.Event, template string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e.Kind {
	case nats.EventAttemptSucceeded:
		c.attempt("succeeded", "", e.Server)
	case nats.EventAttemptFailed:
		c.attempt("failed", phase(e.Phase), e.Server)
	case nats.EventAttemptCancelled:
		c.attempt("cancelled", "", e.Server)
	case nats.EventDisconnected:
		c.inDoubt += int64(e.InDoubtMsgs)
	case nats.EventReconnected:
		c.replayed += int64(e.Replayed)
	case nats.EventMigrated:
		c.moved++
	case nats.EventMigrationFailed:
		c.stayed++
	case nats.EventMessagesDropped:
		c.dropped[errorType(e.Err)] += int64(e.Dropped)
	case nats.EventPermissionDenied:
		c.denied++
	case nats.EventSlowConsumer, nats.EventConsumerRecovered:
		c.slow.noted(e.Subscription, template, int64(e.Dropped), e.Kind == nats.EventSlowConsumer)
	case nats.EventsLost:
		c.lost += int64(e.Count)
	}
}

func (c *counts) attempt(result, phase, server string) {
	if !c.servers[server] {
		if len(c.servers) >= maxServers {
			server = other
		}
		c.servers[server] = true
	}
	c.attempts[attempt{result, phase, server}]++
}

// phase is a phase as an error's type: "dial", "tls", "info".
func phase(name string) string {
	if name == "" {
		return other
	}
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

func (c *counts) observe(o *observer, to metric.Observer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	plain := o.with()
	for a, n := range c.attempts {
		attrs := append([]attribute.KeyValue{attribute.String(attrResult, a.result)}, address(a.server)...)
		if a.phase != "" {
			attrs = append(attrs, attribute.String(attrError, a.phase))
		}
		to.ObserveInt64(o.inst.attempts, n, o.with(attrs...))
	}
	for reason, n := range c.dropped {
		to.ObserveInt64(o.inst.dropped, n, o.with(attribute.String(attrError, reason)))
	}
	to.ObserveInt64(o.inst.migrations, c.moved, o.with(attribute.String(attrMigration, "succeeded")))
	to.ObserveInt64(o.inst.migrations, c.stayed, o.with(attribute.String(attrMigration, "failed")))
	to.ObserveInt64(o.inst.inDoubt, c.inDoubt, plain)
	to.ObserveInt64(o.inst.replayed, c.replayed, plain)
	to.ObserveInt64(o.inst.denied, c.denied, plain)
	to.ObserveInt64(o.inst.lostEvents, c.lost, plain)
	c.slow.observe(o, to)
}

// address are the attributes of a server, of its URL without user and password.
func address(server string) []attribute.KeyValue {
	if server == "" || server == other {
		return []attribute.KeyValue{attribute.String(attrServer, other)}
	}
	host, port := server, ""
	if u, err := url.Parse(server); err == nil && u.Host != "" {
		host, port = u.Hostname(), u.Port()
	} else if h, p, err := net.SplitHostPort(server); err == nil {
		host, port = h, p
	} else {
		host = other // what it is may be anything
	}
	attrs := []attribute.KeyValue{attribute.String(attrServer, host)}
	if n, err := strconv.Atoi(port); err == nil {
		attrs = append(attrs, attribute.Int(attrPort, n))
	}
	return attrs
}

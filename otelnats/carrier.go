package otelnats

import (
	"strings"

	"github.com/evernats/nats"
	"go.opentelemetry.io/otel/propagation"
)

// HeaderCarrier carries a trace context in a message's headers. It isn't nil when
// something is to be put in.
//
//	propagation.TraceContext{}.Inject(ctx, otelnats.HeaderCarrier(msg.Header))
type HeaderCarrier nats.Header

var _ propagation.TextMapCarrier = HeaderCarrier(nil)

// Get returns the first value of a key. A key that is written exactly like that comes
// first; if there is none, upper and lower case are the same, since clients in other
// languages write "Traceparent", too.
func (c HeaderCarrier) Get(key string) string {
	if v := c[key]; len(v) > 0 {
		return v[0]
	}
	for k, v := range c {
		if len(v) > 0 && strings.EqualFold(k, key) {
			return v[0]
		}
	}
	return ""
}

// Set replaces a key's values, those of the key in other cases included.
func (c HeaderCarrier) Set(key, value string) {
	for k := range c {
		if k != key && strings.EqualFold(k, key) {
			delete(c, k)
		}
	}
	c[key] = []string{value}
}

// Keys lists the keys.
func (c HeaderCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	return keys
}

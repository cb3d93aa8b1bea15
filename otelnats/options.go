package otelnats

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Option is for [Observe] and [NewTracer].
type Option func(*config)

type config struct {
	meters      metric.MeterProvider
	tracers     trace.TracerProvider
	propagator  propagation.TextMapPropagator
	clientID    string
	attributes  []attribute.KeyValue
	destination func(subject string) string
}

func configured(opts []Option) config {
	c := config{
		meters: otel.GetMeterProvider(), tracers: otel.GetTracerProvider(), propagator: otel.GetTextMapPropagator(),
		destination: func(string) string { return "" },
	}
	if len(c.propagator.Fields()) == 0 {
		c.propagator = propagation.TraceContext{}
	}
	for _, opt := range opts {
		if opt != nil {
			opt(&c)
		}
	}
	return c
}

// WithMeterProvider sets where metrics go. Default, and nil: OpenTelemetry's global one.
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(c *config) {
		if p != nil {
			c.meters = p
		}
	}
}

// WithTracerProvider sets where spans go. Default, and nil: OpenTelemetry's global one.
func WithTracerProvider(p trace.TracerProvider) Option {
	return func(c *config) {
		if p != nil {
			c.tracers = p
		}
	}
}

// WithPropagator sets what is carried in the headers of messages, and how. Default, and
// nil: OpenTelemetry's global one as it is when the [Tracer] is made; while that one
// carries nothing, as it does until a program sets it, the W3C trace context.
func WithPropagator(p propagation.TextMapPropagator) Option {
	return func(c *config) {
		if p != nil {
			c.propagator = p
		}
	}
}

// WithClientID sets messaging.client.id, which tells the connections of a process
// apart in metrics. Default, and empty: the connection's Name, or "nats" if it has none.
// A second connection of the same name gets "-2" behind it, and so on; the number is
// used again when its connection is closed, so that there are no more of them than
// connections at a time. A [Tracer] ignores it.
func WithClientID(id string) Option {
	return func(c *config) { c.clientID = id }
}

// WithAttributes adds attributes to each metric and span.
func WithAttributes(attrs ...attribute.KeyValue) Option {
	return func(c *config) { c.attributes = append(c.attributes, attrs...) }
}

// WithDestination sets what makes of a subject one of a small number of names, such as
// "orders.*" of "orders.4711". It becomes messaging.destination.template: in the durations
// of a [Tracer], in the names of its spans, and in the messages that slow subscriptions
// drop. An empty string leaves a subject out. Default, and nil: subjects are in no
// metric, and in the names of spans as they are.
//
// Return one of some dozen names: each is a series of its own, in each histogram
// seventeen.
func WithDestination(template func(subject string) string) Option {
	return func(c *config) {
		if template != nil {
			c.destination = template
		}
	}
}

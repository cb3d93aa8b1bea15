package otelnats

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/evernats/nats"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Tracer publishes, requests and handles messages with spans. It belongs to no
// connection, and may be used by any number of goroutines.
type Tracer struct {
	config             config
	tracer             trace.Tracer
	operation, process metric.Float64Histogram
}

// NewTracer makes a Tracer. The errors are those of the meter.
//
// Whether a trace is sampled decides the program's TracerProvider. What is paid for a
// message through the Tracer: the span, its attributes if it is sampled, a copy of the
// message's headers and some 70 bytes in them on the wire, and one value in a histogram
// of durations. A trace that isn't sampled is carried on too, marked as such, so that all
// programs decide alike: that costs the span that isn't recorded and the header. With no
// TracerProvider set at all and no trace in the context, nothing is put into messages.
// What goes past the Tracer pays nothing.
func NewTracer(opts ...Option) (*Tracer, error) {
	t := &Tracer{config: configured(opts)}
	t.tracer = t.config.tracers.Tracer(scope)
	var err error
	t.operation, t.process, err = durations(t.config.meters.Meter(scope))
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Inject puts the trace context of ctx into a message's headers, which it makes when
// there are none. It is for messages that are sent in a way that the Tracer doesn't
// have, such as JetStream's: make a span of your own, and inject its context.
func (t *Tracer) Inject(ctx context.Context, m *nats.Msg) {
	if m.Header == nil {
		m.Header = make(nats.Header)
	}
	t.config.propagator.Inject(ctx, HeaderCarrier(m.Header))
}

// Extract returns ctx with the trace context that is in headers, if there is one.
func (t *Tracer) Extract(ctx context.Context, h nats.Header) context.Context {
	return t.config.propagator.Extract(ctx, HeaderCarrier(h))
}

// Publish is [nats.Conn.PublishMsg] within a span of kind producer, which ends when the
// message is accepted: what becomes of it then is in the metrics of [Observe]. The
// message that is sent has the span's context in its headers, in place of one that
// was there, which the span is linked with; msg itself isn't changed. A server that
// takes no headers gets the message without.
func (t *Tracer) Publish(ctx context.Context, nc *nats.Conn, msg *nats.Msg) error {
	if nc == nil || msg == nil {
		return nc.PublishMsg(msg)
	}
	ctx, op := t.start(ctx, nc, msg, "publish", trace.SpanKindProducer)
	err := nc.PublishMsg(t.carrying(ctx, nc, msg))
	op.end(ctx, err)
	return err
}

// Request is [nats.Conn.RequestMsgWithContext] within a span of kind client, which ends
// with the answer. Headers are as with Publish. The span of a request that fails has
// the status error and error.type: "no_responders", "timeout", "cancelled",
// "disconnected" and the like.
func (t *Tracer) Request(ctx context.Context, nc *nats.Conn, msg *nats.Msg) (*nats.Msg, error) {
	if nc == nil || msg == nil {
		return nc.RequestMsgWithContext(ctx, msg)
	}
	ctx, op := t.start(ctx, nc, msg, "request", trace.SpanKindClient)
	answer, err := nc.RequestMsgWithContext(ctx, t.carrying(ctx, nc, msg))
	op.end(ctx, err)
	return answer, err
}

// carrying is a message with the trace context of ctx: msg itself when there is none.
func (t *Tracer) carrying(ctx context.Context, nc *nats.Conn, msg *nats.Msg) *nats.Msg {
	if !nc.HeadersSupported() {
		return msg
	}
	add := propagation.MapCarrier{}
	if t.config.propagator.Inject(ctx, add); len(add) == 0 {
		return msg
	}
	sent := *msg
	if sent.Header = maps.Clone(msg.Header); sent.Header == nil {
		sent.Header = make(nats.Header, len(add))
	}
	for k, v := range add {
		HeaderCarrier(sent.Header).Set(k, v)
	}
	return &sent
}

// operation is one span, and one value of a duration.
type operation struct {
	span  trace.Span
	begun time.Time
	took  metric.Float64Histogram
	attrs []attribute.KeyValue // of the duration
}

func (t *Tracer) start(ctx context.Context, nc *nats.Conn, m *nats.Msg, name string, kind trace.SpanKind) (context.Context, *operation) {
	op := &operation{begun: time.Now(), took: t.operation}
	template := t.config.destination(m.Subject)
	op.attrs = t.common(name, "send", template)
	opts := []trace.SpanStartOption{trace.WithSpanKind(kind), trace.WithAttributes(op.attrs...)}
	if before := trace.SpanContextFromContext(t.Extract(context.Background(), m.Header)); before.IsValid() {
		opts = append(opts, trace.WithLinks(trace.Link{SpanContext: before}))
	}
	ctx, op.span = t.tracer.Start(ctx, spanName(nc, name, m.Subject, template), opts...)
	if op.span.IsRecording() {
		op.span.SetAttributes(ofMessage(nc, m)...)
		op.span.SetAttributes(ofConn(nc)...)
	}
	return ctx, op
}

// common are the attributes that spans and durations share.
func (t *Tracer) common(name, kind, template string) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 5+len(t.config.attributes))
	attrs = append(attrs, attribute.String(attrSystem, "nats"), attribute.String(attrOperation, name), attribute.String(attrType, kind))
	if template != "" {
		attrs = append(attrs, attribute.String(attrTemplate, template))
	}
	return append(attrs, t.config.attributes...)
}

// spanName is the operation with what it is about. An inbox is nothing to call a span by.
func spanName(nc *nats.Conn, name, subject, template string) string {
	switch {
	case template != "":
		return name + " " + template
	case subject == "" || inbox(nc, subject):
		return name
	}
	return name + " " + subject
}

func inbox(nc *nats.Conn, subject string) bool {
	prefix := "_INBOX"
	if nc != nil && nc.Opts.InboxPrefix != "" {
		prefix = strings.TrimSuffix(nc.Opts.InboxPrefix, ".")
	}
	return strings.HasPrefix(subject, prefix+".")
}

func ofMessage(nc *nats.Conn, m *nats.Msg) []attribute.KeyValue {
	attrs := []attribute.KeyValue{attribute.String(attrDestination, m.Subject), attribute.Int(attrBodySize, len(m.Data))}
	if inbox(nc, m.Subject) {
		attrs = append(attrs, attribute.Bool(attrTemporary, true))
	}
	if id := m.Header.Get("Nats-Msg-Id"); id != "" {
		attrs = append(attrs, attribute.String(attrMessageID, id))
	}
	return attrs
}

func ofConn(nc *nats.Conn) (attrs []attribute.KeyValue) {
	if nc == nil {
		return nil
	}
	if url := nc.ConnectedUrlRedacted(); url != "" {
		attrs = address(url)
	}
	if nc.Opts.Name != "" {
		attrs = append(attrs, attribute.String(attrClientID, nc.Opts.Name))
	}
	return attrs
}

// end ends the span, and counts how long it took.
func (o *operation) end(ctx context.Context, err error) {
	if err != nil {
		failed := attribute.String(attrError, errorType(err))
		o.attrs = append(o.attrs, failed)
		o.span.SetAttributes(failed)
		o.span.SetStatus(codes.Error, err.Error())
	}
	o.took.Record(ctx, time.Since(o.begun).Seconds(), metric.WithAttributeSet(attribute.NewSet(o.attrs...)))
	o.span.End()
}

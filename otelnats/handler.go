package otelnats

import (
	"context"
	"errors"
	"time"

	"github.com/evernats/nats"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Handler makes a handler of subscriptions that runs h within a span of kind consumer. It
// is a child of the span that the message was sent in, and linked with it. An error of
// h becomes the span's status, and goes no further; so does a panic, which goes on.
// The message's ctx never ends: it has the trace and nothing else.
func (t *Tracer) Handler(h func(ctx context.Context, m *nats.Msg) error) nats.MsgHandler {
	return t.handler(trace.SpanKindConsumer, h)
}

// Responder is [Tracer.Handler] for requests: the span is of kind server. Answer within
// h.
func (t *Tracer) Responder(h func(ctx context.Context, m *nats.Msg) error) nats.MsgHandler {
	return t.handler(trace.SpanKindServer, h)
}

func (t *Tracer) handler(kind trace.SpanKind, h func(ctx context.Context, m *nats.Msg) error) nats.MsgHandler {
	return func(m *nats.Msg) {
		ctx, op := t.received(context.Background(), m, kind)
		err := errPanic // unless h returns
		defer func() { op.end(ctx, err) }()
		err = h(ctx, m)
	}
}

// errPanic is the error of a handler that didn't return.
var errPanic = errors.New("the handler panicked, or ended its goroutine")

// Process begins the span of a message that the program has fetched itself, with
// [nats.Subscription.NextMsg] say, or from JetStream: a message of that can be given as
//
//	&nats.Msg{Subject: m.Subject(), Header: m.Headers(), Data: m.Data()}
//
// The span is of kind consumer, a child of the one that the message was sent in, and
// linked with it; a span in ctx is linked, too. Call done once, with the error or nil.
// What else is in ctx stays in the one that is returned.
func (t *Tracer) Process(ctx context.Context, m *nats.Msg) (processing context.Context, done func(error)) {
	ctx, op := t.received(ctx, m, trace.SpanKindConsumer)
	return ctx, func(err error) { op.end(ctx, err) }
}

func (t *Tracer) received(ctx context.Context, m *nats.Msg, kind trace.SpanKind) (context.Context, *operation) {
	op := &operation{begun: time.Now(), took: t.process}
	subject := m.Subject
	if m.Sub != nil && m.Sub.Subject != "" {
		subject = m.Sub.Subject // "orders.*" says more than one order's number
	}
	template := t.config.destination(m.Subject)
	op.attrs = t.common("process", "process", template)
	opts := []trace.SpanStartOption{trace.WithSpanKind(kind), trace.WithAttributes(op.attrs...)}
	around := trace.SpanContextFromContext(ctx)
	ctx = t.Extract(trace.ContextWithSpanContext(ctx, trace.SpanContext{}), m.Header)
	if sent := trace.SpanContextFromContext(ctx); sent.IsValid() {
		opts = append(opts, trace.WithLinks(trace.Link{SpanContext: sent}))
		if around.IsValid() {
			opts = append(opts, trace.WithLinks(trace.Link{SpanContext: around}))
		}
	} else {
		ctx = trace.ContextWithSpanContext(ctx, around)
	}
	ctx, op.span = t.tracer.Start(ctx, spanName(nil, "process", subject, template), opts...)
	if op.span.IsRecording() {
		op.span.SetAttributes(ofMessage(nil, m)...)
		if s := m.Sub; s != nil {
			op.span.SetAttributes(attribute.String(attrSubscription, s.Subject))
			if s.Queue != "" {
				op.span.SetAttributes(attribute.String(attrGroup, s.Queue))
			}
		}
	}
	return ctx, op
}

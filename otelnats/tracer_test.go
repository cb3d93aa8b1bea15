package otelnats_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/otelnats"
)

// traced is a connection to a server, a tracer, and what it collects.
type traced struct {
	nc *nats.Conn
	*otelnats.Tracer
	spans   *spans
	metrics *collected
	server  *natstest.Server
}

func newTraced(t *testing.T, cfg natstest.Config, opts ...otelnats.Option) *traced {
	t.Helper()
	x := &traced{spans: newSpans(t), metrics: newCollected(t), server: natstest.NewServer(t, cfg)}
	x.nc = Connect(t, x.server.URL(), nats.Name("shop"))
	var err error
	x.Tracer, err = otelnats.NewTracer(append([]otelnats.Option{otelnats.WithTracerProvider(x.spans.provider), x.metrics.option()}, opts...)...)
	Must(t, err)
	return x
}

func sameTrace(t *testing.T, parent, child trace.ReadOnlySpan) {
	t.Helper()
	if child.Parent().SpanID() != parent.SpanContext().SpanID() || child.SpanContext().TraceID() != parent.SpanContext().TraceID() {
		t.Errorf("%s isn't a child of %s", child.Name(), parent.Name())
	}
	for _, l := range child.Links() {
		if l.SpanContext.SpanID() == parent.SpanContext().SpanID() {
			return
		}
	}
	t.Errorf("%s isn't linked with %s", child.Name(), parent.Name())
}

// A published message takes its trace along, and says what it is by the conventions.
func TestAMessageCarriesItsTrace(t *testing.T) {
	x := newTraced(t, natstest.Config{})
	failed := errors.New("no such order")
	handled := make(chan api.SpanContext, 1)
	_, err := x.nc.QueueSubscribe("orders.*", "billing", x.Handler(func(ctx context.Context, m *nats.Msg) error {
		handled <- api.SpanContextFromContext(ctx)
		return failed
	}))
	Must(t, err)
	msg := &nats.Msg{Subject: "orders.4711", Data: []byte("tea"), Header: nats.Header{"Nats-Msg-Id": {"m1"}}}
	Must(t, x.Publish(t.Context(), x.nc, msg))
	if len(msg.Header) != 1 {
		t.Errorf("the program's message has become %v", msg.Header)
	}
	inside := Receive(t, "a message", handled)
	Until(t, "two spans", func() bool { return len(x.spans.recorder.Ended()) == 2 })
	sent, got := x.spans.one(t, api.SpanKindProducer), x.spans.one(t, api.SpanKindConsumer)
	sameTrace(t, sent, got)
	if !inside.Equal(got.SpanContext()) {
		t.Error("the handler isn't within its span")
	}
	if sent.Name() != "publish orders.4711" || got.Name() != "process orders.*" {
		t.Errorf("they are called %q and %q", sent.Name(), got.Name())
	}
	host, port, _ := strings.Cut(strings.TrimPrefix(x.server.URL(), "nats://"), ":")
	if want := "messaging.client.id=shop messaging.destination.name=orders.4711 messaging.message.body.size=3 messaging.message.id=m1 " +
		"messaging.operation.name=publish messaging.operation.type=send messaging.system=nats server.address=" + host + " server.port=" + port; text(sent) != want {
		t.Errorf("it was sent with\n%s, want\n%s", text(sent), want)
	}
	if want := "error.type=_OTHER messaging.consumer.group.name=billing messaging.destination.name=orders.4711 messaging.destination.subscription.name=orders.* " +
		"messaging.message.body.size=3 messaging.message.id=m1 messaging.operation.name=process messaging.operation.type=process messaging.system=nats"; text(got) != want {
		t.Errorf("it was handled with\n%s, want\n%s", text(got), want)
	}
	if s := sent.Status(); s.Code != codes.Unset {
		t.Errorf("sending ended with %v", s)
	}
	if s := got.Status(); s.Code != codes.Error || s.Description != failed.Error() {
		t.Errorf("handling ended with %v", s)
	}
	x.metrics.expect(t, map[string]float64{
		"messaging.client.operation.duration{messaging.operation.name=publish,messaging.operation.type=send}":             1,
		"messaging.process.duration{error.type=_OTHER,messaging.operation.name=process,messaging.operation.type=process}": 1,
	})
}

// A request's span has the server's as its child, and ends with the answer.
func TestARequestAndItsAnswer(t *testing.T) {
	template := func(s string) string { return strings.Split(s, ".")[0] + ".*" }
	x := newTraced(t, natstest.Config{}, otelnats.WithDestination(template))
	_, err := x.nc.Subscribe("echo.>", x.Responder(func(ctx context.Context, m *nats.Msg) error { return m.Respond(m.Data) }))
	Must(t, err)
	answer, err := x.Request(t.Context(), x.nc, &nats.Msg{Subject: "echo.a.1", Data: []byte("x")})
	Must(t, err)
	if string(answer.Data) != "x" {
		t.Errorf("the answer is %q", answer.Data)
	}
	Until(t, "two spans", func() bool { return len(x.spans.recorder.Ended()) == 2 })
	asked, served := x.spans.one(t, api.SpanKindClient), x.spans.one(t, api.SpanKindServer)
	sameTrace(t, asked, served)
	if asked.Name() != "request echo.*" || served.Name() != "process echo.*" {
		t.Errorf("they are called %q and %q", asked.Name(), served.Name())
	}
	x.metrics.expect(t, map[string]float64{
		"messaging.client.operation.duration{messaging.destination.template=echo.*,messaging.operation.name=request,messaging.operation.type=send}": 1,
		"messaging.process.duration{messaging.destination.template=echo.*,messaging.operation.name=process,messaging.operation.type=process}":       1,
	})
}

// What goes wrong is the span's status, with a type of error that is one of a few.
func TestFailuresAreStatuses(t *testing.T) {
	for name, do := range map[string]func(x *traced) error{
		"no_responders": func(x *traced) error {
			_, err := x.Request(t.Context(), x.nc, nats.NewMsg("nobody"))
			return err
		},
		"timeout": func(x *traced) error {
			sub, err := x.nc.SubscribeSync("deaf")
			Must(t, err)
			defer func() { _ = sub.Unsubscribe() }()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			_, err = x.Request(ctx, x.nc, nats.NewMsg("deaf"))
			return err
		},
		"bad_subject": func(x *traced) error { return x.Publish(t.Context(), x.nc, nats.NewMsg("")) },
		"connection_closed": func(x *traced) error {
			x.nc.Close()
			return x.Publish(t.Context(), x.nc, nats.NewMsg("a"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTraced(t, natstest.Config{})
			err := do(x)
			if err == nil {
				t.Fatal("it went well")
			}
			span := x.spans.recorder.Ended()[0]
			if s := span.Status(); s.Code != codes.Error || s.Description != err.Error() || !strings.Contains(text(span), "error.type="+name+" ") {
				t.Errorf("%v: status %v, %s", err, s, text(span))
			}
		})
	}
}

// A handler that panics ends its span, and the panic goes on.
func TestAPanicIsTold(t *testing.T) {
	x := newTraced(t, natstest.Config{})
	func() {
		defer func() {
			if p := recover(); p != "oh" {
				t.Errorf("recovered %v", p)
			}
		}()
		x.Handler(func(context.Context, *nats.Msg) error { panic("oh") })(nats.NewMsg("a"))
	}()
	if span := x.spans.one(t, api.SpanKindConsumer); span.Status().Code != codes.Error || !strings.Contains(text(span), "error.type=panic") {
		t.Errorf("%v %s", span.Status(), text(span))
	}
}

// A message that is passed on with its headers gets the new span's context, and a link.
func TestAMessagePassedOn(t *testing.T) {
	x := newTraced(t, natstest.Config{})
	ctx, before := x.spans.provider.Tracer("test").Start(t.Context(), "before")
	msg := nats.NewMsg("a")
	x.Inject(ctx, msg)
	msg.Header["Traceparent"] = msg.Header["traceparent"] // as a client in another language writes it
	delete(msg.Header, "traceparent")
	sub, err := x.nc.SubscribeSync("a")
	Must(t, err)
	Must(t, x.Publish(context.Background(), x.nc, msg))
	got, err := sub.NextMsg(10 * time.Second)
	Must(t, err)
	sent := x.spans.one(t, api.SpanKindProducer)
	if len(sent.Links()) != 1 || sent.Links()[0].SpanContext.SpanID() != before.SpanContext().SpanID() {
		t.Errorf("linked with %v", sent.Links())
	}
	ctx, done := x.Process(ctx, got)
	done(nil)
	if api.SpanContextFromContext(ctx).TraceID() != sent.SpanContext().TraceID() || len(got.Header) != 1 {
		t.Errorf("the message has %v", got.Header)
	}
	handled := x.spans.one(t, api.SpanKindConsumer)
	sameTrace(t, sent, handled)
	if len(handled.Links()) != 2 || handled.Links()[1].SpanContext.SpanID() != before.SpanContext().SpanID() {
		t.Errorf("linked with %v", handled.Links())
	}
}

// Without a trace the context of Process goes on as it is.
func TestAMessageWithoutATrace(t *testing.T) {
	x := newTraced(t, natstest.Config{})
	ctx, around := x.spans.provider.Tracer("test").Start(t.Context(), "around")
	_, done := x.Process(ctx, nats.NewMsg("_INBOX.x"))
	done(nil)
	span := x.spans.one(t, api.SpanKindConsumer)
	if span.Parent().SpanID() != around.SpanContext().SpanID() || len(span.Links()) != 0 || span.Name() != "process" ||
		!strings.Contains(text(span), "messaging.destination.temporary=true") {
		t.Errorf("%q, parent %v, links %v, %s", span.Name(), span.Parent(), span.Links(), text(span))
	}
}

// A trace that isn't sampled goes along, and nothing is recorded of it.
func TestWhatIsNotSampled(t *testing.T) {
	s := newSpans(t, trace.WithSampler(trace.NeverSample()))
	x := newTraced(t, natstest.Config{}, otelnats.WithTracerProvider(s.provider))
	sub, err := x.nc.SubscribeSync("a")
	Must(t, err)
	Must(t, x.Publish(t.Context(), x.nc, nats.NewMsg("a")))
	got, err := sub.NextMsg(10 * time.Second)
	Must(t, err)
	if !strings.HasSuffix(got.Header.Get("traceparent"), "-00") || len(s.recorder.Ended()) != 0 {
		t.Errorf("%v, %d spans", got.Header, len(s.recorder.Ended()))
	}
}

// Without a provider of traces, and on servers without headers, messages go as they are.
func TestMessagesThatCarryNothing(t *testing.T) {
	x := newTraced(t, natstest.Config{})
	tracer, err := otelnats.NewTracer()
	Must(t, err)
	sub, err := x.nc.SubscribeSync("a")
	Must(t, err)
	Must(t, tracer.Publish(t.Context(), x.nc, nats.NewMsg("a")))
	got, err := sub.NextMsg(10 * time.Second)
	Must(t, err)
	if len(got.Header) != 0 {
		t.Errorf("without traces: %v", got.Header)
	}

	x.server.SetInfo(func(info *natstest.Info) { info.Headers = false })
	old := Connect(t, x.server.URL())
	Must(t, x.Publish(t.Context(), old, &nats.Msg{Subject: "a"}))
	Must(t, old.Flush())

	if err := x.Publish(t.Context(), nil, nats.NewMsg("a")); !errors.Is(err, nats.ErrInvalidConnection) {
		t.Errorf("no connection: %v", err)
	}
	if _, err := x.Request(t.Context(), x.nc, nil); !errors.Is(err, nats.ErrInvalidMsg) {
		t.Errorf("no message: %v", err)
	}
}

// Another propagator carries what it carries.
func TestBaggageGoesAlong(t *testing.T) {
	x := newTraced(t, natstest.Config{}, otelnats.WithPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})))
	member, err := baggage.NewMember("tenant", "7")
	Must(t, err)
	bag, err := baggage.New(member)
	Must(t, err)
	got := make(chan string, 1)
	_, err = x.nc.Subscribe("a", x.Handler(func(ctx context.Context, m *nats.Msg) error {
		got <- baggage.FromContext(ctx).Member("tenant").Value()
		return nil
	}))
	Must(t, err)
	Must(t, x.Publish(baggage.ContextWithBaggage(t.Context(), bag), x.nc, nats.NewMsg("a")))
	if v := Receive(t, "a message", got); v != "7" {
		t.Errorf("the tenant is %q", v)
	}
}

func TestHeaderCarrier(t *testing.T) {
	h := nats.Header{"Traceparent": {"old", "older"}, "Other": {"x"}, "Empty": {}}
	c := otelnats.HeaderCarrier(h)
	if c.Get("traceparent") != "old" || c.Get("empty") != "" || c.Get("none") != "" || otelnats.HeaderCarrier(nil).Get("a") != "" {
		t.Errorf("%v", h)
	}
	c.Set("traceparent", "new")
	if len(h) != 3 || c.Get("traceparent") != "new" || http.Header(h).Get("Other") != "x" || len(c.Keys()) != 3 {
		t.Errorf("%v", h)
	}
}

func BenchmarkPublish(b *testing.B) {
	s := natstest.NewServer(b, natstest.Config{})
	nc := Connect(b, s.URL(), nats.ReconnectWait(time.Hour), nats.OutboundFull(nats.DropOldest), nats.MessageDroppedHandler(func(*nats.Conn, *nats.DroppedMsg) {}))
	s.Kill() // what it does would be counted too
	Until(b, "a loss", nc.IsReconnecting)
	msg := &nats.Msg{Subject: "a", Data: []byte("x")}
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			_ = nc.PublishMsg(msg)
		}
	})
	for name, tp := range map[string]*trace.TracerProvider{
		"sampled":   trace.NewTracerProvider(),
		"unsampled": trace.NewTracerProvider(trace.WithSampler(trace.NeverSample())),
		"off":       nil,
	} {
		opts := []otelnats.Option{}
		if tp != nil {
			opts = append(opts, otelnats.WithTracerProvider(tp))
		}
		tracer, err := otelnats.NewTracer(opts...)
		Must(b, err)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				_ = tracer.Publish(context.Background(), nc, msg)
			}
		})
	}
}

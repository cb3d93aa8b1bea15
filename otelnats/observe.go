package otelnats

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"github.com/evernats/nats"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Observe derives metrics from a connection until it is closed or stop is called. stop
// waits for the end, may be called more than once, and leaves the connection alone.
//
// Each connection has series of its own, told apart by messaging.client.id (see
// [WithClientID]). They vanish with it, save its durations of outages, which the SDK keeps.
// What is derived from events (attempts, outages, moves, messages in doubt, replayed,
// dropped) counts from this call on; the rest since the connection was made. It takes
// one goroutine and the memory of [nats.Conn.Events]; messages cost nothing more.
//
// Errors: [nats.ErrInvalidConnection] for nil, [nats.ErrConnectionClosed], and those of
// the meter.
func Observe(nc *nats.Conn, opts ...Option) (stop func(), err error) {
	if nc == nil {
		return nil, nats.ErrInvalidConnection
	}
	if nc.IsClosed() {
		return nil, nats.ErrConnectionClosed
	}
	c := configured(opts)
	meter := c.meters.Meter(scope)
	inst, err := newInstruments(meter)
	if err != nil {
		return nil, err
	}
	id := c.clientID
	if id == "" {
		id = nc.Opts.Name
	}
	o := &observer{nc: nc, config: c, inst: inst, counts: newCounts(), id: takeID(id)}
	o.base = append([]attribute.KeyValue{attribute.String(attrSystem, "nats"), attribute.String(attrClientID, o.id)}, c.attributes...)
	ctx, cancel := context.WithCancel(context.Background())
	events := nc.Events(ctx)
	registration, err := meter.RegisterCallback(o.observe, inst.all...)
	if err != nil {
		cancel()
		freeID(o.id)
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer freeID(o.id)
		defer func() { _ = registration.Unregister() }()
		for e := range events {
			o.event(&e)
		}
	}()
	return func() {
		cancel()
		<-done
	}, nil
}

// observer is what is kept for one connection.
type observer struct {
	nc     *nats.Conn
	config config
	inst   *instruments
	id     string
	base   []attribute.KeyValue
	counts *counts
}

// with is the set of the connection's attributes and these.
func (o *observer) with(attrs ...attribute.KeyValue) metric.MeasurementOption {
	all := make([]attribute.KeyValue, 0, len(o.base)+len(attrs))
	return metric.WithAttributeSet(attribute.NewSet(append(append(all, o.base...), attrs...)...))
}

func (o *observer) event(e *nats.Event) {
	template := ""
	switch e.Kind {
	case nats.EventReconnected:
		o.inst.outage.Record(context.Background(), e.Duration.Seconds(), o.with())
	case nats.EventSlowConsumer, nats.EventConsumerRecovered:
		template = o.config.destination(e.Subject)
	}
	o.counts.event(e, template)
}

// notAsked is a context that lets [nats.Conn.Health] say what is known.
var notAsked = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

var states = [...]struct {
	status nats.Status
	name   string
}{
	{nats.CONNECTING, "connecting"},
	{nats.CONNECTED, "connected"},
	{nats.RECONNECTING, "reconnecting"},
	{nats.DRAINING_SUBS, "draining_subs"},
	{nats.DRAINING_PUBS, "draining_pubs"},
}

// observe is called when metrics are collected.
func (o *observer) observe(_ context.Context, to metric.Observer) error {
	status := o.nc.Status()
	if status == nats.CLOSED {
		return nil // and gone in a moment
	}
	for _, s := range states {
		attrs := []attribute.KeyValue{attribute.String(attrState, s.name)}
		on := int64(0)
		if s.status == status {
			on = 1
			if status == nats.CONNECTED {
				attrs = append(attrs, address(o.nc.ConnectedUrlRedacted())...)
			}
		}
		to.ObserveInt64(o.inst.connections, on, o.with(attrs...))
	}
	stats, health, plain := o.nc.Stats(), o.nc.Health(notAsked), o.with()
	to.ObserveInt64(o.inst.sent, int64(stats.OutMsgs), o.with(attribute.String(attrOperation, "publish")))
	to.ObserveInt64(o.inst.consumed, int64(stats.InMsgs), o.with(attribute.String(attrOperation, "receive")))
	to.ObserveInt64(o.inst.io, int64(stats.OutBytes), o.with(attribute.String(attrDirection, "transmit")))
	to.ObserveInt64(o.inst.io, int64(stats.InBytes), o.with(attribute.String(attrDirection, "receive")))
	to.ObserveInt64(o.inst.reconnects, int64(stats.Reconnects), plain)
	to.ObserveInt64(o.inst.queueSize, int64(health.QueuedBytes), plain)
	to.ObserveInt64(o.inst.queueLimit, int64(health.QueueLimit), plain)
	to.ObserveInt64(o.inst.unconfirmed, int64(health.UnconfirmedMsgs), plain)
	to.ObserveInt64(o.inst.subscriptions, int64(o.nc.NumSubscriptions()), plain)
	o.counts.observe(o, to)
	return nil
}

// ids are the client ids in use.
var ids = struct {
	sync.Mutex
	taken map[string]bool
}{taken: make(map[string]bool)}

func takeID(name string) string {
	if name == "" {
		name = "nats"
	}
	ids.Lock()
	defer ids.Unlock()
	id := name
	for n := 2; ids.taken[id]; n++ {
		id = name + "-" + strconv.Itoa(n)
	}
	ids.taken[id] = true
	return id
}

func freeID(id string) {
	ids.Lock()
	defer ids.Unlock()
	delete(ids.taken, id)
}

// errorType is a short name of an error, one of a dozen.
func errorType(err error) string {
	for _, t := range errorTypes {
		if errors.Is(err, t.err) {
			return t.name
		}
	}
	return other
}

var errorTypes = [...]struct {
	err  error
	name string
}{
	{errPanic, "panic"},
	{nats.ErrNoResponders, "no_responders"},
	{nats.ErrTimeout, "timeout"},
	{context.DeadlineExceeded, "timeout"},
	{context.Canceled, "cancelled"},
	{nats.ErrMessageExpired, "message_expired"},
	{nats.ErrPoisonMessage, "poison_message"},
	{nats.ErrMessageDropped, "message_dropped"},
	{nats.ErrConnectionClosed, "connection_closed"},
	{nats.ErrConnectionDraining, "connection_draining"},
	{nats.ErrDisconnected, "disconnected"},
	{nats.ErrMaxPayload, "max_payload"},
	{nats.ErrHeadersNotSupported, "headers_not_supported"},
	{nats.ErrReconnectBufExceeded, "buffer_full"},
	{nats.ErrPermissionViolation, "permission_denied"},
	{nats.ErrBadSubject, "bad_subject"},
}

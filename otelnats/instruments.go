package otelnats

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// Bounds of histograms, in seconds. Those of operations are OpenTelemetry's.
var (
	operationBounds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	outageBounds    = []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800}
)

// instruments are what a connection's metrics are observed with.
type instruments struct {
	sent, consumed, io, attempts, reconnects, migrations, inDoubt, replayed, dropped, slowDropped, denied, lostEvents metric.Int64ObservableCounter
	connections, queueSize, queueLimit, unconfirmed, slow, subscriptions                                              metric.Int64ObservableUpDownCounter
	outage                                                                                                            metric.Float64Histogram
	all                                                                                                               []metric.Observable
}

func newInstruments(m metric.Meter) (*instruments, error) {
	var (
		i    instruments
		errs []error
	)
	counter := func(name, unit, what string) metric.Int64ObservableCounter {
		c, err := m.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		i.all = append(i.all, c)
		return c
	}
	level := func(name, unit, what string) metric.Int64ObservableUpDownCounter {
		c, err := m.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		i.all = append(i.all, c)
		return c
	}
	i.sent = counter(metricSent, "{message}", "Messages that a publish or request has accepted. What still waits of them is in nats.client.queue.size.")
	i.consumed = counter(metricConsumed, "{message}", "Messages received, those included that slow subscriptions dropped.")
	i.io = counter(metricIO, "By", "Payload and headers of messages, by direction.")
	i.connections = level(metricConnections, "{connection}", "1 for the state that the connection is in, 0 for the others; with the server's address when connected.")
	i.attempts = counter(metricAttempts, "{attempt}", "Attempts to connect that have ended, by result, server, and phase of the failure.")
	i.reconnects = counter(metricReconnects, "{reconnect}", "Connections made after a loss.")
	i.migrations = counter(metricMigrations, "{migration}", "Moves to another server without a gap, by whether they came to their end.")
	i.queueSize = level(metricQueueSize, "By", "What was published and waits to be written.")
	i.queueLimit = level(metricQueueLimit, "By", "What may wait to be written.")
	i.unconfirmed = level(metricUnconfirmed, "{message}", "Messages written that the server hasn't confirmed yet.")
	i.inDoubt = counter(metricInDoubt, "{message}", "Messages that were written and not confirmed when a connection ended.")
	i.replayed = counter(metricReplayed, "{message}", "Messages sent again because they were in doubt.")
	i.dropped = counter(metricDropped, "{message}", "Messages that a publish had accepted and that were given up, by reason.")
	i.slowDropped = counter(metricSlowDropped, "{message}", "Received messages dropped because a subscription was too slow.")
	i.slow = level(metricSlow, "{subscription}", "Subscriptions that drop messages now.")
	i.subscriptions = level(metricSubscription, "{subscription}", "Subscriptions that there are.")
	i.denied = counter(metricDenied, "{denial}", "Subscriptions and publishes that the server refused.")
	i.lostEvents = counter(metricLostEvents, "{event}", "Events that came too fast to be counted here: what is derived from them is too low.")
	var err error
	i.outage, err = m.Float64Histogram(metricOutage, metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(outageBounds...),
		metric.WithDescription("How long there was no connection, once there is one again."))
	return &i, errors.Join(append(errs, err)...)
}

func durations(m metric.Meter) (operation, process metric.Float64Histogram, err error) {
	operation, err1 := m.Float64Histogram(metricOperation, metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(operationBounds...),
		metric.WithDescription("Duration of messaging operation initiated by a producer or consumer client."))
	process, err2 := m.Float64Histogram(metricProcess, metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(operationBounds...),
		metric.WithDescription("Duration of processing operation."))
	return operation, process, errors.Join(err1, err2)
}

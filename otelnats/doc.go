// Package otelnats makes OpenTelemetry metrics and traces of connections.
//
// [Observe] derives metrics from a connection's events and getters:
//
//	nc, err := nats.Connect(url, nats.Name("billing"))
//	…
//	stop, err := otelnats.Observe(nc)
//
// Messages cost nothing more for that: what a connection counts anyway is read when
// metrics are collected, and the rest comes from its events. It ends with the
// connection; stop ends it earlier.
//
// A [Tracer] publishes, requests and handles messages with spans, and carries the trace
// context (W3C) in their headers:
//
//	tracer, err := otelnats.NewTracer()
//	…
//	err = tracer.Publish(ctx, nc, msg)
//	nc.Subscribe("orders.*", tracer.Handler(func(ctx context.Context, m *nats.Msg) error { … }))
//
// Here every message costs a span. See [NewTracer] for what is paid when it isn't sampled.
//
// Names follow OpenTelemetry's conventions for messaging; what these have no name for
// begins with "nats.client". Passwords, tokens and keys are in none of it. Subjects are
// in spans; in metrics they are only in the form that [WithDestination] gives them.
//
// The folder has a dashboard for Grafana (dashboard.json) and alert rules for Prometheus
// (alerts.yaml); example is a program that exports to Prometheus.
package otelnats

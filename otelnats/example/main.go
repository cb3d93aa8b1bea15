// Command example takes orders over NATS, and shows its metrics to Prometheus:
//
//	example -url nats://127.0.0.1:4222 -listen 127.0.0.1:9464
//	curl http://127.0.0.1:9464/metrics
//
// Stop the server and start it again, and look what becomes of the figures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/evernats/nats"
	"github.com/evernats/nats/otelnats"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "server to connect to")
	listen := flag.String("listen", "127.0.0.1:9464", "where /metrics is")
	every := flag.Duration("every", time.Second, "time between two orders")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	if err := run(ctx, *url, l, *every); err != nil {
		log.Fatal(err)
	}
}

// run takes orders until ctx is done.
func run(ctx context.Context, url string, l net.Listener, every time.Duration) error {
	registry := prometheus.NewRegistry()
	reader, err := exporter.New(exporter.WithRegisterer(registry))
	if err != nil {
		return err
	}
	meters := metric.NewMeterProvider(metric.WithReader(reader))
	defer func() { _ = meters.Shutdown(context.WithoutCancel(ctx)) }()
	// Spans would go to an exporter of their own, by otelnats.WithTracerProvider.
	opts := []otelnats.Option{otelnats.WithMeterProvider(meters), otelnats.WithDestination(template)}

	nc, err := nats.Connect(url, nats.Name("orders"), nats.Resilient(), nats.PublishTTL(time.Minute))
	if err != nil {
		return err
	}
	defer nc.Close()
	if _, err := otelnats.Observe(nc, opts...); err != nil {
		return err
	}
	tracer, err := otelnats.NewTracer(opts...)
	if err != nil {
		return err
	}
	if err := serve(nc, tracer); err != nil {
		return err
	}

	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	defer server.Close()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()

	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-tick.C:
			order(ctx, nc, tracer, n)
		}
	}
}

// serve handles orders, and answers who asks for a price.
func serve(nc *nats.Conn, tracer *otelnats.Tracer) error {
	_, err1 := nc.Subscribe("orders.*", tracer.Handler(func(_ context.Context, m *nats.Msg) error {
		if len(m.Data) == 0 {
			return errors.New("an empty order")
		}
		return nil
	}))
	_, err2 := nc.Subscribe("price", tracer.Responder(func(_ context.Context, m *nats.Msg) error {
		return m.Respond([]byte("3.20"))
	}))
	return errors.Join(err1, err2)
}

// order asks for a price and places an order. What fails is in the metrics.
func order(ctx context.Context, nc *nats.Conn, tracer *otelnats.Tracer, n int) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := tracer.Request(ctx, nc, nats.NewMsg("price")); err != nil {
		log.Printf("price: %v", err)
	}
	if err := tracer.Publish(ctx, nc, &nats.Msg{Subject: fmt.Sprintf("orders.%d", n), Data: []byte("tea")}); err != nil {
		log.Printf("order: %v", err)
	}
}

// template makes one name of all orders' subjects.
func template(subject string) string {
	if strings.HasPrefix(subject, "orders.") {
		return "orders.*"
	}
	return ""
}

package nats_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/health"
)

// All that happens to a connection, as it happens. After an outage a subscriber may ask
// a history for what it has missed.
func ExampleEventHandler() {
	url, stop := exampleServer()
	defer stop()

	ended := make(chan struct{})
	nc, err := nats.Connect(url, nats.EventHandler(func(_ *nats.Conn, e nats.Event) {
		switch e.Kind {
		case nats.EventConnected:
			fmt.Println(e.Kind, "at attempt", e.Attempts)
		case nats.EventReconnected:
			fmt.Println(e.Kind, "after", e.Duration)
			if e.Gap != nil {
				fmt.Println(len(e.Gap.Subscriptions), "subscriptions may have missed messages since", e.Gap.From)
			}
		case nats.EventPermissionDenied:
			fmt.Println(e)
		case nats.EventClosed:
			fmt.Println(e.Kind, e.Err)
			close(ended)
		}
	}))
	if err != nil {
		log.Fatal(err)
	}
	nc.Close()
	<-ended
	// Output:
	// connected at attempt 1
	// closed <nil>
}

// A loop over the events from now on, for as long as somebody looks.
func ExampleConn_Events() {
	url, stop := exampleServer()
	defer stop()
	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	events := nc.Events(ctx)
	if err := nc.Drain(); err != nil {
		log.Fatal(err)
	}
	for e := range events {
		fmt.Println(e.Epoch, e.Kind)
	}
	// Output:
	// 1 draining
	// 1 draining
	// 1 drained
	// 1 disconnected
	// 1 closed
}

// A line in the log for whatever happens.
func ExampleLogger() {
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	nc, err := nats.Connect("nats://nats.example.com", nats.Name("billing"), nats.Resilient(), nats.Logger(logger))
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()
}

// The verdict on a connection, and probes for Kubernetes.
func ExampleConn_Health() {
	url, stop := exampleServer()
	defer stop()
	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/readyz", health.Ready(nc))
	http.Handle("/livez", health.Live(nc))

	fmt.Println(nc.Health(context.Background()))
	nc.Close()
	fmt.Println(nc.Health(context.Background()).Live)
	// Output:
	// ready
	// false
}

package micro_test

import (
	"encoding/json"
	"log"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/micro"
)

// A service with two endpoints under one prefix.
func ExampleAddService() {
	nc, err := nats.Connect(nats.DefaultURL, nats.Resilient())
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	svc, err := micro.AddService(nc, micro.Config{
		Name:    "orders",
		Version: "1.0.0",
		ErrorHandler: func(_ micro.Service, err *micro.NATSError) {
			log.Printf("on %s: %v", err.Subject, err.Unwrap())
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer svc.Stop()

	orders := svc.AddGroup("orders")
	err = orders.AddEndpoint("price", micro.HandlerFunc(func(r micro.Request) {
		if len(r.Data()) == 0 {
			_ = r.Error("400", "of what?", nil)
			return
		}
		_ = r.RespondJSON(map[string]int{"cents": 42 * len(r.Data())})
	}))
	if err != nil {
		log.Fatal(err)
	}
	err = orders.AddEndpoint("audit", micro.HandlerFunc(func(r micro.Request) { _ = r.Respond(nil) }),
		micro.WithEndpointQueueGroupDisabled()) // every instance answers
	if err != nil {
		log.Fatal(err)
	}
}

// Whoever asks on a control subject hears from every instance.
func ExampleControlSubject() {
	nc, err := nats.Connect(nats.DefaultURL)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	subject, err := micro.ControlSubject(micro.PingVerb, "orders", "")
	if err != nil {
		log.Fatal(err)
	}
	in, err := nc.SubscribeSync(nc.NewInbox())
	if err != nil {
		log.Fatal(err)
	}
	if err := nc.PublishRequest(subject, in.Subject, nil); err != nil {
		log.Fatal(err)
	}
	for m, err := range in.MsgsTimeout(time.Second) {
		if err != nil {
			break // no more answers
		}
		var ping micro.Ping
		if err := json.Unmarshal(m.Data, &ping); err == nil {
			log.Println(ping.ID, ping.Version)
		}
	}
}

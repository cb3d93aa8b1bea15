package jetstreamext_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/big"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

// open connects. The examples need a server with JetStream.
func open() (context.Context, jetstream.JetStream) {
	nc, err := nats.Connect(nats.DefaultURL)
	if err != nil {
		log.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		log.Fatal(err)
	}
	return context.Background(), js
}

func ExampleBatch() {
	ctx, js := open()
	c, err := js.Consumer(ctx, "ORDERS", "worker")
	if err != nil {
		log.Fatal(err)
	}
	for m, err := range jetstreamext.Batch(c.Fetch(100)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(m.Subject())
		m.Ack()
	}
}

func ExampleMessages() {
	ctx, js := open()
	c, err := js.Consumer(ctx, "ORDERS", "worker")
	if err != nil {
		log.Fatal(err)
	}
	it, err := c.Messages()
	if err != nil {
		log.Fatal(err)
	}
	defer it.Stop()
	for m, err := range jetstreamext.Messages(ctx, it) {
		if err != nil {
			log.Print(err) // it goes on, or this was the last
			continue
		}
		m.Ack()
	}
}

// The stream needs AllowDirect.
func ExampleGetBatch() {
	ctx, js := open()
	for m, err := range jetstreamext.GetBatch(ctx, js, "ORDERS", 10_000, jetstreamext.MatchSubject("orders.eu.>")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(m.Sequence, m.Subject)
	}
}

// The values of many keys of a bucket, for one request.
func ExampleGetLastMsgsFor() {
	ctx, js := open()
	keys := []string{"$KV.users.anna", "$KV.users.ben", "$KV.users.guest.*"}
	for m, err := range jetstreamext.GetLastMsgsFor(ctx, js, "KV_users", keys) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %s\n", m.Subject, m.Data)
	}
}

// The stream needs AllowAtomicPublish.
func ExamplePublishAtomic() {
	ctx, js := open()
	ack, err := jetstreamext.PublishAtomic(ctx, js,
		&nats.Msg{Subject: "accounts.anna", Data: []byte("-10")},
		&nats.Msg{Subject: "accounts.ben", Data: []byte("+10")},
	)
	if err != nil {
		log.Fatal(err) // neither is stored, unless it is nats.ErrInDoubt
	}
	fmt.Println(ack.Sequence)
}

// The stream needs AllowMsgCounter.
func ExampleAddCounter() {
	ctx, js := open()
	hits, err := jetstreamext.AddCounter(ctx, js, "hits.home", big.NewInt(1))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(hits)
}

func ExamplePublisher() {
	ctx, js := open()
	p, err := jetstreamext.NewPublisher(js)
	if err != nil {
		log.Fatal(err)
	}
	for i := range 1_000_000 {
		if _, err := p.Publish(ctx, "events", fmt.Append(nil, i)); err != nil {
			log.Fatal(err)
		}
	}
	if err := p.Flush(ctx); err != nil {
		log.Fatal(err)
	}
}

// The stream needs AllowBatchPublish.
func ExampleFastPublisher() {
	ctx, js := open()
	p, err := jetstreamext.NewFastPublisher(js)
	if err != nil {
		log.Fatal(err)
	}
	for i := range 1_000_000 {
		if _, err := p.Publish(ctx, "events", fmt.Append(nil, i)); err != nil {
			log.Fatal(err)
		}
	}
	ack, err := p.Flush(ctx)
	var ended *jetstreamext.FastError
	switch {
	case errors.As(err, &ended) && errors.Is(err, nats.ErrInDoubt):
		fmt.Println("stored:", ended.Stored, "at least")
	case errors.As(err, &ended):
		fmt.Println("stored:", ended.Stored, "and no more")
	case err == nil:
		fmt.Println("stored:", ack.Stored)
	}
}

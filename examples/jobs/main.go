// Command jobs puts jobs into a stream, or works on them: several workers share
// them, each job is done by one of them, and one that fails, or whose worker dies, is
// done again. It needs a server with JetStream.
//
//	jobs -add "wash the pots"
//	jobs -count 1
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"sync/atomic"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "server to connect to")
	add := flag.Bool("add", false, "add the arguments as jobs, rather than work")
	count := flag.Int("count", 0, "end after this many are done; 0: never")
	flag.Parse()
	log.SetFlags(0)

	nc, err := nats.Connect(*url, nats.Name("jobs"), nats.MaxReconnects(-1))
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	// A job leaves the stream when it is done.
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: "JOBS", Subjects: []string{"jobs.>"}, Retention: jetstream.WorkQueuePolicy,
	})
	if err != nil {
		log.Fatal(err)
	}
	if *add {
		err = publish(ctx, js, flag.Args())
	} else {
		err = work(ctx, stop, stream, *count)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// publish adds jobs. Their text is their id: one that is added twice within two minutes
// is done once.
func publish(ctx context.Context, js jetstream.JetStream, jobs []string) error {
	for _, job := range jobs {
		ack, err := js.Publish(ctx, "jobs.new", []byte(job), jetstream.WithMsgID(job))
		if err != nil {
			return err
		}
		fmt.Printf("%q is job %d, there before: %v\n", job, ack.Sequence, ack.Duplicate)
	}
	return nil
}

func work(ctx context.Context, enough func(), stream jetstream.Stream, count int) error {
	consumer, err := stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: "workers", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second,
	})
	if err != nil {
		return err
	}
	var done atomic.Int64
	working, err := consumer.Consume(func(msg jetstream.Msg) {
		meta, err := msg.Metadata()
		if err != nil {
			log.Println(err)
			return
		}
		fmt.Printf("job %d, try %d: %s\n", meta.Sequence.Stream, meta.NumDelivered, msg.Data())
		if string(msg.Data()) == "stumble" && meta.NumDelivered == 1 {
			err = msg.Nak() // again, at once
		} else {
			// It isn't lost with the connection: the server confirms it.
			err = msg.DoubleAck(ctx)
			if int(done.Add(1)) == count {
				enough()
			}
		}
		if err != nil {
			log.Println(err)
		}
	})
	if err != nil {
		return err
	}
	<-ctx.Done()
	// What came already is worked on.
	working.Drain()
	<-working.Closed()
	fmt.Println("done:", done.Load())
	return nil
}

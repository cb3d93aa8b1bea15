// Command tour uses most of what the client can do, in some fifty lines. It runs
// against nats.go too, with the import line changed.
package main

import (
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/evernats/nats"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "server to connect to")
	flag.Parse()

	closed := make(chan struct{})
	nc, err := nats.Connect(*url,
		nats.Name("tour"),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { fmt.Println("disconnected:", err) }),
		nats.ReconnectHandler(func(nc *nats.Conn) { fmt.Println("reconnected to", nc.ConnectedUrlRedacted()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { fmt.Println("trouble:", err) }),
		nats.ClosedHandler(func(*nats.Conn) { close(closed) }),
	)
	if err != nil {
		log.Fatalf("connect to %s: %v", *url, err)
	}
	fmt.Println("status:", nc.Status())

	// A handler, with a wildcard.
	seen := make(chan string, 3)
	must(nc.Subscribe("news.*", func(m *nats.Msg) { seen <- m.Subject + ": " + string(m.Data) }))
	check(nc.Publish("news.sport", []byte("nil all")))
	fmt.Println(<-seen)

	// A queue group shares the work: each request is answered once.
	for range 2 {
		must(nc.QueueSubscribe("greet", "greeters", func(m *nats.Msg) {
			check(m.Respond([]byte("hello " + string(m.Data))))
		}))
	}
	answer := must(nc.Request("greet", []byte("world"), 5*time.Second))
	fmt.Println(string(answer.Data))
	_, err = nc.Request("nobody.home", nil, 5*time.Second)
	fmt.Println(err)

	// Headers, and messages that are fetched one by one.
	sub := must(nc.SubscribeSync("parcels"))
	parcel := nats.NewMsg("parcels")
	parcel.Header.Set("From", "the tour")
	parcel.Data = []byte("contents")
	check(nc.PublishMsg(parcel))
	check(nc.Flush())
	got := must(sub.NextMsg(5 * time.Second))
	fmt.Printf("%s from %s\n", got.Data, got.Header.Get("From"))

	stats := nc.Stats()
	fmt.Println("published:", stats.OutMsgs, "received:", stats.InMsgs)

	// Finish what came in, send what was published, and close.
	check(nc.Drain())
	<-closed
	fmt.Println("status:", nc.Status())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

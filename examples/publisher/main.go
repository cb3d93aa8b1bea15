// Command publisher sends a line of text to a subject, once or several times.
//
//	publisher -subject orders -count 3 "two of them"
package main

import (
	"flag"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/evernats/nats"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "server to connect to")
	subject := flag.String("subject", "orders", "subject to publish to")
	count := flag.Int("count", 1, "number of messages")
	flag.Parse()
	log.SetFlags(0)

	nc, err := nats.Connect(*url, nats.Name("publisher"))
	if err != nil {
		log.Fatalf("connect to %s: %v", *url, err)
	}
	defer nc.Close()

	text := strings.Join(flag.Args(), " ")
	for i := range *count {
		m := nats.NewMsg(*subject)
		m.Data = []byte(text)
		m.Header.Set("Number", fmt.Sprint(i+1))
		if err := nc.PublishMsg(m); err != nil {
			log.Fatalf("message %d: %v", i+1, err)
		}
	}
	// Publish only queues; this waits until the server has everything.
	if err := nc.FlushTimeout(10 * time.Second); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("published %d to %s\n", *count, *subject)
}

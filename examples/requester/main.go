// Command requester asks a service one question and prints the answer.
//
//	requester -subject orders -timeout 2s "three of them"
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/evernats/nats"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "server to connect to")
	subject := flag.String("subject", "orders", "subject of the service")
	timeout := flag.Duration("timeout", 2*time.Second, "how long to wait for the answer")
	flag.Parse()
	log.SetFlags(0)

	nc, err := nats.Connect(*url, nats.Name("requester"))
	if err != nil {
		log.Fatalf("connect to %s: %v", *url, err)
	}
	defer nc.Close()

	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	answer, err := nc.RequestWithContext(ctx, *subject, []byte(strings.Join(flag.Args(), " ")))
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		log.Fatalf("nobody serves %s", *subject)
	case errors.Is(err, context.DeadlineExceeded):
		log.Fatalf("no answer from %s within %v", *subject, *timeout)
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println(string(answer.Data))
}

// This program uses packages of nats.go that natsgo doesn't have.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/bench"
	"github.com/nats-io/nats.go/jetstream"
)

func main() {
	var nc *nats.Conn
	fmt.Println(jetstream.New(nc))
	fmt.Println(bench.MsgsPerClient(2, 1))
}

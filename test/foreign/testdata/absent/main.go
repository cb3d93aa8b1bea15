// This program uses packages of nats.go that natsgo doesn't have.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/encoders/builtin"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"
)

func main() {
	var nc *nats.Conn
	fmt.Println(jetstream.New(nc))
	fmt.Println(micro.AddService(nc, micro.Config{}))
	fmt.Println(builtin.JsonEncoder{})
}

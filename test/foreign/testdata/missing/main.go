// This program uses names of nats.go that natsgo doesn't have.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

func main() {
	var nc *nats.Conn
	fmt.Println(nc.JetStream())
	fmt.Println(nats.MsgId("1"))
}

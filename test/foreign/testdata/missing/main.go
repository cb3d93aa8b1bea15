// This program uses names of nats.go that natsgo doesn't have.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

func main() {
	var js nats.JetStreamContext
	fmt.Println(js.ObjectStore("B"))
	fmt.Println(nats.GetObjectShowDeleted())
}

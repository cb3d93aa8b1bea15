// This program uses names of nats.go that natsgo doesn't have.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

func main() {
	fmt.Println(nats.OP_START)
}

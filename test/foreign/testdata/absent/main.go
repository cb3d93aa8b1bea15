// This program uses a package of nats.go that natsgo doesn't have.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go/bench"
)

func main() {
	fmt.Println(bench.MsgsPerClient(2, 1))
}

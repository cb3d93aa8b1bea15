// This program fills a struct in the order of its fields.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

func main() {
	fmt.Println(nats.Statistics{1, 2, 3, 4, 5}, nats.Options{})
	_ = []nats.ServerInfo{{ID: "named"}, {}}
}

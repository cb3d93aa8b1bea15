// This program uses a library that uses names which aren't there.
package main

import (
	"github.com/nats-io/nats.go"

	"example.com/library"
)

var js nats.JetStreamContext

func main() { library.Store(js) }

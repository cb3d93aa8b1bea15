// This program uses a library that uses names which aren't there.
package main

import (
	"github.com/nats-io/nats.go"

	"example.com/library"
)

func main() { library.Store(&nats.Conn{}) }

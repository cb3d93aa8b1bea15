// This program uses a package that isn't there.
package main

import (
	"fmt"

	js "github.com/nats-io/nats.go/jetstream"
)

func main() { fmt.Println(js.New(nil)) }

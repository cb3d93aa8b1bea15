// This program imports a package beside nats.go's root, and gets the rest from a
// library.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go/micro"

	"example.com/library"
)

func main() {
	c := library.Client{}
	micro.AddService(c.Conn, micro.Config{})
	fmt.Println(c.Conn.Reconnects)
}

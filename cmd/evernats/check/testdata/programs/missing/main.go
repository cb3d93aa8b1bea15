// This program uses names that aren't there.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

type service struct {
	nats.KeyValue
	*nats.Conn
}

func main() {
	var s service
	fmt.Println(nats.LastRevision(1))
	js, _ := s.Conn.JetStream()
	js.KeyValue(nats.AllKeys)
	fmt.Println(nats.ErrKeyNotFound)
}

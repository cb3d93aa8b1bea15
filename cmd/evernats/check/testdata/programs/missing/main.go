// This program uses names that aren't there.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

type service struct {
	nats.ObjectStore
	*nats.Conn
}

func main() {
	var s service
	fmt.Println(nats.GetObjectShowDeleted())
	js, _ := s.Conn.JetStream()
	js.CreateObjectStore(&nats.ObjectStoreConfig{})
	fmt.Println(nats.ErrObjectNotFound)
}

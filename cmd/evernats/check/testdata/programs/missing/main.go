// This program uses names that aren't there.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

type service struct {
	nats.JetStreamContext
	*nats.Conn
}

func main() {
	var s service
	fmt.Println(nats.MsgId("json"))
	js, _ := s.Conn.JetStream(nats.MaxWait(1))
	js.Publish("a", nil)
	s.Conn.Subscribe("a", func(m *nats.Msg) { m.Ack() })
}

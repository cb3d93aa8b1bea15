// This program has a service and an encoded connection, and can switch.
package main

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/encoders/builtin"
	"github.com/nats-io/nats.go/micro"
)

type handler struct{ micro.Group }

func main() {
	var nc *nats.Conn
	svc, err := micro.AddService(nc, micro.Config{Name: "clean", Version: "1.0.0"})
	if errors.Is(err, micro.ErrConfigValidation) || err == nats.ErrConnectionClosed {
		return
	}
	h := handler{svc.AddGroup("group")}
	h.AddEndpoint("endpoint", micro.HandlerFunc(func(r micro.Request) {
		r.Respond(r.Data(), micro.WithHeaders(micro.Headers(nats.Header{"A": {"b"}})))
	}))
	fmt.Println(svc.Info().Name, svc.Stats().Endpoints[0].NumRequests)
	_ = []micro.ServiceIdentity{{"a", "b", "c", nil}}

	var enc nats.Encoder = &builtin.JsonEncoder{}
	nats.RegisterEncoder("json", enc)
	ec, _ := nats.NewEncodedConn(nc, nats.JSON_ENCODER)
	ec.Publish("a", 1)
	ec.Conn.Close()
	fmt.Println(svc.Stop())
}

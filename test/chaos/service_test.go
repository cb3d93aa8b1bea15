package chaos

import (
	"context"
	"fmt"
	"time"

	"github.com/evernats/nats/micro"
)

// service has two instances of a service answer, and two requesters ask.
func (r *run) service() {
	for i := range 2 {
		nc := r.connect(fmt.Sprint("service ", i))
		svc, err := micro.AddService(nc, micro.Config{Name: "echo", Version: "1.0.0", Endpoint: &micro.EndpointConfig{
			Subject: "echo",
			Handler: micro.HandlerFunc(func(q micro.Request) {
				if err := q.Respond(q.Data()); err != nil {
					r.h.event("service %d: %v", i, err)
				}
			}),
		}})
		must(r.T, err)
		r.Cleanup(func() { _ = svc.Stop() })
		must(r.T, nc.Flush())
	}
	for i := range 2 {
		who := fmt.Sprint("requester ", i)
		nc := r.connect(who)
		r.every(20*time.Millisecond, func(n int) {
			text := fmt.Sprint(i, " ", n)
			ctx, cancel := context.WithTimeout(context.Background(), requestPatience)
			defer cancel()
			ended := r.h.ask()
			m, err := nc.RequestWithContext(ctx, "echo", []byte(text))
			ended(err, err == nil && string(m.Data) != text)
			if err != nil {
				r.h.event("%s: %v", who, err)
			}
		})
	}
}

// This program can switch.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/util"
)

type publisher interface{ Publish(string, []byte) error }

var _ publisher = (*nats.Conn)(nil)

func main() {
	_ = util.CloneTLSConfig(nil)
	o := nats.GetDefaultOptions()
	o.Name = "clean"
	nats.DefaultOptions.Name = "ours to set, with either library"
	nc, err := nats.Connect(nats.DefaultURL, nats.Name("clean"), nats.MaxReconnects(-1))
	switch {
	case err == nats.ErrNoServers, errors.Is(err, nats.ErrAuthorization):
		fmt.Println("try again")
	case err != nil:
		return
	}
	m, err := nc.RequestWithContext(context.Background(), "a", nil)
	if err == nats.ErrTimeout {
		fmt.Println("late")
	}
	m.Header = nats.Header{"A": {"b"}}
	s := nats.Statistics{InMsgs: 1}
	fmt.Println(s.InMsgs, nc.OutMsgs, m.Data, nc.FlushTimeout(time.Second))
	errTimeout := nats.ErrTimeout
	fmt.Println(errTimeout)
}

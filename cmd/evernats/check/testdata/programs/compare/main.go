// This program compares with errors that come on other occasions.
package main

import (
	"errors"
	"fmt"

	nc "github.com/nats-io/nats.go"
)

func main() {
	var c nc.Conn
	err := c.Drain()
	if err == nc.ErrConnectionReconnecting {
		fmt.Println("again")
	}
	if (nc.ErrConnectionReconnecting) != err {
		fmt.Println("fine")
	}
	switch err {
	case nil, nc.ErrConnectionReconnecting:
	}
	fmt.Println(errors.Is(err, nc.ErrConnectionReconnecting), errors.Is(err, nc.ErrConnectionClosed))
	fmt.Println(nc.ErrConnectionReconnecting) // printing is no comparison
	fmt.Println(c.Stats().Reconnects, c.Reconnects, nc.Version)
}

// This program sets variables of the package.
package main

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

func main() {
	nats.ErrTimeout = errors.New("other")
	nats.ErrMaxPayload, nats.ErrBadSubject = nil, nil
	p := &nats.ErrInvalidMsg
	for _, nats.ErrBadTimeout = range []error{nil} {
		fmt.Println(p)
	}
	micro.ErrRespond = nil
	nats.DefaultOptions = nats.GetDefaultOptions()
}

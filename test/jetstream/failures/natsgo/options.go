package stories

import (
	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What a program asks for that wants its acknowledgements to arrive, and its reads to be
// no older than its writes: nats.go has no option for either.
var (
	surely    []nats.Option
	monotonic []jetstream.JetStreamOpt
)

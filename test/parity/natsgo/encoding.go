package scenarios

import (
	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/parity/env"
)

var _ nats.Encoder

func encoded() []env.Scenario { return nil }

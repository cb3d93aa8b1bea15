package scenarios

import (
	nats "github.com/evernats/nats"

	"github.com/evernats/nats/test/parity/env"
)

var _ nats.Encoder

func encoded() []env.Scenario { return nil }

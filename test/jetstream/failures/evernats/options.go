package stories

import (
	nats "github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// What a program asks for that wants its acknowledgements to arrive, and its reads to be
// no older than its writes.
var (
	surely    = []nats.Option{nats.AtLeastOnce()}
	monotonic = []jetstream.JetStreamOpt{jetstream.WithMonotonicReads()}
)

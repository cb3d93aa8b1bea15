// Package walks holds the places of the identity test. They are written for
// nats.go; the directory evernats has the same files with the import line changed.
package walks

import (
	"slices"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/identity/world"
)

// All returns every walk.
func All() []world.Walk {
	return slices.Concat(connecting(), encrypting(), refusing(), calling(), telling(), valuing(), living())
}

// connect returns a connection that closes with the walk.
func connect(w *world.World, url string, opts ...nats.Option) *nats.Conn {
	w.Helper()
	nc, err := nats.Connect(url, opts...)
	w.Must(err)
	w.Cleanup(nc.Close)
	return nc
}

// attempt connects and notes the outcome.
func attempt(w *world.World, place, url string, opts ...nats.Option) {
	w.Helper()
	nc, err := nats.Connect(url, append([]nats.Option{nats.DontRandomize(), nats.Timeout(patient)}, opts...)...)
	w.Saw(place, err)
	if nc != nil {
		nc.Close()
	}
}

// patient is longer than anything takes here.
const patient = 4 * time.Second

// quick are the options of a client that comes back at once and gives up late.
func quick(more ...nats.Option) []nats.Option {
	return append([]nats.Option{
		nats.ReconnectWait(10 * time.Millisecond),
		nats.ReconnectJitter(0, 0),
		nats.MaxReconnects(-1),
		nats.DontRandomize(),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}, more...)
}

package events_test

import (
	"errors"
	"testing"

	"github.com/evernats/nats"
	. "github.com/evernats/nats/internal/behaviour/support"
	"github.com/evernats/nats/internal/natstest"
)

// A function that isn't there is refused, whether there are handlers to wait for
// or not: called later, on the client's goroutine, it would end the program.
func TestBarrierWithoutAFunction(t *testing.T) {
	nc := Connect(t, natstest.NewServer(t, natstest.Config{}).URL())
	for range 2 {
		if err := nc.Barrier(nil); !errors.Is(err, nats.ErrInvalidArg) {
			t.Errorf("%v, want %v", err, nats.ErrInvalidArg)
		}
		_, err := nc.Subscribe("a", func(*nats.Msg) {})
		Must(t, err)
	}
}

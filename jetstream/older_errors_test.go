package jetstream

import (
	"errors"
	"testing"

	"github.com/evernats/nats"
)

// A program that looks for an error of the older API finds this package's.
func TestErrorsAreThoseOfTheOlderAPI(t *testing.T) {
	if !errors.Is(ErrStreamNotFound, nats.ErrStreamNotFound) {
		t.Error("there is no stream, and not for who knows the older API")
	}
	if errors.Is(ErrStreamNotFound, nats.ErrConsumerNotFound) || errors.Is(ErrStreamNotFound, nats.ErrTimeout) {
		t.Error("one error is taken for another")
	}
}

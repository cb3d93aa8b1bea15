package main

import (
	"testing"

	"github.com/nats-io/nats.go"
)

func TestMissing(t *testing.T) {
	t.Log(nats.ErrDigestMismatch)
}

// Package reconnect_test drives the client against clusters of real
// nats-servers that are killed, stopped, restarted and added while it works.
// Each row of the promised features with a default has a test with its number.
package reconnect_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/test/leak"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	goleak.VerifyTestMain(leak.Rested{TestingM: m})
}

// Package reconnect_test drives the client against clusters of real
// nats-servers that are killed, stopped, restarted and added while it works.
// Each row of the promised features with a default has a test with its number.
package reconnect_test

import (
	"testing"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	goleak.VerifyTestMain(m)
}

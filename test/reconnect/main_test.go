// Package reconnect_test drives the client against clusters of real
// nats-servers that are killed, stopped, restarted and added while it works.
// Each row of the promised features with a default has a test with its number.
package reconnect_test

import (
	"testing"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	goleak.VerifyTestMain(lingering{m})
}

// lingering runs the tests and lets what Close does behind its back, for a second
// at most, come to its end: whatever is left after it is a leak.
type lingering struct{ m *testing.M }

func (l lingering) Run() int {
	code := l.m.Run()
	for end := time.Now().Add(3 * time.Second); goleak.Find() != nil && time.Now().Before(end); {
	}
	return code
}

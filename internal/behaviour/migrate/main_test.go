// How subscriptions and connections end: with Close, Drain, Unsubscribe or a count, with
// servers and without, and who is told.
package migrate_test

import (
	"testing"

	"github.com/evernats/nats/internal/behaviour/support"
)

func TestMain(m *testing.M) { support.Main(m) }

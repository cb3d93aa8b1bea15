// What handlers, listeners and errors tell a program, in which order, and what a handler
// may do.
package events_test

import (
	"testing"

	"github.com/evernats/nats/internal/behaviour/support"
)

func TestMain(m *testing.M) { support.Main(m) }

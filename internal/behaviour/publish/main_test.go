// What becomes of a message from Publish on: where it waits, what it waits for, what it
// costs when there is no room, and what its program is told.
package publish_test

import (
	"testing"

	"github.com/evernats/nats/internal/behaviour/support"
)

func TestMain(m *testing.M) { support.Main(m) }

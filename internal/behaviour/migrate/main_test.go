// How connections move to another server: what the program sees when it goes well, and
// when either server, or both, end in the middle of it.
package migrate_test

import (
	"testing"

	"github.com/evernats/nats/internal/behaviour/support"
)

func TestMain(m *testing.M) { support.Main(m) }

// What becomes of a connection whose server goes away, is replaced, refuses it or falls
// silent: which server is tried when, and what is there again afterwards.
package reconnect_test

import (
	"testing"

	"github.com/evernats/nats/internal/behaviour/support"
)

func TestMain(m *testing.M) { support.Main(m) }

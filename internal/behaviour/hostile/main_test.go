// What a server can do to a client, which is nothing but cost it this connection.
package hostile_test

import (
	"testing"

	"github.com/evernats/nats/internal/behaviour/support"
)

func TestMain(m *testing.M) { support.Main(m) }

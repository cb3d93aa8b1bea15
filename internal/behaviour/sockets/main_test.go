// What takes real sockets and real time. The strictest bounds on time are here, in one
// package, so that its tests do not compete with each other.
package sockets_test

import (
	"testing"

	"github.com/evernats/nats/internal/behaviour/support"
)

func TestMain(m *testing.M) { support.Main(m) }

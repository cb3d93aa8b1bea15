// Everything at once, at random: what a program does, and what breaks meanwhile.
package lives_test

import (
	"testing"

	"github.com/evernats/nats/internal/behaviour/support"
)

func TestMain(m *testing.M) { support.Main(m) }

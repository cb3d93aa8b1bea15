package otelnats_test

import (
	"testing"

	"github.com/evernats/nats/internal/behaviour/support"
)

func TestMain(m *testing.M) { support.Main(m) }

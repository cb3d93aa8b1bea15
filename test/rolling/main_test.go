package rolling_test

import (
	"os"
	"testing"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	os.Exit(m.Run())
}

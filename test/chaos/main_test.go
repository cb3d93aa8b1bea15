package chaos

import (
	"fmt"
	"os"
	"testing"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/test/leak"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	code := m.Run()
	if code == 0 {
		if err := leak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

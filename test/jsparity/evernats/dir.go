package scenarios

import (
	"os"

	"github.com/evernats/nats/test/parity/env"
)

func makeDir(e *env.Env) (string, error) {
	dir, err := os.MkdirTemp("", "jsparity")
	e.Cleanup(func() { os.RemoveAll(dir) })
	return dir, err
}

package scenarios

import (
	"os"
	"path/filepath"

	"github.com/evernats/nats/test/parity/env"
)

// makeDir returns a directory for a server's streams. A server that deletes
// its last stream removes the directory of all of them a little later, and
// one that is created in that moment fails; so there is a file in it, which
// keeps it.
func makeDir(e *env.Env) (string, error) {
	dir, err := os.MkdirTemp("", "jsparity")
	if err != nil {
		return "", err
	}
	e.Cleanup(func() { os.RemoveAll(dir) })
	streams := filepath.Join(dir, "jetstream", "$G", "streams")
	if err := os.MkdirAll(streams, 0o755); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(streams, "keep"), nil, 0o644)
}

// Package twin knows how a parity scenario for nats.go becomes one for
// evernats: by its import lines alone.
package twin

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// The directories, as seen from the parity package.
const (
	ReferenceDir = "natsgo"
	OursDir      = "evernats"
)

// Import is an import line that the twins differ in.
type Import struct{ Reference, Ours string }

// Imports are all of them; a scenario has each once at most.
var Imports = []Import{
	{"\tnats \"github.com/nats-io/nats.go\"\n", "\tnats \"github.com/evernats/nats\"\n"},
	{"\t\"github.com/nats-io/nats.go/micro\"\n", "\t\"github.com/evernats/nats/micro\"\n"},
	{"\t\"github.com/nats-io/nats.go/encoders/builtin\"\n", "\t\"github.com/evernats/nats/encoders/builtin\"\n"},
}

// Of returns the twin of a file.
func Of(text []byte) []byte {
	for _, i := range Imports {
		text = bytes.Replace(text, []byte(i.Reference), []byte(i.Ours), 1)
	}
	return text
}

// Files reads the Go files of a directory.
func Files(dir string) (map[string][]byte, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read a scenario: %w", err)
		}
		files[filepath.Base(path)] = text
	}
	return files, nil
}

// Package twin knows how a parity scenario for nats.go becomes one for
// evernats: by its import line alone.
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

// The import lines.
const (
	ReferenceImport = "\tnats \"github.com/nats-io/nats.go\"\n"
	OursImport      = "\tnats \"github.com/evernats/nats\"\n"
)

// Of returns the twin of a file.
func Of(text []byte) []byte {
	return bytes.Replace(text, []byte(ReferenceImport), []byte(OursImport), 1)
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

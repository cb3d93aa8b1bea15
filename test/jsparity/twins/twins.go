// Package twins knows how a scenario for nats.go becomes one for evernats.
package twins

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Of returns the twin of a file.
func Of(text []byte) []byte {
	return []byte(strings.NewReplacer(
		"\tnats \"github.com/nats-io/nats.go\"\n", "\tnats \"github.com/evernats/nats\"\n",
		"\t\"github.com/nats-io/nats.go/jetstream\"\n", "\t\"github.com/evernats/nats/jetstream\"\n",
	).Replace(string(text)))
}

// Write writes the twins of the files in natsgo to evernats, but for those by these names.
func Write(except ...string) error {
	paths, err := filepath.Glob("natsgo/*.go")
	if err != nil {
		return err
	}
	for _, path := range paths {
		name := filepath.Base(path)
		if slices.Contains(except, name) {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join("evernats", name), Of(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

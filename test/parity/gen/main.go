// Command gen writes the evernats twin of the parity scenarios: each file of
// the nats.go directory with its import lines changed, and nothing else.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evernats/nats/test/parity/twin"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := twin.Files(twin.ReferenceDir)
	if err != nil {
		return err
	}
	old, err := twin.Files(twin.OursDir)
	if err != nil {
		return err
	}
	for name := range old {
		if _, ok := files[name]; !ok {
			if err := os.Remove(filepath.Join(twin.OursDir, name)); err != nil {
				return err
			}
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(twin.OursDir, name), twin.Of(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

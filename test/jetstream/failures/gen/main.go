// Command gen writes the stories for evernats.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evernats/nats/test/jsparity/twins"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	paths, err := filepath.Glob("natsgo/*.go")
	if err != nil {
		return err
	}
	for _, path := range paths {
		if filepath.Base(path) == "options.go" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join("evernats", filepath.Base(path)), twins.Of(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

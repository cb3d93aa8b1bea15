// Command gen writes the generated files of the module natsgo and of the command
// "evernats check". Run it with go generate in the folder above.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evernats/nats/test/natsgo"
)

// root is the repository, seen from where go generate runs.
const root = "../.."

func main() {
	files, err := natsgo.Generate()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), text, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}

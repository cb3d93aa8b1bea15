// Command gen writes the stories for evernats.
package main

import (
	"fmt"
	"os"

	"github.com/evernats/nats/test/jsparity/twins"
)

func main() {
	if err := twins.Write("options.go"); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

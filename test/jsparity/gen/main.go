// Command gen writes the evernats twin of the scenarios.
package main

import (
	"fmt"
	"os"

	"github.com/evernats/nats/test/jsparity/twins"
)

func main() {
	if err := twins.Write(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

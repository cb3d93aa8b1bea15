// This program uses a package that isn't there.
package main

import (
	"fmt"

	"github.com/nats-io/nats.go/bench"
)

func main() { fmt.Println(bench.MsgsPerClient(2, 1)) }

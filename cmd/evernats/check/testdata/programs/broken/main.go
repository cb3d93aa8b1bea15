// This program doesn't compile.
package main

import "github.com/nats-io/nats.go"

func main() { nats.Nothing() }

// This program imports nothing of nats.go, and uses what others made of it.
package main

import (
	"fmt"

	"example.com/library"
	"example.com/programs/passed/store"
)

func main() {
	fmt.Println(store.JS.ObjectStore("b"))
	fmt.Println(library.Client{}.Conn.Statistics)
	fmt.Println(library.Client{}.Conn.Reconnects)
}

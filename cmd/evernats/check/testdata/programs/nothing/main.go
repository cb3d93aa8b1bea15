// This program has nothing to do with NATS.
package main

func main() {}

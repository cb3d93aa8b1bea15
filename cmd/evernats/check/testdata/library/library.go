// Package library uses what evernats doesn't have.
package library

import "github.com/nats-io/nats.go"

// Store opens a store.
func Store(js nats.JetStreamContext) error {
	_, err := js.ObjectStore("b")
	return err
}

// Client has a connection.
type Client struct{ Conn *nats.Conn }

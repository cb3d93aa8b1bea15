// Package store has a connection.
package store

import "github.com/nats-io/nats.go"

// Conn is the connection.
var Conn *nats.Conn

// JS is a way to streams.
var JS nats.JetStreamContext

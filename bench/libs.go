package main

import "time"

// lib is one of the libraries that are compared.
type lib struct {
	name    string
	connect func(url string, o connOptions) (client, error)
}

// The two in the order in which the tables show them.
var (
	ours   = lib{"evernats", connectEvernats}
	theirs = lib{"nats.go", connectNatsGo}
)

type connOptions struct {
	atLeastOnce   bool
	migrate       bool // away from a lame duck, where the library can do it
	reconnectSoon bool // no wait between attempts, no limit to them
	reconnected   func()
	disconnected  func()
}

// client is what both libraries can do, as thin as possible: an indirect call
// per message costs either of them the same one or two nanoseconds.
type client interface {
	publish(subj string, data []byte) error
	publishHeader(subj string, data []byte, h map[string][]string) error
	flush() error
	request(subj string, data []byte, timeout time.Duration) error
	// receive calls each for every message on the subject, in the manner asked
	// for, with room for pending messages.
	receive(how, subj string, pending int, each func(data []byte)) error
	// keep is receive by callback that hands over the message itself.
	keep(subj string, each func(msg any)) error
	// serve calls each for every request; it may respond.
	serve(subj string, each func(respond func(data []byte) error)) error
	idle(subj string) error
	close()
}

// The ways of receiving.
const (
	byCallback = "callback"
	byChannel  = "channel"
	byNextMsg  = "NextMsg"
	byIterator = "iterator"
	byLent     = "lent" // nats.go has no such; it receives by callback
)

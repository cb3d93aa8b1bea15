// Package jetstream is nats.go's jetstream: it hands all of its names on to
// github.com/evernats/nats/jetstream, whose documentation says what they do.
package jetstream

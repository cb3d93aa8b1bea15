// Package micro is nats.go's micro: it hands all of its names on to
// github.com/evernats/nats/micro, whose documentation says what they do.
package micro

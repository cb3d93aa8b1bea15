// Package jetstream_is_not_in_evernats_yet stands where nats.go has
// jetstream. What evernats has of JetStream is in its own package jetstream,
// github.com/evernats/nats/jetstream; it isn't all of it, and isn't handed on yet.
//
// The path is there for go mod tidy, which wants every package that the tests of a
// build's libraries import. The package's name is what the compiler tells a
// program that uses it.
package jetstream_is_not_in_evernats_yet

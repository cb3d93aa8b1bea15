// Package examples holds the test that builds and runs the programs in the
// examples folder against this library and, with the import line alone changed,
// against nats.go.
package examples

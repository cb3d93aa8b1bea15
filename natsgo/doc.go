// Package nats stands in for nats.go's: it hands the names of
// github.com/nats-io/nats.go on to github.com/evernats/nats, so that libraries
// which import nats.go run on that client without a changed line. A program
// replaces the one module by this one,
//
//	go mod edit -replace github.com/nats-io/nats.go=github.com/evernats/nats/natsgo@latest
//	go mod tidy
//
// and all of its build, its own packages and every library's, shares connections,
// messages and subscriptions: the types are those of github.com/evernats/nats,
// which the program may import beside it for what nats.go doesn't have. It must
// not import this package by its own path too. Only the module that is built
// decides about a replacement: a library's own is ignored by Go.
//
// # Options for libraries
//
// [Connect] and [GetDefaultOptions] start from what the program has said once with
// [github.com/evernats/nats/libdefaults.Set], for libraries that let nobody say
// with which options they connect.
//
// # Errors
//
// What Connect, calls and handlers return here are the bare errors that nats.go
// returns, whatever the program has chosen for its own connections: libraries
// compare them with ==.
//
// # What is there and what isn't
//
// The names of nats.go v1.55.0's core, as that package's documentation lists them,
// the encoded connection, and JetStream's first API. 32 names of its root package aren't
// there, each of them in the file missing.txt: the states of nats.go's parser. A program or a library that uses one
// doesn't compile; the compiler says "undefined". The command "evernats check" says
// beforehand, with file and line.
//
// The packages jetstream, micro, encoders/builtin and util are complete. The packages
// bench and encoders/protobuf have their path, so that go mod tidy finds what the
// tests of libraries import, and nothing else: a program that uses one is told by the
// compiler that it was imported as "bench_is_not_in_evernats".
//
// Assigning a variable of this package, such as ErrTimeout, changes what this
// package calls so and nothing else. Version is the version of evernats.
package nats

// Package micro_is_not_in_evernats_yet stands where nats.go has
// micro. The service framework isn't part of evernats yet.
//
// The path is there for go mod tidy, which wants every package that the tests of a
// build's libraries import. The package's name is what the compiler tells a
// program that uses it.
package micro_is_not_in_evernats_yet

// Package encoders_builtin_is_not_in_evernats_yet stands where nats.go has
// encoders/builtin. The encoded connection isn't part of evernats yet: encode the payload in the program.
//
// The path is there for go mod tidy, which wants every package that the tests of a
// build's libraries import. The package's name is what the compiler tells a
// program that uses it.
package encoders_builtin_is_not_in_evernats_yet

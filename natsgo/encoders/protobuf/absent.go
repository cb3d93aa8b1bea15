// Package encoders_protobuf_is_not_in_evernats stands where nats.go has
// encoders/protobuf. It would bring the protocol buffers' module to everybody: a
// program can register an encoder of its own with RegisterEncoder, or encode the
// payload for itself.
//
// The path is there for go mod tidy, which wants every package that the tests of a
// build's libraries import. The package's name is what the compiler tells a
// program that uses it.
package encoders_protobuf_is_not_in_evernats

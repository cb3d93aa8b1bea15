// Package parity runs each scenario of natsgo and of its twin evernats against
// the same real servers and compares what the program and the server saw.
//
// A scenario is written once, for nats.go. Its twin differs in the import lines
// and in nothing else, which is what the library promises to those who come
// from nats.go. After a change to natsgo run go generate here.
//
// Where evernats is meant to behave otherwise, testdata/better has a file with
// the scenario's name, the reason, and both transcripts.
package parity

//go:generate go run ./gen

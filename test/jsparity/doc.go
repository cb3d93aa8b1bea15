// Package jsparity tells each story of natsgo and of its twin evernats about streams
// and consumers to the same real servers, and compares what the program saw, as
// package parity does for the core. The twin differs in its two import lines alone;
// after a change to natsgo run go generate here.
package jsparity

//go:generate go run ./gen

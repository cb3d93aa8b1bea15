// Package natsgo makes what the module natsgo hands on, and what the command
// "evernats check" knows of this API, from the declarations of nats.go and of
// this library.
package natsgo

//go:generate go run ./gen

// Package drill is "evernats drill": what a program lives through when the network or
// the servers fail. A program of this library, and one of nats.go if asked, publishes,
// subscribes and requests through a fault layer; a witness that no fault strikes is
// at the other end, and keeps account.
package drill

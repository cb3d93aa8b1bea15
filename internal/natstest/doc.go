// Package natstest is for tests only: a fake server that says what it is told
// to say, a network in memory that breaks on demand, a proxy that breaks real
// connections, and certificates made on the spot.
//
// Everything works inside a testing/synctest bubble (as long as the sockets are
// those of a Network) and outside of one: whoever waits here waits on a channel
// or a timer, never on a mutex.
package natstest

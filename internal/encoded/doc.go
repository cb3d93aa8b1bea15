// Package encoded is how an encoded connection meets the program's types, which are known
// when it runs: functions that take values ([Handler]), channels that bring them ([Pump])
// and channels that get them ([Into]). Messages of type M are the program's, which this
// package doesn't know; how one becomes a value, a [Decoder] says.
//
// What it promises:
//
//   - A value is a new one for each message. Where *M is asked for, the message is given
//     as it came.
//   - What reads a channel of the program's is one goroutine. It ends when the channel is
//     closed, or when a value can't be published, which is told.
//   - A channel of the program's is never closed. Who waits for it to take a value waits
//     no longer than until the subscription has ended; one that the program has closed is
//     noticed, and told to the caller.
//
// All functions may be called by any goroutine. There are no locks.
package encoded

// Package request is the requests of a connection: which answers are waited for, and
// what becomes of those that can't come any more. A [Table] has them all; a [Waiter] is
// one, for who asked. Messages of type M are the program's, which this package doesn't
// know.
//
// What it promises:
//
//   - One subscription serves all requests. The last token of the reply subject says
//     which one an answer is for; each token is drawn by itself from the system's
//     generator, so who has seen one can't answer for another (token.go). A request may
//     also have an inbox of its own.
//   - A request ends once: with the first answer, with why there won't be one, or with
//     the end of its time. What comes for it later is dropped; a Waiter that was given
//     back by [Table.Release] is found by nobody, and starts empty.
//   - Who waits hears at once that no answer can come: the connection is closed, the
//     message was given up before it was sent, the server refuses the message or the
//     inbox, or, when that is wanted, the link has ended on which it went out.
//   - A request that may be sent again after a loss is, in the order of the first time,
//     on one goroutine for all, which is there while there are any. One over which three
//     links in a row end is found out and ends, instead of every link to come
//     (trial.go).
//   - An inbox that the server has refused is made again by the next request. Where the
//     server says only that it refuses something, it is asked whether it has the inbox
//     (refused.go).
//   - A connection without requests has an empty table. Waiters are used again, 256 at
//     most, with their channel and timer.
//
// Why a request failed is told by errors of this package ([OutOfTime], [Closed],
// [*LostError], [*AgainError], [*PoisonError]), by those that the [Host] has returned,
// or that it gave as the reason.
//
// Who may call it: everybody at any time, save that [Table.LinkEnded] is called by one
// goroutine, and [Table.GaveUp] under one lock, always the same; it calls nothing of the
// Host but Post. Methods of a Waiter are for who asked.
//
// Locks: the table's; under it [Host.Subscribe], [Host.Fence] and [Inbox.Remove] are
// called, so it comes before those of subscriptions and of what is sent. That over what
// was given up is a leaf, save for Post. Nothing else of the Host is called under either,
// and nobody waits.
package request

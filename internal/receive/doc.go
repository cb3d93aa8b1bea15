// Package receive is what arrives: it reads a connection's links and hands messages to
// the program's subscriptions. A [Table] has the subscriptions of a connection and one
// reader for each [Link]; a [Sub] is one of them.
//
// It never sees the program's types. They are type parameters: M is the program's
// message, which has the fields of [Msg], H its headers, S its subscription. So a message
// is made as what the program gets, and no call is needed to turn one into the other.
//
// What it promises:
//
//   - Messages of a subscription are handed over in the order in which the server sent
//     them, over any number of links: a link is read when what the one before has
//     brought is with the subscriptions. Each read's worth of messages costs a
//     subscription one lock and one wake-up.
//   - Nobody is waited for. A consumer that is too slow loses messages, counted, and
//     its connection is told once of a series.
//   - A message that the program keeps pins no more than slab.go says, and the buffer
//     of an idle link is 512 bytes.
//   - What is lent to a handler isn't touched until it has returned, nor kept in mind by
//     the client after that: a block is used again when its last part was given up.
//     What lent messages pin is bounded as what waits is (lent_read.go).
//   - The end of a subscription has one path, [Sub.end]: first what feeds the program is
//     taken away under the lock that it is fed under, then the end is told. A channel of
//     the program's is sent on by one method, [feed.offer], which can't after
//     [feed.end]. The end of a link has one, too: Link.Lost is the last that is told of
//     it, and nothing of it reaches a subscription afterwards.
//   - All subscriptions are made again on a new link (resume.go), with what is left of
//     their auto-unsubscribe counts. One over which connections end is found and taken
//     out (trial.go).
//   - Not all that comes in is for the program, where a [Gate] says so. It takes out what
//     isn't before that is counted, and hears of what was taken.
//   - Whatever a server may send without end has a bound (flood.go), refusals cost as much
//     each as one does (denied.go), and a table that was large shrinks.
//
// Who may call it: everybody at any time, save that [Table.Resume], [Table.Read] and
// [Table.Judge] are called by what [Host.Post] was given, or in its turn. Methods of a
// Sub may be called from within a handler. What is wrong with a call is an [Error],
// a refusal apart, which is the error that [Table.Denied] was given; the public errors
// are its owner's.
//
// Locks: the table's, then a subscription's, then that of its feed. Under the table's
// [Host.Control] is called and what Resume was given, which take the sender's; under a
// subscription's its listeners. No lock is held over a handler's call, a Host method
// other than Control and Draining, a read, or a send that may wait.
package receive

// Package window keeps account of messages that are published asynchronously and not
// yet acknowledged: what is on its way, what has to wait, what must be sent again, in
// which order, and when to give up. It is a state machine without clock, sockets or
// goroutines; the messages themselves are the caller's.
//
// What it promises:
//
//   - A message that may have been lost with its link, and has an id, is sent again on
//     the next one, before everything newer, as long as the stream remembers ids. One
//     without an id is in doubt, and that is said at once.
//   - When no stream answers for a message, nothing newer is sent until the stream is
//     back, which one message finds out; then all go in their order, with ids those first
//     of which nothing was heard. A subject that no stream stores holds up nobody.
//   - A message whose id a server holds without storing it waits until the id is forgotten,
//     once newer messages that are stored show that it is so. Others don't wait for it.
//   - Every message ends: with its acknowledgement, or with a reason. It counts the copies
//     that were sent without an answer, so that an end says whether one may be stored.
package window

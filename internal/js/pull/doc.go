// Package pull decides when a consumer is asked for messages. It is a state machine
// without clock, sockets or goroutines: it is fed what came in, what became of the
// link, and the time, and answers with what to do.
//
// What it promises:
//
//   - Every status that ends a pull leads to a new one, unless it ends the
//     consumption: the consumer is gone, or the pull itself is wrong.
//   - A new link voids all pulls, which the server has forgotten, and leads to a new
//     one at once.
//   - While nobody answers for the consumer it is asked again after 50 ms, 100 ms and
//     then at most every 200 ms, so that it goes on at once when it has a leader
//     again; after 30 s less and less often, down to every 2 s.
//   - While there is no link nothing is missed, and no time runs, except that of a
//     fetch.
//   - What was asked for and has not come, and what has come and was not handled, are
//     together never more than the window.
//
// A pull whose answer nobody knows yet, after a new link or a trouble, is a short one
// with a quick heartbeat, so that one that reached nobody is found out within a
// second. The server forgets it as soon.
package pull

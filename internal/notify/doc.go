// Package notify delivers what happens to whoever listens: calls of handlers by a
// [Dispatcher], announcements of a status by [Statuses] and [Listener]. What
// happens, and which handler is told of it, its owner says; the order is made here.
//
// What a Dispatcher promises:
//
//   - Posting never waits, and every call is made on a goroutine of the dispatcher's,
//     which exists only while there are events.
//   - Calls begin in the order of their posts, and one returns before the next begins,
//     as long as none takes longer than 50 ms. One that does delays its own lane, which
//     stays in order, and no other. lanes.go says what shares a lane.
//   - The call of lane [Closed] waits for all lanes. Whatever was posted before it has
//     returned by then.
//   - What a server can cause without end ([Dispatcher.PostBounded]) takes 16 MiB at
//     most while it waits; what is left out is counted. Dropped messages
//     ([Dispatcher.PostRun]) are summed up while they wait. Whatever else is posted
//     has no bound here.
//   - When all has been told the queue is given back.
//
// What Statuses promises: announcements come in the order of the changes, on every
// channel; no send waits, since a full channel loses its oldest announcement; one that
// the program has closed is forgotten; behind the last status nothing comes.
//
// Who may call it: everybody, at any time, under locks of their own too, from within a
// handler as well. A [Listener] by itself is for one caller at a time.
//
// Locks: Dispatcher and Statuses have one each. Both are leaves, never held together,
// and neither is held over a call of a handler or a send that could wait. Under that of
// Statuses the caller's rule of [Statuses.Change] is asked, which takes no lock.
package notify

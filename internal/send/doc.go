// Package send is what leaves a connection: messages, subscriptions, PINGs and PONGs,
// in the order in which they were queued, on one link after another.
//
// A [Sender] owns an outbound buffer and the lock that publishers meet at. It is given
// a [Link] to write to and knows nothing else of servers; what becomes of messages it
// tells its [Owner]. All methods may be called by any goroutine, save for those of a
// link's life, which come from one goroutine in this order: Fit, Attach, SetMaxPayload
// and Seal, Detach, and when its f is called Ended. Init comes before all, Discard
// after all.
//
// What it promises:
//
//   - Publish never waits for a socket while there is room, and no method but Publish,
//     SettleForClose and AwaitSettled waits at all. What these wait for is bounded by
//     the policy, a context, or a time.
//   - Neither a link is written to nor an owner called that may wait, with the lock
//     held. A write is under way at one place only: the writer, which exists while
//     there is something to write (and for a second or two behind a long series of
//     writes), or whoever writes directly.
//   - What is queued is bounded: messages by Config, PONGs are a number, SUB and UNSUB
//     lines may be two for each subscription and some.
//   - Whoever waits is told once: that the server has answered, that the message was
//     given up, that the link took the answer with it, or that the connection is
//     closed. The ends of links and of the connection go through overLocked, under the
//     lock under which waiters are added. When the owner's Ended is called nobody has
//     been told of the link's end yet, so what a waiter then asks has its answer.
//   - After Discard, and Ended for the last link, nothing is written, nobody is told,
//     no timer runs. A write that was under way comes back to nothing.
//   - An idle connection holds a small struct and what the buffer holds. Timers, lists
//     of waiters and of pieces to be written are made when they are needed, and those
//     lists are given back.
//
// Locks: there is one, the Sender's. Owner says which of its methods are called under
// it; whoever holds a lock that those take must not call the Sender. In the connection
// they take those of the last error, the queue of events, the driver's queue and the list
// of messages given up. The lock of the table of subscriptions comes before the Sender's:
// Control and Attach are called with it held.
//
// Where what is: publish.go has the way of a message, backpressure.go what happens when
// there is no room, contention.go and pacing.go when a publish pauses; writer.go and
// direct.go write, batch.go says when, yield.go lets others go first, linger.go keeps the writer; fence.go and
// waitlist.go have PINGs and who waits for their answers, control.go the other control
// lines; giveup.go and ttl.go what isn't sent; attach.go, settle.go and ends.go how
// links and the connection begin and end; fill.go says how full the buffer is, sight.go what the watch over a link asks.
package send

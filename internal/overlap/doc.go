// Package overlap gives a plain subscription's messages to the program once while
// two connections deliver them: the old one, which is about to end, and the new one,
// which takes its place. It decides and does nothing else: it has no clock (now is an
// argument, on the clock of the caller), no goroutine and no lock. One lock of the
// caller's guards a Filter.
//
// # How a connection moves
//
// O is the server that is left, N the new one, T any other server of the cluster. A
// publisher's server forwards a message to each server that has said, on the route
// between the two, that it is interested. A PONG proves what its own server has done
// and nothing about any other, so a move takes these steps. The probes are subjects of
// the connection's own inbox prefix that its other subscriptions don't cover: one that comes by way of
// another's interest proves that one's and no more.
//
//  1. Before anything is subscribed at N, New makes the filter. From here on every
//     message of a plain subscription that O brings goes through Old and on to the
//     program, and every one that N brings goes through New.
//  2. At N: SUB for everything, in its place behind them a SUB for probe n, PING. At O:
//     SUB for probe o. The PONG of N says that N delivers from now on.
//  3. At O, PUB to probe n, and again every few milliseconds until one has come in on the
//     link of N. It proves that O knows N's interest: what is published at O goes to
//     both. At N, PUB to probe o, until one has come in on the link of O. It proves that
//     what N had forwarded to O alone has come out of the link of O, and that N knows
//     who is interested. A server that isn't joined to O answers neither, and isn't
//     moved to. A program that may not publish to its own inbox goes without, and waits
//     for a second in their place.
//  4. SetSkew(Skew(the longer of the two)), and wait for Settle. No proof can be had of
//     the servers T without a connection to each; this is the time for them.
//  5. When QueuesStay of that is over, at O: UNSUB for queue subscriptions, PING, and when
//     that is answered wait for QueuesGone. Their messages from O are the program's until
//     the PONG, and those from N from step 2 on: each goes to one member, so no filter sees
//     them. A member must not leave O before all know the one at N, or messages are lost;
//     and a message that is on its way to O for a member that has left is sent on to
//     another server, which gives it to its plain subscriptions, too, once more. While O
//     is complete such doubles can be told: O doesn't bring them. That is why the queues go
//     first, and two Skews before the cut: in the first the doubles come, in the second
//     they are found to be some. What other programs get twice by this nobody can tell.
//     Without queue subscriptions there is no such step.
//  6. Publishing moves. Nothing is written to O behind a PUB to probe n and a PING.
//     When both are answered, and Margin of the time that it took has passed, what waits
//     is written to N. The PONG proves that O has processed it all, the probe that those
//     connected to N have it before anything newer, and the margin stands for those at T.
//  7. Cut, at once. What it gives goes to the program, and from then on what New says is to
//     be delivered. What O still brings for plain subscriptions is ignored. When O has
//     ended, is silent for Silence while N answers, or hasn't answered within five seconds,
//     Rescue instead.
//  8. The link of O is closed. Nothing of it is missed: since the PONG of step 5 it has
//     brought nothing for queue subscriptions, and what it has for others comes from N.
//  9. When Done, the filter is thrown away, and the next move may begin.
//
// # Why it is once, and in order
//
// Assume that the messages of one publisher (of one account) stay in order along each route and link;
// that interest, and then a message, reach every server and the client within a
// quarter of Settle, which is a Skew (call it D; the links are no further apart either); and that
// a publisher that moves itself keeps its own order, by step 6.
//
// Take one publisher. Its messages come from O in order, without a gap, until the cut: O
// is subscribed all the time. They come from N in order, without a gap, from some
// message on: the first that its server handled when it knew of N. By assumption that was
// D after step 3 at the latest, and all messages before it have come out of the link
// of O another D later at the latest. So at the cut O has delivered a beginning of the sequence, N
// brings an end of it, and the two meet or overlap: nothing is lost. What the filter
// drops from N is what O has delivered, so nothing is doubled; what is left of N's is
// exactly what follows, in N's order, and goes behind all that O brought.
// The cut needs no answer from O: what O hasn't brought is on its way from N.
//
// Messages that are equal byte for byte (subject, reply, headers, payload and
// subscription) are counted, so two that were sent arrive twice. Which of the two copies
// is dropped can't be seen. One thing must not happen: a message that only O brought,
// before its server knew of N, must not count against an equal one that only N brings,
// after the cut. A message that O alone delivered is one by which O is ahead for good;
// so what O has been ahead by for most of the time, and for D at least, is forgotten
// (lead.go), and Settle is long enough for it: D until all know of N and the last that
// O alone delivers is in, and three D to see what never changes. Equal messages that follow
// each other faster than the links agree, all through the move, can't be told apart by
// anybody: of those as many may be lost or doubled as are on the way at once. The same is
// true of the doubles of step 5 among them.
//
// Equality is judged by a 64-bit hash with a seed that nobody else knows. With 65,536
// remembered and as many compared in one move, one move in four billion would drop
// a message for another's sake, and no sender can look for such a pair.
//
// # When something is slower than that
//
// A server that learns of N later than that may lose the messages that
// it handled in between and that O hasn't brought by the cut, as an ordinary reconnect loses those of its
// gap. A copy that N brings more than three D after O has is delivered once more.
// A publisher's messages at T that overtake those from O in spite of the margin are out of
// order there. Nothing else comes of it.
//
// # When something ends
//
//   - The move is given up before the cut: Abandon. O has been complete all the time, but
//     for the queue subscriptions. If step 5 has come they are made again at O, and stay
//     at N until O has answered a PING behind them and a Skew has passed. Then at N: UNSUB
//     for queue subscriptions, PING, and its link is read until that is answered, as long as it
//     lives: what it brings for them nobody else gets.
//   - N dies before the cut: the same, and what it had for queue subscriptions is lost.
//   - O dies before the cut: Rescue at once. What N brought and O didn't is kept, so less
//     is lost than in an ordinary reconnect.
//   - N dies after the cut: that is the loss of a connection like any other.
//   - More is held or remembered than Limits allow: GivenUp says so, the filter lets
//     O's messages through and drops N's, and Cut refuses. The caller unsubscribes at N,
//     and nothing is lost, since O has been complete all the time. After the cut nothing is added.
package overlap

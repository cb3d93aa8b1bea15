// Package push decides what becomes of a push consumer's messages: whether they come in
// order, whether the consumer is still there, and when an ordered one is to be made anew.
// It is a state machine without clock, sockets or goroutines.
//
// What it promises of an ordered consumer:
//
//   - Each message is let through once and in order, whatever is lost on the way: what
//     doesn't follow on what was let through leads to another consumer, which begins behind
//     it.
//   - A new link, a heartbeat that is missed, and one that tells of deliveries that didn't
//     come do the same.
//   - As long as the consumer can't be made it is tried again, after 50 ms, 100 ms and then
//     every 200 ms at most; after 30 s every 2 s. A try that isn't answered is waited for
//     for 400 ms; after 10 s for longer and longer, up to 5 s.
//
// Of any other consumer it tells what is wrong, and lets everything through. If that is
// wanted it has one that is silent looked at: at each heartbeat that is missed, and where
// there are none some seconds after a new link. One that doesn't exist is told of once.
// While there is no link nothing is missed.
package push

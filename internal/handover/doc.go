// Package handover takes a connection from one link to another while both are read, by
// the steps of package overlap, whose numbers it names: probes, pauses, the last answer
// of the old server, the switch.
//
// What it promises:
//
//   - Until the switch the connection is where it was: what fails before it is told
//     once, with an [Error] or what the [Host] gave as the reason, and the prepared link
//     is closed when it has taken leave of its server: it is read until its last answer,
//     as long as it lives and isn't silent for longer than [Session.Patience].
//   - One move at a time has its hands on the links. One that is prepared while there is
//     something left of the one before waits for that, and may be given up meanwhile.
//   - Every wait has a bound, and is over when the move is given up.
//   - A move ends in one way, whether the new link is in use, it was given up, or both
//     links have ended: over is closed, by which its goroutine comes back; when the old
//     link brings nothing more the readers have done with it; and done is closed, after
//     which nothing is left of it and the next may begin. Of one that was given up the
//     new link may be read for longer, beside the next.
//
// Who may call it: the session's driver calls [Mover.Prepare], [Mover.Newest] and
// [Mover.Gone], and of a [Move] Switch, OldGone, HandOver, Rescue and Abandon. Readers
// of links call [Mover.Reading], and of what that returns Ping, Pong and Refuses.
// A Move calls the Host from its own goroutine, or within a call of the driver's; see there.
//
// Locks: none of its own. What both the driver and the readers see is atomic, or a
// channel; what is the driver's alone is changed by what was posted to it. Under
// [Subscriptions.Cut]'s locks [Host.SwitchTo] and [Host.Attach] are called, and nothing else.
//
// Where what is: mover.go says which move is at work, move.go how one begins and ends,
// steps.go what it waits for, leave.go how one that is given up takes leave, readers.go what readers ask, host.go what it needs.
package handover

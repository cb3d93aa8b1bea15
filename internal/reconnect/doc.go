// Package reconnect decides what a connection does next: whom to dial, how long
// to wait, when to give up and what to tell. It does nothing itself.
//
// A Machine is fed events through Step and answers with actions. It has no
// clock (now is an argument, counted from any fixed moment and never going
// back), no socket, no goroutine, no lock and no randomness but the function it
// was given, so the same events always give the same actions. It isn't safe for
// concurrent use: one driver owns it.
//
// The driver's side of the bargain:
//
//   - Every Dial is answered by exactly one Established or Failed, unless a
//     Cancel came first; an answer that comes after the Cancel is ignored, and
//     the driver closes its link. The driver bounds each attempt in time.
//   - Adopt and Switch, and nothing else, make a link the connection. Its end is
//     reported by Lost with the epoch that they named.
//   - Prepare keeps the link of an attempt that was Established, beside the
//     connection, until Switch, Adopt or Cancel names it. It is answered by one Ready
//     or NotReady; the latter also says that the prepared link is gone.
//   - Switch leaves the link of the epoch before in use for what it still brings,
//     until Drop. It is answered by OldFinished; Lost of that epoch does as well.
//   - When Deadline says so the driver sends Timeout. Too early or too often is
//     harmless.
//   - AskDelay and AskServer are answered with the token they carried; an answer
//     to an older question is ignored.
//
// transitions.go holds every change of state, one function per event, and migrate.go
// those of a move to another server while the first one still serves; race.go
// says which attempt is started when; pool.go knows the servers and the order
// in which they are tried; backoff.go knows the waits.
package reconnect

// Package session is the life of a connection: it looks for servers, makes links to
// them, watches over the one in use, leaves it, loses it, and comes to an end. It feeds
// the machine of package reconnect and does what that says; what goes over a link is
// its [Host]'s business.
//
// What it promises:
//
//   - Whatever changes the connection is posted to one driver, which runs one thing
//     after another and never waits. Its goroutine exists while something is posted.
//   - An attempt has a number and a link an epoch (1, 2, 3 …). What is reported of one
//     that is over is known by that and ignored; a socket that comes late is closed.
//   - A link is attached once, and from then on ends in one way ([Session.unlink]),
//     whoever wants it: its socket is closed, its timers are stopped, it is detached,
//     and when its last write is back Host.Gone is called, once. After that no method
//     of the Host is called with it, and what is said of it still (an INFO, a loss, an
//     -ERR, a PING that is due) comes to nothing. Only then does the machine hear of the
//     loss, so the next link is attached behind the end of this one.
//   - A session ends in one way, too ([Session.end]), whether the program closed it or
//     the machine gave up: the last link has gone, Host.Ended is called, once, and is the
//     last call of all, then Done is closed. No attempt is under way, no timer runs.
//   - The program's code is called on goroutines of attempts and questions, never by the
//     driver. Callbacks of attempts are called one at a time, by all attempts of a
//     session; one that hangs costs its attempt and those that would ask, nothing else.
//   - A server that is silent is given up after MaxPingsOut PINGs, or within StaleAfter;
//     one that is slow, or this process itself, isn't taken for that (staleness.go).
//   - What a server says of others is bounded (package address), its INFOs don't pile
//     up, and a handshake ends after some bytes whatever comes.
//   - An idle session keeps a Link and a machine, and nothing that is for attempts.
//
// An error is an [*Error], with phase, server, cause and what may help, or what a server
// said, a [*Said]. What they are for programs is the caller's to say.
//
// Who may call it: all methods of a Session may be called by anybody, under locks of
// their own too, but for [Session.Open] and [Session.Start], which come first, and
// [Session.SetPool], which waits for the driver. Of a [Link]'s, Read and TakeRest are for
// its reader; Write, TryWrite, WatchWrite, EndWatch and Fail for whoever writes to it,
// one at a time; the rest for all.
//
// Locks, all of them leaves: the driver's queue, the machine's, held for one Step;
// [Session]'s own, over what the outside may know; a [Link]'s, over its timers. Nothing is
// called under any of them, and none is held together with another.
//
// Where what is: machine.go feeds the machine and does what it says; attempt.go and
// handshake.go get from an address to a link, explain.go says why not; adopt.go, loss.go,
// leave.go and close.go have how links and the session begin and end; heartbeat.go and
// staleness.go the watch; info.go and said.go what servers say besides, secrets.go
// what is taken out of it; trace.go what the machine did; pool.go and ask.go
// which servers there are and what the program says to that; view.go the getters; link.go,
// linkwrite.go and linkend.go the link.
package session

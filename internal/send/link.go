package send

import "time"

// Link is one connection to one server, past its handshake, to which a Sender writes.
// The Sender makes one call at a time of Write, WriteNow, Guard and Unguard; the others
// may be called at any time. Those that are called with the Sender's lock held (Terms,
// Server, Acked) neither wait nor call the Sender.
type Link interface {
	// Terms are the same at every call.
	Terms() Terms
	// Server is the server's URL, without secrets.
	Server() string
	// Write hands pieces to the socket and returns what it didn't take, and how many
	// bytes it took. It waits at most limit, if that is positive, and may return early
	// without an error.
	Write(pieces [][]byte, limit time.Duration) (rest [][]byte, n int, err error)
	// WriteNow hands to the system what it takes at once, never waits, and returns how
	// many bytes that were. What is wrong with the socket Write finds out.
	WriteNow(pieces [][]byte) (n int)
	// Guard prolongs, until Unguard, the limit of writes that can't go on after a
	// time-out, as long as the peer gets on. start is the zero of the Sender's times.
	Guard(start time.Time, limit time.Duration)
	Unguard()
	// Acked looks at what the peer's system has acknowledged, and says when more of it
	// was last seen. seen is false where that can't be told.
	Acked(now time.Duration) (at time.Duration, seen bool)
	// Reads is how many reads have brought something.
	Reads() uint64
}

// Terms are what is fixed of a link.
type Terms struct {
	MaxPayload int64 // that its server takes; not positive: it doesn't say
	Headers    bool  // its server takes them
	Resumes    bool  // writing can go on after a write that timed out
	Now        bool  // it has a WriteNow that takes something
}

// getsOn says whether the peer's system has acknowledged something since a time: then
// the link gets on, though its socket may be too full to take anything.
func getsOn(l Link, now, since time.Duration) bool {
	at, seen := l.Acked(now)
	return seen && at > since
}

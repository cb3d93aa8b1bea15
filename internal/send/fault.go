package send

import (
	"fmt"
	"time"
)

// Fault is why a message isn't sent, or a wait is over. The root says what a program
// finds in its place.
type Fault uint8

// What goes wrong on the way out.
const (
	_         Fault = iota
	Closed          // the connection is closed
	Draining        // it is about to be
	TooLarge        // more than the server takes
	NoHeaders       // the server takes no headers
	OutOfTime       // the time for a wait is up
	GaveWay         // given up for newer messages
	Expired         // waited for longer than the TTL
	Poison          // connections ended over it
	afterTheLast
)

var faultTexts = [afterTheLast]string{
	Closed: "closed", Draining: "draining", TooLarge: "too large", NoHeaders: "no headers",
	OutOfTime: "out of time", GaveWay: "gave way to newer ones", Expired: "expired", Poison: "poison",
}

func (f Fault) Error() string { return "send: " + faultTexts[f] }

// FullError says that a message found no room.
type FullError struct {
	Size      int           // its frame's
	Waiting   int           // bytes that wait to be written
	Limit     int           // how many may
	Server    string        // empty: there is no link
	Stalled   time.Duration // the socket has taken nothing for so long; 0: it gets on
	Held      int           // bytes that were written and aren't confirmed
	HeldLimit int           // how many of both there may be; 0: it wasn't that
}

func (e *FullError) Error() string { return fmt.Sprintf("send: no room for %d bytes", e.Size) }

// NoRoomError says that the wait for room was given up.
type NoRoomError struct {
	Size int
	Why  error // the context's, or OutOfTime
}

func (e *NoRoomError) Error() string {
	return fmt.Sprintf("send: no room for %d bytes: %v", e.Size, e.Why)
}

// Unwrap gives the reason to errors.Is.
func (e *NoRoomError) Unwrap() error { return e.Why }

// DoubtError says that a link ended and took the answer with it.
type DoubtError struct {
	Server string
	Msgs   uint64 // sent and not confirmed, and their bytes
	Bytes  uint64
}

func (e *DoubtError) Error() string {
	return fmt.Sprintf("send: %d messages in doubt on %s", e.Msgs, e.Server)
}

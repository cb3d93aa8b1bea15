package send

import (
	"time"

	"github.com/evernats/nats/internal/outbound"
)

// Owner is told what becomes of messages and links. One value for each connection,
// set once.
type Owner interface {
	// Start is the zero of the connection's times, the same at every call.
	Start() time.Time

	// These are called with the Sender's lock held: they must not wait, nor call the
	// Sender.

	// GaveUp tells of a run of messages that will not be sent.
	GaveUp(gone outbound.Span, why Fault)
	// GaveUpOne tells of one of which more is known.
	GaveUpOne(gone *outbound.Dropped, why Fault)
	// Slow tells of a write that timed out, and will be tried again.
	Slow(err error)
	// Overrun asks for the end of a link to which so many lines wait, more than would
	// make all subscriptions anew.
	Overrun(l Link, lines int)

	// Fills tells that what waits has reached another level: it is told High or Full
	// once, until it is Normal again.
	Fills(f Fill)

	// These are called without it.

	// WriteFailed tells of a write after which nothing more is written to the link.
	// inUse says that it hadn't been detached.
	WriteFailed(l Link, err error, inUse bool)
	// Ended tells what became of a link's messages, before those who wait for one of
	// them are told.
	Ended(l Link, loss *Loss)
	// InDoubt tells of messages that may be lost, after that.
	InDoubt(l Link, doubt outbound.Count)
}

// Loss is what the end of a link meant.
type Loss struct {
	Sent      uint64         // messages up to this one are not sent again
	Confirmed uint64         // and up to this one the server has processed them
	Parts     outbound.Parts // how far the prefix got, if its parts were tried
	Answered  bool           // a PING was answered on the link
	Doubt     outbound.Count // written and not confirmed
}

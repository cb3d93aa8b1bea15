package window

import "time"

// Config says how long to wait for what. Times are durations since the zero of the
// caller's clock.
type Config struct {
	// Limit bounds how many messages are in the window, LimitBytes their bytes; 0: no
	// bound.
	Limit, LimitBytes int
	// Timeout ends a message so long after it was added, whatever happens; 0: never.
	Timeout time.Duration
	// Patience ends one of which nothing is heard for so long on a link.
	Patience time.Duration
	// Resend is after which silence one with an id is sent again.
	Resend time.Duration
	// Replay is how long a stream remembers ids for sure.
	Replay time.Duration
	// FailOnLoss ends all messages with the link.
	FailOnLoss bool
}

// Token is a message in the window: its slot, and how often the slot was used.
type Token uint64

// Slot is the number of a token's slot, which is below the limit if there is one.
func (t Token) Slot() int { return int(uint32(t)) }

// Kind is what an action does.
type Kind uint8

// What the machine wants done.
const (
	Send     Kind = iota // publish the message, again or for the first time
	Fail                 // the message has ended without an acknowledgement
	Ask                  // find out whether a stream stores its subject, answer with Known
	Withdraw             // give up those of its copies that are queued, answer with Withdrawn
)

// Reason is why a message ended.
type Reason uint8

// Reasons.
const (
	Timeout  Reason = iota + 1 // no acknowledgement came in time
	NoStream                   // no stream answers
	Doubt                      // it left with a link that was lost, and nobody knows
	Lost                       // the link was lost, and that was to end it
	Closed                     // it was given up by the program
	Dropped                    // the connection gave it up before it was sent
	Ended                      // the connection is closed
)

// Action is one thing to do.
type Action struct {
	Kind  Kind
	Token Token
	Why   Reason
	// Doubt says of one that failed that a copy of it was sent whose answer never came:
	// a stream may have stored it.
	Doubt bool
	// InProcess says of one that failed that the stream went on saying of its id that it is
	// just storing it. Without Doubt it isn't stored, and won't be.
	InProcess bool
	// Numbers are those of the copies, in ascending order, of a message to Withdraw. It may
	// have ended.
	Numbers []uint64
}

// Answer is what Ask found out.
type Answer uint8

// Answers to Ask.
const (
	Unknown Answer = iota
	Exists
	Missing
)

// Message is what the window has to know of a message.
type Message struct {
	Size int
	ID   bool // it has a message id, so that it may be sent again
	// Attempts is how often it is sent again when no stream answers, at least, and Wait
	// the time between. When Exactly is set it isn't sent more often either; else it
	// goes on as long as there may be a stream.
	Attempts int
	Wait     time.Duration
	Exactly  bool
}

package ingest

import "time"

// Config says how much may be under way, and how long to wait for what. Times are
// durations since the zero of the caller's clock.
type Config struct {
	// Flow is the most messages that the server is to take for one acknowledgement.
	Flow int
	// Outstanding is how many acknowledgements may be waited for.
	Outstanding int
	// Patience is how long nothing may be heard before it fails.
	Patience time.Duration
	// Probe is after which silence the server is asked where it is.
	Probe time.Duration
	// Rest is after which time without an acknowledgement a batch with room is ended: so all
	// that was sent is known to be stored, and no batch is idle for so long that the server
	// forgets it.
	Rest time.Duration
	// Retry is the pause before what nobody took is tried again.
	Retry time.Duration
	// Replay is how long a stream remembers ids for sure.
	Replay time.Duration
}

// Op is what a message does to its batch, as it is sent.
type Op uint8

// The operations.
const (
	Start  Op = 0
	Append Op = 1
	End    Op = 3 // of the batch, without a message that is stored
	Ping   Op = 4
)

// Kind is what an action does.
type Kind uint8

// What the machine wants done.
const (
	// Send sends message N, for the first time or again, as Seq of the batch.
	Send Kind = iota
	// Say sends a message without content: a Ping or the End.
	Say
	// Done says that all that was to be flushed is stored.
	Done
	// Fail says that it has ended.
	Fail
)

// Action is one thing to do.
type Action struct {
	Kind Kind
	Op   Op
	// Batch is the number of the batch, which its id is made of.
	Batch uint64
	Seq   uint64
	N     uint64
	// Why is the reason of a Fail.
	Why Reason
	// Doubt says that messages behind those that are stored may be, too.
	Doubt bool
}

// Reason is why it failed.
type Reason uint8

// Reasons.
const (
	Silent   Reason = iota + 1 // nobody said anything for as long as the patience lasts
	NoStream                   // no stream has the subject
	Refused                    // the server has something against a batch, or a message; see Refusal
	Forgot                     // the server knows the batch no more
	Stuck                      // batch after batch ended without progress
)

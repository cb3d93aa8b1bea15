package pull

import (
	"time"

	"github.com/evernats/nats/internal/js/api"
)

// Config says how a consumer is asked. Times are durations since the zero of the
// caller's clock.
type Config struct {
	// Messages and Bytes bound what was asked for and is not handled yet; 0 bytes
	// are no bound. At or below the low marks more is asked for.
	Messages, Bytes       int
	LowMessages, LowBytes int
	// Each says that Bytes bounds each pull by itself, and not the window.
	Each bool
	// Single says that no other server leads the consumer when its own is gone: it is asked
	// about as soon as nobody answers for it.
	Single bool
	// Look is after how long a silence the server is asked whether the consumer is there, by a
	// pull that ends at once: it is for one that lives on one server, whose end nobody tells,
	// where heartbeats are rarer than that. 0: never.
	Look time.Duration
	// Held says that nothing is asked for before Go.
	Held bool
	// Expires is how long a pull waits at the server, Heartbeat how often the server
	// says that it still does; 0 for never.
	Expires, Heartbeat time.Duration
	// Total ends it after so many messages; 0: never.
	Total int
	// Once is a fetch: it ends with Expires too, counted from the first link-up or
	// tick. With NoWait it ends when there is nothing more at the moment.
	Once, NoWait bool
	// Pin is what the server gave this client before, if it has pinned it.
	Pin string
	// Chance gives a random number below n, for jitter.
	Chance func(n int64) int64
}

// Kind is what an action does.
type Kind uint8

// What the machine wants done.
const (
	Pull  Kind = iota // send Request
	Warn              // tell the program, and go on
	End               // tell the program, and stop
	Ask               // find out whether the consumer exists, answer with Asked
	Reply             // publish to Subject, of consumers that push
)

// Reason says what happened.
type Reason uint8

// Reasons of warnings and ends. Done is no error.
const (
	None Reason = iota
	Done
	Timeout // a fetch's time is over, and something was wrong: see Action.Trouble
	NoHeartbeat
	NoResponders
	LeadershipChange
	ServerShutdown
	Deleted
	PushBased
	BadRequest
	TooLarge
	TooManyWaiting
	OverLimit
	WrongPin
	Other // see Action.Info
)

// Request is one pull.
type Request struct {
	ID              uint64
	Messages, Bytes int
	Expires         time.Duration // 0 with NoWait
	Heartbeat       time.Duration
	NoWait          bool
	Pin             string
}

// Action is one thing to do.
type Action struct {
	Kind    Kind
	Request Request
	Why     Reason
	Trouble Reason   // with Timeout: the last trouble
	Info    api.Info // what the server said, if it was that
	Subject string   // with Reply
}

// Answer is what Ask found out.
type Answer uint8

// Answers to Ask.
const (
	Unknown Answer = iota // nobody could say
	Exists
	Missing
)

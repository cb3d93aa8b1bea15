package reconnect

import "time"

// State is where the connection stands.
type State uint8

const (
	Idle       State = iota // before Start
	Connecting              // first pass of the first connect; nobody was ever connected
	Connected               // one server is in use
	Attempting              // not connected; at least one attempt is under way
	Asking                  // not connected; waits for DelayAnswer or ServerAnswer
	Waiting                 // not connected; a delay runs
	Closed                  // for good
)

// FailureKind says what went wrong with an attempt or a connection.
type FailureKind uint8

const (
	NoFailure FailureKind = iota
	Network               // dial refused, reset, EOF …
	TimedOut              // Timeout passed before the handshake was complete
	Stale                 // pings unanswered
	Auth                  // the server refused the credentials
	TLS                   // TLS is wanted or needed and could not be had
	Protocol              // the server said something that is not NATS
	Refused               // the server said no for now (too many connections …)
	Forced                // ForceReconnect
	Local                 // the program's own code or options failed it
)

// Failure is what an event says of an attempt or connection that failed.
type Failure struct {
	Kind FailureKind
	// Reason tells two auth failures of a server apart (the server's text,
	// normalised); the machine compares it and nothing else.
	Reason string
	// Err is carried through to the actions that tell of the failure.
	Err error
}

// EventKind names what happened.
type EventKind uint8

const (
	Start          EventKind = iota + 1
	Established              // Attempt: handshake complete. Advertised, TLS.
	Failed                   // Attempt, Failure; Advertised, if the server named others before it failed
	Lost                     // Epoch, Failure: the connection of that epoch is gone
	Info                     // Epoch, Advertised: a later INFO of the connected server
	Timeout                  // the deadline was reached; harmless when it wasn't
	DelayAnswer              // Token, Delay: answer to AskDelay
	ServerAnswer             // Token, URL ("" = you choose), Delay: answer to AskServer
	ForceReconnect           //
	SetPool                  // URLs: replaces the whole pool
	Close                    //
	LameDuck                 // Epoch, or Attempt of a prepared link: its server is about to leave. Delay: its grace, if it is known
	Migrate                  // the program wants another server. Delay: give up after that; 0 for 10 s
	Ready                    // Attempt: what Prepare asked for is done
	NotReady                 // Attempt, Failure: it can't be, or the prepared link is gone
	OldFinished              // Epoch: what Switch asked for is done, and that link is no longer needed
	Stay                     // Failure.Err: give a move up that hasn't switched
)

// Event is one thing that happened. Unused fields are zero.
type Event struct {
	Kind    EventKind
	Attempt uint32
	Epoch   uint64
	Token   uint32
	Failure Failure
	// Advertised are the normalised URLs of the INFO's connect_urls. Nil when
	// the INFO had none (then nothing is learned or forgotten).
	Advertised []string
	URLs       []string
	URL        string
	Delay      time.Duration
	TLS        bool // the connection uses TLS: ReconnectJitterTLS applies from now on
	Same       bool // Established, while connected: it is the server that is left, by another name
	OnlyAsked  bool // Stay: not a move that a lame duck makes necessary
}

// ActionKind names what the driver must do.
type ActionKind uint8

const (
	Dial      ActionKind = iota + 1 // Attempt, URL: start one attempt
	Cancel                          // Attempt: give it up; its late answer is ignored
	Adopt                           // Attempt, Epoch: its link is the connection now
	Drop                            // Epoch: close the connection's link
	AskDelay                        // Token, Passes: ask CustomReconnectDelayCB
	AskServer                       // Token: ask ReconnectToServerCB
	StateIs                         // State: told whenever it changed (only at the end of a step's changes)

	TellConnected     // Epoch, URL: the first connection ever
	TellReconnected   // Epoch, URL: a later one
	TellDisconnected  // Epoch, URL, Err: the connection of that epoch ended; Err nil when the user closed
	TellAttemptFailed // URL, Err: one attempt failed (also during the first connect)
	TellDiscovered    // Advertised: the URLs that are new
	TellForgotten     // URL: left the cluster, or dropped after too many attempts (Err says which)
	TellConnectFailed // Err: the first pass failed. RetryOnFailedConnect goes on, otherwise State is Closed now
	TellClosed        // Err: CLOSED now; nil when the user closed. Never told where TellConnectFailed ended it

	Prepare             // Attempt, URL: subscribe on its link, beside the connection, until nothing would be lost; answer Ready or NotReady
	Switch              // Attempt, Epoch: its link is the connection now, the one before delivers what is under way; answer OldFinished
	TellMigrated        // Epoch, URL, Took: the move is done
	TellMigrationFailed // Epoch, URL, Err, Took: it was given up, and the connection is where it was
)

// Action is one thing to do. Unused fields are zero.
type Action struct {
	Kind       ActionKind
	State      State
	Attempt    uint32
	Epoch      uint64
	Token      uint32
	Passes     int
	URL        string
	Advertised []string
	Err        error
	Took       time.Duration
}

// Policy is what the user asked for. All values are final: defaults are filled in by the caller.
type Policy struct {
	AllowReconnect       bool
	MaxReconnect         int // consecutive failed attempts per server; negative: no limit; 0: none after the loss
	ReconnectWait        time.Duration
	ReconnectJitter      time.Duration
	ReconnectJitterTLS   time.Duration
	ReconnectJitterMax   time.Duration // cap of any jitter; negative: none
	CustomDelay          bool          // ask with AskDelay after each whole failed pass
	ChooseServer         bool          // ask with AskServer before each reconnect attempt
	RetryOnFailedConnect bool
	IgnoreAuthErrorAbort bool
	NoRandomize          bool
	IgnoreDiscovered     bool
	Secure               bool // TLS asked for by the user: TLS jitter from the start
	PinFirst             bool // the first URL stays first in the first connect, the others are shuffled

	// ConnectWithin bounds the first pass of a first connect that is retried:
	// once it has passed, TellConnectFailed is told although attempts still run,
	// and the pass goes on as a reconnect. Zero or negative: no bound.
	ConnectWithin time.Duration

	AttemptDelay time.Duration // second attempt beside a silent first one; zero or negative: off
	BackoffFirst time.Duration // zero: no back-off, ReconnectWait and jitter apply
	BackoffMax   time.Duration
	Spread       time.Duration // random delay in [0, Spread) before the first attempt after a loss
	StableAfter  time.Duration // a connection that lived this long resets the back-off

	Migrate bool // leave a lame duck before it hangs up; without it LameDuck does nothing
}

package session

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// The phases of a connection.
const (
	PhaseDial    = "dial"
	PhaseTLS     = "TLS"
	PhaseInfo    = "INFO"
	PhaseConnect = "CONNECT"
	PhasePong    = "PONG"
	PhaseWrite   = "write"
	PhaseRead    = "read"
)

// Fault is what went wrong, where an error of somebody else's doesn't say it.
type Fault uint8

// What went wrong.
const (
	Failed    Fault = iota // as Err says: a *Said, an *auth.Error, one of the network's …
	TimedOut               // within After; Err is how the socket says it
	Stale                  // PINGs were left unanswered, or what was sent unacknowledged (Err)
	NoInfo                 // the peer didn't begin with INFO; Err may say more
	BadInfo                // it can't be read; Err, and Bare of the JSON decoder
	NoPong                 // the server says Text where PONG belongs; Err is the parser's
	NoTLS                  // it was asked for, and the server doesn't have it
	NoEcho                 // the server is too old for the client not to hear itself
	NotInPool              // a server, Text, that was chosen from the pool
)

// Error says what failed an attempt or ended a link.
type Error struct {
	Phase  string
	Server string // redacted
	Hint   string // what to do about it; may be empty

	Fault Fault
	After time.Duration
	Text  string
	Err   error
	Bare  error

	TLS bool // TLS failed, in the handshake or in what the server made of it
	Own bool // the program's own code or options did
}

var faultTexts = [...]string{
	TimedOut: "timed out", Stale: "stale", NoInfo: "no INFO", BadInfo: "bad INFO", NoPong: "no PONG",
	NoTLS: "TLS is not available", NoEcho: "no echo is not supported", NotInPool: "not in the pool",
}

// Error is for who reads logs of this package; programs see what their side makes of it.
func (e *Error) Error() string {
	text := e.Phase
	for _, part := range []string{e.Server, faultTexts[e.Fault], e.Text} {
		if part != "" {
			text += ": " + part
		}
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout says whether time ran out, as in net.Error.
func (e *Error) Timeout() bool {
	var t interface{ Timeout() bool }
	return e.Fault == TimedOut || errors.As(e.Err, &t) && t.Timeout()
}

// Temporary is there for net.Error; it says the same as Timeout.
func (e *Error) Temporary() bool { return e.Timeout() }

// IsTimeout says that a deadline passed, after which a socket can be used again.
func IsTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &ne) && ne.Timeout() && !isUnacknowledged(err)
}

// isUnacknowledged says that the system has given the connection up, because the
// peer acknowledged nothing for too long. It looks like a deadline that passed, but
// nothing works any more.
func isUnacknowledged(err error) bool { return errors.Is(err, syscall.ETIMEDOUT) }

func isStale(err error) bool {
	var e *Error
	var said *Said
	return errors.As(err, &e) && e.Fault == Stale || errors.As(err, &said) && said.Kind == SaidStale
}

func dialTimeout() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
}

package nats

import (
	"errors"
	"strings"

	"github.com/evernats/nats/internal/session"
)

// ConnError says that an attempt to connect, or a connection, failed: with which
// server, in which phase and why. [AttemptHandler] and [Conn.LastErrorDetail] have
// it, and with [DetailedErrors] whatever else tells of a failed connection: use
// errors.As to get at it and errors.Is to ask for the cause. It never shows
// credentials.
type ConnError struct {
	// Phase is what was going on: "look-up", "dial", "TLS", "INFO", "CONNECT",
	// "PONG", "write" or "read".
	Phase string
	// Server is the server's URL; a password or token in it is replaced.
	Server string
	// Err is the cause.
	Err error
	// Hint says what to do about it; it may be empty.
	Hint string

	tls bool // TLS failed, in the handshake or in what the server made of it
	own bool // the program's own code or options did
}

// Error says all of it in one line.
func (e *ConnError) Error() string {
	var b strings.Builder
	b.WriteString("nats: ")
	if what, ok := phaseTexts[e.Phase]; ok {
		b.WriteString(what)
	} else {
		b.WriteString(e.Phase)
	}
	if e.Server != "" {
		b.WriteString(" (")
		b.WriteString(e.Server)
		b.WriteString(")")
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(strings.TrimPrefix(e.Err.Error(), "nats: "))
	}
	if e.Hint != "" {
		b.WriteString(" (")
		b.WriteString(e.Hint)
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *ConnError) Unwrap() error { return e.Err }

// Is makes every failure of a TLS handshake, of wss:// too, an ErrTLS: also when
// the server hangs up instead of an answer to what comes first after it.
func (e *ConnError) Is(target error) bool { return target == ErrTLS && e.tls }

// Timeout says whether time ran out, as in net.Error.
func (e *ConnError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.Is(e.Err, ErrTimeout) || errors.As(e.Err, &t) && t.Timeout()
}

// Temporary is there for net.Error; it says the same as Timeout.
func (e *ConnError) Temporary() bool { return e.Timeout() }

// The phases of a connection, as ConnError.Phase has them.
const (
	phaseLookup  = "look-up"
	phaseDial    = session.PhaseDial
	phaseTLS     = session.PhaseTLS
	phaseInfo    = session.PhaseInfo
	phaseConnect = session.PhaseConnect
	phasePong    = session.PhasePong
	phaseWrite   = session.PhaseWrite
	phaseRead    = session.PhaseRead
)

var phaseTexts = map[string]string{
	phaseLookup:  "look-up of the server's name failed",
	phaseDial:    "dial failed",
	phaseTLS:     "TLS handshake failed",
	phaseInfo:    "waiting for the server's INFO failed",
	phaseConnect: "sending CONNECT failed",
	phasePong:    "the server did not accept the connection",
	phaseWrite:   "writing to the server failed",
	phaseRead:    "reading from the server failed",
}

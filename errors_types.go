package nats

import (
	"errors"
	"fmt"
	"strings"
	"time"

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

// DroppedError is what the error handler is told of messages that were given up,
// when there is no [MessageDroppedHandler]. errors.Is finds the reason.
type DroppedError struct {
	// Msg is what was given up, with the reason.
	Msg DroppedMsg
}

// Error says what was given up and why.
func (e *DroppedError) Error() string {
	if e.Msg.Msgs > 1 || e.Msg.Subject == "" {
		return fmt.Sprintf("%v (messages given up: %d, with %d bytes)", e.Msg.Err, e.Msg.Msgs, e.Msg.Size)
	}
	return fmt.Sprintf("%v (message to %q, %d bytes)", e.Msg.Err, e.Msg.Subject, e.Msg.Size)
}

// Unwrap gives the reason to errors.Is.
func (e *DroppedError) Unwrap() error { return e.Msg.Err }

// detail is an error with more to say than the one that programs compare.
type detail struct {
	plain error
	full  error
}

// detailed gives an error a text and further causes.
func detailed(plain error, format string, args ...any) error {
	return &detail{plain, fmt.Errorf(format, args...)}
}

func (e *detail) Error() string { return e.full.Error() }

// Is finds the plain one, which the full text need not wrap.
func (e *detail) Is(target error) bool { return errors.Is(e.plain, target) }

func (e *detail) As(target any) bool { return errors.As(e.plain, target) }

func (e *detail) Unwrap() error { return e.full }

// serverSaid is an -ERR in answer to CONNECT, in the server's own words.
type serverSaid struct {
	text string
	kind error // what ofSaid makes of it
}

func (e *serverSaid) Error() string { return "nats: " + e.text }

func (e *serverSaid) Unwrap() error { return e.kind }

// ownErr marks what the program's own code or options have failed.
type ownErr struct{ detail }

func ownError(plain error, format string, args ...any) error {
	return &ownErr{detail{plain, fmt.Errorf(format, args...)}}
}

// timeoutError says that an attempt's time was up. It is ErrTimeout and whatever
// was going on.
type timeoutError struct {
	after time.Duration
	err   error
}

func (e *timeoutError) Error() string   { return "no answer within " + e.after.String() }
func (e *timeoutError) Timeout() bool   { return true }
func (e *timeoutError) Temporary() bool { return true }
func (e *timeoutError) Unwrap() []error { return []error{ErrTimeout, e.err} }

package transport

import (
	"errors"
	"net"
	"strings"
)

// The phases of an Error.
const (
	PhaseLookup    = "look up"
	PhaseDial      = "dial"
	PhaseTLS       = "TLS handshake with"
	PhaseWebSocket = "WebSocket handshake with"
)

// Error tells in which phase and for which address opening a stream failed. It
// is a net.Error.
type Error struct {
	Phase string // one of the phases above
	Addr  string // host, or host and port
	Err   error  // the cause
}

func (e *Error) Error() string { return e.Phase + " " + e.Addr + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether the cause is that time ran out.
func (e *Error) Timeout() bool {
	var ne net.Error
	return errors.As(e.Err, &ne) && ne.Timeout()
}

// Temporary reports the same as Timeout; net.Error wants it.
func (e *Error) Temporary() bool { return e.Timeout() }

// phaseError wraps err, unless it names phase and address already.
func phaseError(phase, addr string, err error) error {
	if _, ok := err.(*Error); ok {
		return err
	}
	if op, ok := err.(*net.OpError); ok && op.Op == phase && op.Addr != nil {
		return err
	}
	return &Error{Phase: phase, Addr: addr, Err: err}
}

// AddressErrors is what the addresses of one host failed with, at least one.
type AddressErrors []error

func (es AddressErrors) Error() string {
	texts := make([]string, len(es))
	for i, e := range es {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

func (es AddressErrors) Unwrap() []error { return es }

// Timeout reports whether any of them timed out: then more time might have
// helped. It is asked for the whole before its parts are.
func (es AddressErrors) Timeout() bool {
	for _, e := range es {
		var ne net.Error
		if errors.As(e, &ne) && ne.Timeout() {
			return true
		}
	}
	return false
}

// Temporary reports the same as Timeout.
func (es AddressErrors) Temporary() bool { return es.Timeout() }

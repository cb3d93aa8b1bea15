package reconnect

import (
	"errors"
	"fmt"
)

var (
	// ErrNoServers says that no server is left to try, or that none could be
	// reached during the first connect. The error told wraps the last attempt's
	// error too.
	ErrNoServers = errors.New("nats: no servers available for connection")

	// ErrLeftCluster is the reason of TellForgotten for a discovered server that
	// the cluster no longer advertises.
	ErrLeftCluster = errors.New("nats: server is no longer advertised by the cluster")

	// ErrTooManyAttempts is the reason of TellForgotten for a server that failed
	// MaxReconnect times in a row.
	ErrTooManyAttempts = errors.New("nats: server dropped after too many failed attempts")
)

// NoServersError is ErrNoServers with the error of the last attempt.
type NoServersError struct {
	Last  error // nil: there was none
	First bool  // it was the first pass, after which servers may be left
}

func (e *NoServersError) Error() string {
	if e.Last == nil {
		return ErrNoServers.Error()
	}
	return ErrNoServers.Error() + ": last attempt: " + e.Last.Error()
}

// Unwrap gives both.
func (e *NoServersError) Unwrap() []error {
	if e.Last == nil {
		return []error{ErrNoServers}
	}
	return []error{ErrNoServers, e.Last}
}

// noServers wraps the error of the last attempt, if there was one.
func noServers(last error) error { return &NoServersError{Last: last} }

func tooManyAttempts(n int32, last error) error {
	if last == nil {
		return fmt.Errorf("%w (%d)", ErrTooManyAttempts, n)
	}
	return fmt.Errorf("%w (%d): %w", ErrTooManyAttempts, n, last)
}

// telling says whether a failure of this kind tells the user more than "nobody
// answered": such an error isn't hidden by the next server being unreachable.
func telling(k FailureKind) bool {
	switch k {
	case Auth, TLS, Protocol, Refused, Local:
		return true
	}
	return false
}

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

// Why a move to another server was given up.
var (
	ErrNotConnected   = errors.New("nats: not connected, so there is nothing to migrate from")
	ErrProgramChooses = errors.New("nats: the program chooses the servers itself (ReconnectToServer); use ForceReconnect to move")
	ErrNoOtherServer  = errors.New("nats: no other server is known to migrate to")
	ErrMoveTooLong    = errors.New("nats: no other server was ready in time to migrate to")
	ErrEndedMeanwhile = errors.New("nats: the connection ended before it had migrated")
	ErrForced         = errors.New("nats: a forced reconnect came before the migration was done")
	ErrClosed         = errors.New("nats: the connection was closed before it had migrated")
	ErrStopped        = errors.New("nats: the migration was stopped")
	// ErrLameDuck and ErrNotInTime are told of the attempt alone.
	ErrLameDuck  = errors.New("nats: the server is a lame duck, too")
	ErrNotInTime = errors.New("nats: the server didn't prove in time that it can take over")
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

// tookTooLong is why a move is given up at its end, with what came in its way.
func tookTooLong(last error) error {
	if last == nil {
		return ErrMoveTooLong
	}
	return fmt.Errorf("%w: last attempt: %w", ErrMoveTooLong, last)
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

package micro

import (
	"errors"
	"fmt"
)

// What a handler's answer can fail with.
var (
	// ErrRespond says that an answer could not be sent; the reason is wrapped, too.
	ErrRespond = errors.New("NATS error when sending response")
	// ErrMarshalResponse says that a value can't be written as JSON.
	ErrMarshalResponse = errors.New("marshaling response")
	// ErrArgRequired says that an error response lacks its code or description.
	ErrArgRequired = errors.New("argument required")
)

// What a service can be refused for.
var (
	// ErrConfigValidation says that a name, version, subject, queue group or limit
	// can't be used, and which.
	ErrConfigValidation = errors.New("validation")
	// ErrVerbNotSupported says that a [Verb] is none of PING, STATS and INFO.
	ErrVerbNotSupported = errors.New("unsupported verb")
	// ErrServiceNameRequired says that a control subject has an ID without a name.
	ErrServiceNameRequired = errors.New("service name is required to generate ID control subject")
	// ErrServiceStopped says that an endpoint can't be added any more: the service
	// was stopped, or its connection closed. It is not in nats.go.
	ErrServiceStopped = errors.New("service is stopped")
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrConfigValidation, fmt.Sprintf(format, args...))
}

// NATSError is what [Config.ErrorHandler] is told: an error that belongs to one of
// the service's subscriptions, an endpoint's or one of those that make it
// found. [errors.Is] finds the cause in it, such as nats.ErrSlowConsumer.
type NATSError struct {
	// Subject is the subject of the subscription.
	Subject string
	// Description is the text of the error.
	Description string

	err error
}

// Error is the quoted subject and the description.
func (e *NATSError) Error() string { return fmt.Sprintf("%q: %s", e.Subject, e.Description) }

// Unwrap returns the cause, or nil for an error that was made without one.
func (e *NATSError) Unwrap() error { return e.err }

// Is says whether target is a NATSError with the same subject and description.
func (e *NATSError) Is(target error) bool {
	t, ok := target.(*NATSError)
	if !ok || e == nil || t == nil {
		return ok && e == t
	}
	return e.Subject == t.Subject && e.Description == t.Description
}

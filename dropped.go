package nats

import "fmt"

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

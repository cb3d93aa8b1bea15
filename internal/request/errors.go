package request

// Fault is why a request has no answer.
type Fault uint8

const (
	OutOfTime Fault = iota // none came in time
	Closed                 // the connection was closed
)

func (f Fault) Error() string {
	if f == Closed {
		return "the connection is closed"
	}
	return "no answer in time"
}

// LostError says that the link to a server has ended with the request on its way.
type LostError struct{ Server string }

func (e *LostError) Error() string { return "the link to " + e.Server + " ended before the answer" }

// AgainError says that the link has ended with the request on its way, and why it could
// not be sent again. It was sent before, so nobody knows what became of it.
type AgainError struct {
	Subject string
	Why     error
}

func (e *AgainError) Error() string { return "the request could not be sent again: " + e.Why.Error() }

func (e *AgainError) Unwrap() error { return e.Why }

// PoisonError says that links end over the request.
type PoisonError struct{ Subject string }

func (e *PoisonError) Error() string { return "links end over the request to " + e.Subject }

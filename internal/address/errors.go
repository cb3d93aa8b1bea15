package address

import "fmt"

// Fault says in what way a URL is no server's.
type Fault int

const (
	// Malformed can't be parsed. Nothing can be made of the list that it stands in.
	Malformed Fault = iota
	// Unusable is what no server can have, which costs the others of its list
	// nothing.
	Unusable
	// BadPort is unusable, since it has a port that doesn't exist.
	BadPort
)

// Error says what is wrong with a server URL. It shows no credentials.
type Error struct {
	Fault Fault
	Shown string // the URL, for people
	Why   string
	Port  string // of a BadPort
}

func (e *Error) Error() string { return fmt.Sprintf("invalid server URL %q: %s", e.Shown, e.Why) }

// MixedError says that a list has WebSocket servers and others. Both are for people.
type MixedError struct{ First, Second string }

func (e *MixedError) Error() string {
	return fmt.Sprintf("mixed WebSocket and other server URLs: %s and %s", e.First, e.Second)
}

func malformed(raw, why string) *Error {
	return &Error{Fault: Malformed, Shown: redactText(raw), Why: why}
}

func unusable(raw, why string) *Error {
	return &Error{Fault: Unusable, Shown: redactText(raw), Why: why}
}

func badPort(raw, port string) *Error {
	return &Error{Fault: BadPort, Shown: redactText(raw), Why: "its port is not between 1 and 65535", Port: port}
}

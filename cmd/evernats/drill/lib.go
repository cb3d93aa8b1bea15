package drill

import (
	"time"
)

// lib is one of the libraries whose programs are tried.
type lib struct {
	name    string
	connect func(t *Target, p profile, d *dialer, h handlers) (client, error)
}

var (
	ours   = lib{"evernats", connectEvernats}
	theirs = lib{"nats.go", connectNatsGo}
)

// client is what both can do, as thin as possible.
type client interface {
	publish(subject string, data []byte) error
	subscribe(subject, queue string, each func(data []byte)) error
	request(subject string, data []byte, timeout time.Duration) error
	flush(timeout time.Duration) error
	close()
}

// handlers are told what a client tells its program.
type handlers struct {
	disconnected func(err error)
	reconnected  func()
	closed       func()
	inDoubt      func(msgs uint64)
}

// profile is a set of the client's options.
type profile string

// The profiles.
const (
	plain       profile = "default"
	resilient   profile = "resilient"
	atLeastOnce profile = "atleastonce"
)

// What nats.go is given where evernats has Resilient: its own options that come nearest.
const (
	nearestWait        = 100 * time.Millisecond
	nearestJitter      = 250 * time.Millisecond
	nearestPing        = 5 * time.Second
	nearestOutstanding = 1
)

// says is a sentence about what a library was given.
func (p profile) says(l lib) string {
	switch {
	case p == plain:
		return "its defaults"
	case l.name == ours.name && p == resilient:
		return "Resilient()"
	case l.name == ours.name:
		return "Resilient(), AtLeastOnce()"
	}
	return "MaxReconnects(-1), IgnoreAuthErrorAbort(), RetryOnFailedConnect(true), ReconnectWait(100ms), ReconnectJitter(250ms), PingInterval(5s), MaxPingsOutstanding(1)"
}

// dialTimeout is both libraries' default Timeout.
const dialTimeout = 2 * time.Second

const (
	programName = "evernats drill"
	witnessName = "evernats drill, witness"
)

// Package eventlog says how the events of a connection read: the names of their kinds,
// sentences, and the attributes and levels of a log.
package eventlog

import "time"

// Kind says what an event is about.
type Kind uint8

// The kinds, as package nats has and explains them.
const (
	AttemptStarted Kind = iota + 1
	AttemptFailed
	AttemptSucceeded
	AttemptCancelled
	ConnectFailed
	Connected
	Disconnected
	Reconnected
	ServersDiscovered
	ServersGone
	LameDuck
	Migrated
	MigrationFailed
	SlowConsumer
	ConsumerRecovered
	PermissionDenied
	Stale
	BufferHigh
	BufferFull
	BufferNormal
	MessagesDropped
	Error
	Draining
	Drained
	Closed
	Lost
)

var names = [...]string{
	AttemptStarted:    "attempt.started",
	AttemptFailed:     "attempt.failed",
	AttemptSucceeded:  "attempt.succeeded",
	AttemptCancelled:  "attempt.cancelled",
	ConnectFailed:     "connect.failed",
	Connected:         "connected",
	Disconnected:      "disconnected",
	Reconnected:       "reconnected",
	ServersDiscovered: "servers.discovered",
	ServersGone:       "servers.gone",
	LameDuck:          "server.lame_duck",
	Migrated:          "migrated",
	MigrationFailed:   "migration.failed",
	SlowConsumer:      "consumer.slow",
	ConsumerRecovered: "consumer.recovered",
	PermissionDenied:  "permission.denied",
	Stale:             "server.stale",
	BufferHigh:        "buffer.high",
	BufferFull:        "buffer.full",
	BufferNormal:      "buffer.normal",
	MessagesDropped:   "messages.dropped",
	Error:             "error",
	Draining:          "draining",
	Drained:           "drained",
	Closed:            "closed",
	Lost:              "events.lost",
}

// String is the kind's name.
func (k Kind) String() string {
	if int(k) < len(names) && names[k] != "" {
		return names[k]
	}
	return "unknown"
}

// Event is an event as it is shown. The fields are those of package nats.
type Event struct {
	Kind    Kind
	Epoch   uint64
	Server  string
	From    string
	Servers []string

	Attempt   int
	Attempts  int
	Phase     string
	Err       error
	Duration  time.Duration
	NextDelay time.Duration

	QueuedMsgs   uint64
	QueuedBytes  uint64
	InDoubtMsgs  uint64
	InDoubtBytes uint64
	Limit        int

	Resubscribed int
	Replayed     uint64
	Dropped      uint64
	DroppedBytes uint64
	Unhandled    int

	GapFrom          time.Time
	GapSubscriptions int

	Subject string
	Queue   string
	Count   int
}

package jetstream

import (
	"slices"
	"time"
)

// PullConsumeOpt is an option of Consumer.Consume. Values that can't be, or not
// together, give [ErrInvalidOption].
type PullConsumeOpt interface{ configureConsume(*pullOptions) error }

// PullMessagesOpt is an option of Consumer.Messages. Values that can't be, or not
// together, give [ErrInvalidOption].
type PullMessagesOpt interface{ configureMessages(*pullOptions) error }

// pullOptions are what Consume and Messages are given.
type pullOptions struct {
	messages, bytes       int // 0: not said
	both                  bool
	lowMessages, lowBytes int
	expires, heartbeat    time.Duration
	stopAfter             int
	errHandler            ConsumeErrHandler
	group                 pullGroup
	heartbeatErr          bool
	held                  bool // until the program wants the first
}

// pullGroup is what a pull says of priorities.
type pullGroup struct {
	name       string
	minPending int64
	minAck     int64
	priority   uint8
}

// check says whether a consumer with that configuration serves the group. A Fetch asks the
// server.
func (g *pullGroup) check(cfg *ConsumerConfig) error {
	switch {
	case len(cfg.PriorityGroups) == 0 && g.name == "":
		return nil
	case len(cfg.PriorityGroups) == 0:
		return invalid("priority group is not supported for this consumer")
	case g.name == "":
		return invalid("priority group is required for priority consumer")
	case !slices.Contains(cfg.PriorityGroups, g.name):
		return invalid("invalid priority group")
	}
	return nil
}

// PullExpiry is how long a pull waits at the server: 1 s at least, 30 s by default.
type PullExpiry time.Duration

// PullHeartbeat is how often the server says that a pull still waits: 500 ms to 30 s,
// and no more than half of [PullExpiry]. When two are missed the messages are asked
// for anew, and [ErrNoHeartbeat] is reported. By default it is half of the expiry, 5 s
// at most.
type PullHeartbeat time.Duration

// PullMaxMessages is how many messages are asked for ahead, 500 by default: those that
// are on their way and those that wait to be handled. It excludes [PullMaxBytes].
type PullMaxMessages int

// PullMaxBytes is the same in bytes, subjects and headers included; by default there
// is no such bound. A message that is larger can't be delivered, which is reported as
// [ErrMaxBytesExceeded]. It excludes [PullMaxMessages].
type PullMaxBytes int

// PullThresholdMessages is below how many messages, of those that are on their way or
// wait, more is asked for. By default it is half of [PullMaxMessages], rounded up.
type PullThresholdMessages int

// PullThresholdBytes is the same for [PullMaxBytes].
type PullThresholdBytes int

// PullPriorityGroup is the priority group that the client belongs to, for consumers
// with a [PriorityPolicy]: those have to be told one of theirs, by Consume and Messages, and
// others none, or [ErrInvalidOption] is the answer.
type PullPriorityGroup string

// PullMinPending lets the client be served only when the consumer has so many messages
// to deliver, with PriorityPolicyOverflow.
type PullMinPending int

// PullMinAckPending lets the client be served only when so many messages are
// unacknowledged, with PriorityPolicyOverflow.
type PullMinAckPending int

// PullPrioritized is the client's priority, 0 (first) to 9, with
// PriorityPolicyPrioritized.
type PullPrioritized uint8

// StopAfter ends Consume or Messages after so many messages, which must be positive: Next
// then returns [ErrMsgIteratorClosed].
type StopAfter int

// ConsumeErrHandler is called with what goes wrong while messages are consumed, on the
// goroutine of the handler: what is over soon ([ErrNoHeartbeat],
// [ErrConsumerLeadershipChanged], [ErrServerShutdown], [nats.ErrNoResponders] …) as
// well as what ends it ([ErrConsumerDeleted], [ErrBadRequest], [ErrConnectionClosed]).
// In the first case there is nothing to do: consuming goes on.
type ConsumeErrHandler ConsumeErrHandlerFunc

// ConsumeErrHandlerFunc is what [ConsumeErrHandler] is made of.
type ConsumeErrHandlerFunc func(consumeCtx ConsumeContext, err error)

type pullMaxMessagesWithBytesLimit struct{ messages, bytes int }

// PullMaxMessagesWithBytesLimit is [PullMaxMessages] with a bound of the bytes that one
// request asks for, as little as one message may be of that.
func PullMaxMessagesWithBytesLimit(maxMessages int, byteLimit int) pullMaxMessagesWithBytesLimit {
	return pullMaxMessagesWithBytesLimit{maxMessages, byteLimit}
}

type messagesOpt func(*pullOptions) error

func (f messagesOpt) configureMessages(o *pullOptions) error { return f(o) }

// WithMessagesErrOnMissingHeartbeat says whether Next returns [ErrNoHeartbeat] when
// heartbeats are missed; it does by default. The iterator goes on either way.
func WithMessagesErrOnMissingHeartbeat(hbErr bool) PullMessagesOpt {
	return messagesOpt(func(o *pullOptions) error {
		o.heartbeatErr = hbErr
		return nil
	})
}

func (x PullExpiry) set(o *pullOptions) error {
	if time.Duration(x) < time.Second {
		return invalid("an expiry of %v is less than 1s", time.Duration(x))
	}
	o.expires = time.Duration(x)
	return nil
}

func (x PullHeartbeat) set(o *pullOptions) error {
	if d := time.Duration(x); d < 500*time.Millisecond || d > 30*time.Second {
		return invalid("a heartbeat of %v is not from 500ms to 30s", d)
	}
	o.heartbeat = time.Duration(x)
	return nil
}

func (x PullMaxMessages) set(o *pullOptions) error {
	return positive(&o.messages, int(x), "maximum of messages")
}
func (x PullMaxBytes) set(o *pullOptions) error {
	return positive(&o.bytes, int(x), "maximum of bytes")
}
func (x StopAfter) set(o *pullOptions) error {
	return positive(&o.stopAfter, int(x), "number to stop after")
}

func (x PullThresholdMessages) set(o *pullOptions) error {
	return positive(&o.lowMessages, int(x), "threshold of messages")
}

func (x PullThresholdBytes) set(o *pullOptions) error {
	return positive(&o.lowBytes, int(x), "threshold of bytes")
}

func (x pullMaxMessagesWithBytesLimit) set(o *pullOptions) error {
	o.both = true
	if err := positive(&o.messages, x.messages, "maximum of messages"); err != nil {
		return err
	}
	return positive(&o.bytes, x.bytes, "maximum of bytes")
}

func positive(to *int, n int, what string) error {
	if n <= 0 {
		return invalid("a %s of %d is not positive", what, n)
	}
	*to = n
	return nil
}

func (x PullPriorityGroup) set(o *pullOptions) error {
	o.group.name = string(x)
	return nil
}

func (x PullMinPending) set(o *pullOptions) error {
	if x < 1 {
		return invalid("a minimum of %d pending messages is not positive", x)
	}
	o.group.minPending = int64(x)
	return nil
}

func (x PullMinAckPending) set(o *pullOptions) error {
	if x < 1 {
		return invalid("a minimum of %d unacknowledged messages is not positive", x)
	}
	o.group.minAck = int64(x)
	return nil
}

func (x PullPrioritized) set(o *pullOptions) error {
	o.group.priority = uint8(x)
	return nil
}

func (x ConsumeErrHandler) configureConsume(o *pullOptions) error {
	o.errHandler = x
	return nil
}

func (x StopAfter) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x StopAfter) configureMessages(o *pullOptions) error { return x.set(o) }

// finish fills in the defaults and checks what depends on one another.
func (o *pullOptions) finish() error {
	if o.messages > 0 && o.bytes > 0 && !o.both {
		return invalid("both a maximum of messages and one of bytes; PullMaxMessagesWithBytesLimit takes both")
	}
	if o.expires == 0 {
		o.expires = DefaultExpires
	}
	if o.heartbeat == 0 {
		o.heartbeat = min(o.expires/2, defaultHeartbeat)
	}
	if o.heartbeat > o.expires/2 {
		return invalid("a heartbeat of %v is more than half of the expiry of %v", o.heartbeat, o.expires)
	}
	if o.messages == 0 {
		o.messages = DefaultMaxMessages
		if o.bytes > 0 {
			o.messages = manyMessages
		}
	}
	if o.lowMessages == 0 {
		o.lowMessages = (o.messages + 1) / 2
	}
	if o.lowBytes == 0 {
		o.lowBytes = (o.bytes + 1) / 2
	}
	if o.lowMessages > o.messages {
		return invalid("a threshold of %d messages is more than their maximum of %d", o.lowMessages, o.messages)
	}
	if o.lowBytes > o.bytes {
		return invalid("a threshold of %d bytes is more than their maximum of %d", o.lowBytes, o.bytes)
	}
	return nil
}

const (
	defaultHeartbeat = 5 * time.Second
	// manyMessages is how many a pull asks for that is bounded by its bytes.
	manyMessages = 1_000_000
)

func (x PullExpiry) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullExpiry) configureMessages(o *pullOptions) error { return x.set(o) }

func (x PullHeartbeat) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullHeartbeat) configureMessages(o *pullOptions) error { return x.set(o) }

func (x PullMaxMessages) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullMaxMessages) configureMessages(o *pullOptions) error { return x.set(o) }

func (x PullMaxBytes) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullMaxBytes) configureMessages(o *pullOptions) error { return x.set(o) }

func (x PullThresholdMessages) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullThresholdMessages) configureMessages(o *pullOptions) error { return x.set(o) }

func (x PullThresholdBytes) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullThresholdBytes) configureMessages(o *pullOptions) error { return x.set(o) }

func (x pullMaxMessagesWithBytesLimit) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x pullMaxMessagesWithBytesLimit) configureMessages(o *pullOptions) error { return x.set(o) }

func (x PullPriorityGroup) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullPriorityGroup) configureMessages(o *pullOptions) error { return x.set(o) }

func (x PullMinPending) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullMinPending) configureMessages(o *pullOptions) error { return x.set(o) }

func (x PullMinAckPending) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullMinAckPending) configureMessages(o *pullOptions) error { return x.set(o) }

func (x PullPrioritized) configureConsume(o *pullOptions) error  { return x.set(o) }
func (x PullPrioritized) configureMessages(o *pullOptions) error { return x.set(o) }

package nats

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// Headers with a meaning to a stream. Most have a [PubOpt] that sets them.
const (
	// MsgIdHdr identifies a message: a second one with the same id within the stream's
	// duplicate window is not stored again. See [MsgId].
	MsgIdHdr = "Nats-Msg-Id"
	// ExpectedStreamHdr names the stream that must be the one to store it.
	ExpectedStreamHdr = "Nats-Expected-Stream"
	// ExpectedLastSeqHdr is the sequence number that must be the stream's last.
	ExpectedLastSeqHdr = "Nats-Expected-Last-Sequence"
	// ExpectedLastSubjSeqHdr is the one that must be the subject's last.
	ExpectedLastSubjSeqHdr = "Nats-Expected-Last-Subject-Sequence"
	// ExpectedLastMsgIdHdr is the message id that must be the stream's last.
	ExpectedLastMsgIdHdr = "Nats-Expected-Last-Msg-Id"
	// MsgTTLHdr is how long the message is kept. See [MsgTTL].
	MsgTTLHdr = "Nats-TTL"
	// MsgRollup removes what was there before: [MsgRollupSubject] or [MsgRollupAll].
	MsgRollup = "Nats-Rollup"
)

// Headers that servers set, on messages that were republished or read directly.
const (
	// JSStream is the stream that the message is from.
	JSStream = "Nats-Stream"
	// JSSequence is its sequence number there.
	JSSequence = "Nats-Sequence"
	// JSTimeStamp is when it was stored, as RFC 3339 has it.
	JSTimeStamp = "Nats-Time-Stamp"
	// JSSubject is the subject that it was published to.
	JSSubject = "Nats-Subject"
	// JSLastSequence is the number of the message before it on the same subject.
	JSLastSequence = "Nats-Last-Sequence"
	// MsgSize is the size of a message whose payload was left away, see [HeadersOnly].
	MsgSize = "Nats-Msg-Size"
)

// Values of [MsgRollup].
const (
	// MsgRollupSubject removes all earlier messages on the subject.
	MsgRollupSubject = "sub"
	// MsgRollupAll removes all earlier messages of the stream.
	MsgRollupAll = "all"
)

// Defaults of publishing.
const (
	// DefaultPubRetryWait is how long a publish waits before it tries again when no stream
	// answered.
	DefaultPubRetryWait = 250 * time.Millisecond
	// DefaultPubRetryAttempts is how often it tries again, at least.
	DefaultPubRetryAttempts = 2
)

// PubOpt is an option of the Publish methods of [JetStream].
type PubOpt interface {
	configurePublish(opts *jsPubOpts) error
}

type jsPubOptFn func(opts *jsPubOpts) error

func (f jsPubOptFn) configurePublish(o *jsPubOpts) error { return f(o) }

type jsPubOpts struct {
	header   Header // to be set; nil: none
	ctx      context.Context
	ttl      time.Duration
	attempts int
	tries    bool // the program has set the attempts
	exactly  bool // it has bounded them
	wait     time.Duration
	stall    time.Duration
	stallSet bool
}

const jsDefaultStall = 200 * time.Millisecond

func jsPublishOptions(opts []PubOpt) (jsPubOpts, error) {
	o := jsPubOpts{attempts: DefaultPubRetryAttempts, wait: DefaultPubRetryWait, stall: jsDefaultStall}
	for _, opt := range opts {
		if err := opt.configurePublish(&o); err != nil {
			return o, err
		}
	}
	if o.ctx != nil && o.ttl != 0 {
		return o, ErrContextAndTimeout
	}
	return o, nil
}

func jsSetting(key, value string) PubOpt {
	return jsPubOptFn(func(o *jsPubOpts) error {
		if o.header == nil {
			o.header = Header{}
		}
		o.header.Set(key, value)
		return nil
	})
}

// MsgId gives the message an id: the stream stores a second message with the same id not
// again, as long as it remembers it (2 minutes by default, see [StreamConfig].Duplicates).
// That makes it safe to send a message again, which the client then does after a lost
// connection.
func MsgId(id string) PubOpt { return jsSetting(MsgIdHdr, id) }

// MsgTTL removes the message from the stream after that time, which the stream has to
// allow, see [StreamConfig].AllowMsgTTL.
func MsgTTL(dur time.Duration) PubOpt { return jsSetting(MsgTTLHdr, dur.String()) }

// ExpectStream refuses the message unless that is the stream that stores it.
func ExpectStream(stream string) PubOpt { return jsSetting(ExpectedStreamHdr, stream) }

// ExpectLastSequence refuses the message unless the stream's last has that sequence
// number. The error is an [APIError] with JSErrCodeStreamWrongLastSequence.
func ExpectLastSequence(seq uint64) PubOpt {
	return jsSetting(ExpectedLastSeqHdr, strconv.FormatUint(seq, 10))
}

// ExpectLastSequencePerSubject is the same with the last message on the message's own
// subject; 0 says that there must be none.
func ExpectLastSequencePerSubject(seq uint64) PubOpt {
	return jsSetting(ExpectedLastSubjSeqHdr, strconv.FormatUint(seq, 10))
}

// ExpectLastMsgId refuses the message unless the stream's last has that id.
func ExpectLastMsgId(id string) PubOpt { return jsSetting(ExpectedLastMsgIdHdr, id) }

// RetryAttempts is how often a publish tries again when no stream answers; a negative
// number is no bound, and [ErrInvalidArg] for PublishAsync. Without it the client tries twice,
// not at all if it is asynchronous, and then finds out whether there is
// a stream for the subject: if there is, as in the election of a new leader, it goes on
// until the call's time is over, or for a minute if it is asynchronous.
func RetryAttempts(num int) PubOpt {
	return jsPubOptFn(func(o *jsPubOpts) error {
		o.attempts, o.tries, o.exactly = num, true, num >= 0
		return nil
	})
}

// RetryWait is the time between two attempts; 250 ms by default. Less than a millisecond
// is one.
func RetryWait(dur time.Duration) PubOpt {
	return jsPubOptFn(func(o *jsPubOpts) error {
		o.wait = max(dur, time.Millisecond)
		return nil
	})
}

// StallWait is how long PublishAsync waits when as many messages as may be are
// unacknowledged, before it returns [ErrTooManyStalledMsgs]; 200 ms by default. It must be
// positive, and is for PublishAsync alone.
func StallWait(ttl time.Duration) PubOpt {
	return jsPubOptFn(func(o *jsPubOpts) error {
		if ttl <= 0 {
			return errors.New("nats: stall wait should be more than 0")
		}
		o.stall, o.stallSet = ttl, true
		return nil
	})
}

func (d AckWait) configurePublish(o *jsPubOpts) error {
	o.ttl = time.Duration(d)
	return nil
}

func (ctx ContextOpt) configurePublish(o *jsPubOpts) error {
	o.ctx = ctx
	return nil
}

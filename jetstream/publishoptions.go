package jetstream

import (
	"strconv"
	"time"

	"github.com/evernats/nats"
)

// PublishOpt is an option of the Publish methods. Most set a header of the message, of
// the caller's own message in PublishMsg and PublishMsgAsync.
type PublishOpt func(*pubOpts) error

type pubOpts struct {
	header nats.Header // to be set; nil: none
	// attempts is how often to try again when no stream answers; exactly says that the
	// program set it.
	attempts int
	exactly  bool
	wait     time.Duration
	stall    time.Duration
	stallSet bool
}

func (o *pubOpts) set(key, value string) {
	if o.header == nil {
		o.header = nats.Header{}
	}
	o.header.Set(key, value)
}

// setting makes an option that sets a header.
func setting(key, value string) PublishOpt {
	return func(o *pubOpts) error {
		o.set(key, value)
		return nil
	}
}

// WithMsgID gives the message an id: the stream stores a second message with the same
// id not again, as long as it remembers it (2 minutes by default, see
// [StreamConfig].Duplicates). That makes it safe to send a message again, which the
// client then does after a lost connection.
func WithMsgID(id string) PublishOpt { return setting(MsgIDHeader, id) }

// WithMsgTTL removes the message from the stream after that time, which the stream has
// to allow, see [StreamConfig].AllowMsgTTL.
func WithMsgTTL(dur time.Duration) PublishOpt { return setting(MsgTTLHeader, dur.String()) }

// WithExpectStream refuses the message unless that is the stream that stores it.
func WithExpectStream(stream string) PublishOpt { return setting(ExpectedStreamHeader, stream) }

// WithExpectLastSequence refuses the message unless the stream's last has that
// sequence number. The error is an [APIError] with JSErrCodeStreamWrongLastSequence.
func WithExpectLastSequence(seq uint64) PublishOpt {
	return setting(ExpectedLastSeqHeader, strconv.FormatUint(seq, 10))
}

// WithExpectLastSequencePerSubject is the same with the last message on the message's
// own subject; 0 says that there must be none.
func WithExpectLastSequencePerSubject(seq uint64) PublishOpt {
	return setting(ExpectedLastSubjSeqHeader, strconv.FormatUint(seq, 10))
}

// WithExpectLastSequenceForSubject is the same with the last message on subject, which
// may have wildcards.
func WithExpectLastSequenceForSubject(seq uint64, subject string) PublishOpt {
	return func(o *pubOpts) error {
		if subject == "" {
			return invalid("the subject whose last sequence number is expected is empty")
		}
		o.set(ExpectedLastSubjSeqHeader, strconv.FormatUint(seq, 10))
		o.set(ExpectedLastSubjSeqSubjHeader, subject)
		return nil
	}
}

// WithExpectLastMsgID refuses the message unless the stream's last has that id.
func WithExpectLastMsgID(id string) PublishOpt { return setting(ExpectedLastMsgIDHeader, id) }

// WithRetryAttempts is how often a publish tries again when no stream answers. Without
// it the client tries twice and then finds out whether there is a stream for the
// subject: if there is, as in the election of a new leader, it goes on until the
// context ends, or for a minute if it is asynchronous.
func WithRetryAttempts(num int) PublishOpt {
	return func(o *pubOpts) error {
		if num < 0 {
			return invalid("%d attempts are negative", num)
		}
		o.attempts, o.exactly = num, true
		return nil
	}
}

// WithRetryWait is the time between two attempts; 250 ms by default. It must be
// positive.
func WithRetryWait(dur time.Duration) PublishOpt {
	return func(o *pubOpts) error {
		if dur <= 0 {
			return invalid("a wait of %v is not positive", dur)
		}
		o.wait = dur
		return nil
	}
}

// WithStallWait is how long PublishAsync waits when as many messages as may be are
// unacknowledged, before it returns [ErrTooManyStalledMsgs]; 200 ms by default. It must
// be positive.
func WithStallWait(ttl time.Duration) PublishOpt {
	return func(o *pubOpts) error {
		if ttl <= 0 {
			return invalid("a stall wait of %v is not positive", ttl)
		}
		o.stall, o.stallSet = ttl, true
		return nil
	}
}

// WithScheduleAt lets the stream publish the message at that time, to the subject of
// [WithScheduleTarget]. As for all schedules the stream has to allow them, see
// [StreamConfig].AllowMsgSchedules.
func WithScheduleAt(t time.Time) PublishOpt {
	return setting(ScheduleHeader, "@at "+t.UTC().Format(time.RFC3339Nano))
}

// WithScheduleEvery lets it publish the message again and again, 1 s apart at least.
func WithScheduleEvery(d time.Duration) PublishOpt {
	return func(o *pubOpts) error {
		if d < time.Second {
			return invalid("an interval of %v is less than 1s", d)
		}
		o.set(ScheduleHeader, "@every "+d.String())
		return nil
	}
}

// WithScheduleCron lets it publish the message by a cron expression of six fields,
// seconds first, or by one with a name, such as [ScheduleHourly].
func WithScheduleCron(expr string) PublishOpt {
	return func(o *pubOpts) error {
		if expr == "" {
			return invalid("the cron expression is empty")
		}
		o.set(ScheduleHeader, expr)
		return nil
	}
}

// WithScheduleTarget is the subject that a scheduled message is published to.
func WithScheduleTarget(subject string) PublishOpt {
	return nonEmpty(ScheduleTargetHeader, subject, "target")
}

// WithScheduleSource lets a schedule publish the last message on that subject.
func WithScheduleSource(subject string) PublishOpt {
	return nonEmpty(ScheduleSourceHeader, subject, "source")
}

// WithScheduleTimeZone is the time zone of a cron expression, such as Europe/Berlin.
func WithScheduleTimeZone(zone string) PublishOpt {
	return nonEmpty(ScheduleTimeZoneHeader, zone, "time zone")
}

func nonEmpty(key, value, what string) PublishOpt {
	return func(o *pubOpts) error {
		if value == "" {
			return invalid("the schedule's %s is empty", what)
		}
		o.set(key, value)
		return nil
	}
}

// WithScheduleTTL is how long what a schedule publishes is kept.
func WithScheduleTTL(d time.Duration) PublishOpt { return setting(ScheduleTTLHeader, d.String()) }

// WithScheduleTTLNever keeps what a schedule publishes for ever.
func WithScheduleTTLNever() PublishOpt { return setting(ScheduleTTLHeader, "never") }

// WithScheduleRollup lets what a schedule publishes replace what it published before.
func WithScheduleRollup() PublishOpt { return setting(ScheduleRollupHeader, MsgRollupSubject) }

// MsgAckHandler is called with each message that was published asynchronously and
// acknowledged; one after another, on a goroutine of its own.
type MsgAckHandler func(JetStream, *nats.Msg, *PubAck)

// MsgErrHandler is called with each message that was published asynchronously and
// ended with an error; one after another, on a goroutine of its own.
type MsgErrHandler func(JetStream, *nats.Msg, error)

// publisherOptions are those of asynchronous publishing.
type publisherOptions struct {
	maxPending int
	timeout    time.Duration
	onAck      MsgAckHandler
	onErr      MsgErrHandler
	failOnLoss bool
	replay     time.Duration
}

func publisherDefaults() publisherOptions {
	return publisherOptions{maxPending: 4000, replay: replayWindow}
}

// WithPublishAsyncMaxPending bounds how many messages may be unacknowledged at once;
// 4,000 by default. It must be positive.
func WithPublishAsyncMaxPending(max int) JetStreamOpt {
	return func(o *JetStreamOptions) error {
		if max < 1 {
			return invalid("a maximum of %d pending messages is not positive", max)
		}
		o.publisher.maxPending = max
		return nil
	}
}

// WithPublishAsyncTimeout ends a message that isn't acknowledged so long after it was
// published, whatever the reason, with [ErrAsyncPublishTimeout]. Without it, or with 0,
// one ends when nothing was heard of it for a minute on one connection; the time
// without a connection doesn't count.
func WithPublishAsyncTimeout(dur time.Duration) JetStreamOpt {
	return func(o *JetStreamOptions) error {
		if dur < 0 {
			return invalid("a timeout of %v is negative", dur)
		}
		o.publisher.timeout = dur
		return nil
	}
}

// WithPublishAsyncAckHandler sets a function that is called with each acknowledgement.
func WithPublishAsyncAckHandler(cb MsgAckHandler) JetStreamOpt {
	return func(o *JetStreamOptions) error {
		o.publisher.onAck = cb
		return nil
	}
}

// WithPublishAsyncErrHandler sets a function that is called with each message that
// failed.
func WithPublishAsyncErrHandler(cb MsgErrHandler) JetStreamOpt {
	return func(o *JetStreamOptions) error {
		o.publisher.onErr = cb
		return nil
	}
}

// WithPublishAsyncFailOnDisconnect ends all messages that are unacknowledged when the
// connection is lost with [nats.ErrDisconnected], those with an id and those that are
// still queued included, which then may be stored nonetheless. That is what nats.go
// does.
func WithPublishAsyncFailOnDisconnect() JetStreamOpt {
	return func(o *JetStreamOptions) error {
		o.publisher.failOnLoss = true
		return nil
	}
}

// WithPublishAsyncReplayWindow is for how long after it was first sent a message with
// an id may be sent again, by Publish, too. It must not be longer than the
// streams' duplicate windows, or a message may be stored twice. The default is 110 s,
// a little less than the default of streams; 0 or less sends none again.
func WithPublishAsyncReplayWindow(d time.Duration) JetStreamOpt {
	return func(o *JetStreamOptions) error {
		o.publisher.replay = d
		return nil
	}
}

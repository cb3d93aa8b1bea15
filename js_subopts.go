package nats

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// SubOpt is an option of the Subscribe methods of [JetStream]. Most say what a consumer is
// that is made; one that is there must be so already.
type SubOpt interface {
	configureSubscribe(opts *jsSubOpts) error
}

type jsSubOptFn func(opts *jsSubOpts) error

func (f jsSubOptFn) configureSubscribe(o *jsSubOpts) error { return f(o) }

type jsSubOpts struct {
	stream, consumer string
	bound            bool // the consumer must be there
	ordered          bool
	manual           bool
	set              jsPoliciesSet
	skipLookup       bool
	ctx              context.Context
	beginning        context.Context // in place of ctx, until Subscribe returns; nil: ctx
	cfg              ConsumerConfig
	plan             jsPlan       // of an ordered one
	closed           func(string) // called behind the last message
}

func (d AckWait) configureSubscribe(o *jsSubOpts) error {
	o.cfg.AckWait = time.Duration(d)
	return nil
}

func (ctx ContextOpt) configureSubscribe(o *jsSubOpts) error {
	o.ctx = ctx
	return nil
}

// Description is a text for people, for a consumer that is made.
func Description(description string) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.Description = description
		return nil
	})
}

// Durable names the consumer, which is found, or made and then stays when nobody uses it.
// One that the subscription has made is removed when it is unsubscribed or drained; make it
// with AddConsumer, or let it be bound with [Bind], to keep it.
func Durable(consumer string) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		if o.cfg.Durable != "" {
			return errors.New("nats: option Durable set more than once")
		}
		if o.consumer != "" && o.consumer != consumer {
			return fmt.Errorf("nats: duplicate consumer names (%s and %s)", o.consumer, consumer)
		}
		if jsBadName(consumer) || consumer == "" {
			return ErrInvalidConsumerName
		}
		o.cfg.Durable = consumer
		return nil
	})
}

// ConsumerName names the consumer, which is found or made, without making it durable.
func ConsumerName(name string) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.Name = name
		return nil
	})
}

// DeliverAll begins with the first message; the default.
func DeliverAll() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.DeliverPolicy, o.set.deliver = DeliverAllPolicy, true
		return nil
	})
}

// DeliverLast begins with the last message.
func DeliverLast() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.DeliverPolicy, o.set.deliver = DeliverLastPolicy, true
		return nil
	})
}

// DeliverLastPerSubject begins with the last message of each subject.
func DeliverLastPerSubject() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.DeliverPolicy, o.set.deliver = DeliverLastPerSubjectPolicy, true
		return nil
	})
}

// DeliverNew begins with what is stored after the consumer was made.
func DeliverNew() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.DeliverPolicy, o.set.deliver = DeliverNewPolicy, true
		return nil
	})
}

// StartSequence begins with that sequence number.
func StartSequence(seq uint64) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.DeliverPolicy, o.set.deliver, o.cfg.OptStartSeq = DeliverByStartSequencePolicy, true, seq
		return nil
	})
}

// StartTime begins at that time.
func StartTime(startTime time.Time) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.DeliverPolicy, o.set.deliver, o.cfg.OptStartTime = DeliverByStartTimePolicy, true, &startTime
		return nil
	})
}

// AckNone wants no acknowledgements: what was delivered is done with.
func AckNone() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.AckPolicy, o.set.ack = AckNonePolicy, true
		return nil
	})
}

// AckAll takes the acknowledgement of a message for all before it too.
func AckAll() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.AckPolicy, o.set.ack = AckAllPolicy, true
		return nil
	})
}

// AckExplicit wants each message acknowledged; the default.
func AckExplicit() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.AckPolicy, o.set.ack = AckExplicitPolicy, true
		return nil
	})
}

// ManualAck leaves it to the handler of Subscribe to acknowledge.
func ManualAck() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.manual = true
		return nil
	})
}

// MaxDeliver bounds how often a message is delivered; 0 or less: no bound.
func MaxDeliver(n int) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.MaxDeliver = n
		return nil
	})
}

// MaxAckPending bounds how many messages may be unacknowledged; 0 is the server's default, or
// the room of the channel, and -1 no bound.
func MaxAckPending(n int) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.MaxAckPending = n
		return nil
	})
}

// ReplayOriginal keeps the intervals in which messages were stored.
func ReplayOriginal() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.ReplayPolicy, o.set.replay = ReplayOriginalPolicy, true
		return nil
	})
}

// ReplayInstant sends as fast as it can; the default.
func ReplayInstant() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.ReplayPolicy, o.set.replay = ReplayInstantPolicy, true
		return nil
	})
}

// RateLimit bounds deliveries, in bits per second; 0: no bound.
func RateLimit(n uint64) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.RateLimit = n
		return nil
	})
}

// BackOff replaces [AckWait]: the wait after the first delivery, the second …; the last is used
// again and again.
func BackOff(backOff []time.Duration) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.BackOff = backOff
		return nil
	})
}

// BindStream names the stream, which then isn't looked for by its subject. Another name than
// an earlier option's is an error.
func BindStream(stream string) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		if o.stream != "" && o.stream != stream {
			return fmt.Errorf("nats: duplicate stream name (%s and %s)", o.stream, stream)
		}
		o.stream = stream
		return nil
	})
}

// Bind uses a consumer that is there, and never makes or removes one.
// [ErrConsumerNotFound] says that it isn't there. Both names must be given.
func Bind(stream, consumer string) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		switch {
		case stream == "":
			return ErrStreamNameRequired
		case consumer == "":
			return ErrConsumerNameRequired
		case o.stream != "" && o.stream != stream:
			// The same stream may be named twice.
			return fmt.Errorf("nats: duplicate stream name (%s and %s)", o.stream, stream)
		case o.cfg.Durable != "" && o.cfg.Durable != consumer:
			return fmt.Errorf("nats: duplicate consumer names (%s and %s)", o.cfg.Durable, consumer)
		}
		o.stream, o.consumer, o.bound = stream, consumer, true
		return nil
	})
}

// EnableFlowControl makes a push consumer wait for the program when it is slow. It needs
// [IdleHeartbeat].
func EnableFlowControl() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.FlowControl = true
		return nil
	})
}

// IdleHeartbeat is how often a push consumer says that it lives. When two are missed the error
// handler is told [ErrConsumerNotActive]. 0: never.
func IdleHeartbeat(duration time.Duration) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.Heartbeat = duration
		return nil
	})
}

// DeliverSubject is where a push consumer sends, in place of an inbox.
func DeliverSubject(subject string) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.DeliverSubject = subject
		return nil
	})
}

// HeadersOnly leaves the payload away; [MsgSize] says how large it was.
func HeadersOnly() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.HeadersOnly = true
		return nil
	})
}

// MaxRequestBatch bounds how many messages a pull may ask for; 0: no bound.
func MaxRequestBatch(max int) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.MaxRequestBatch = max
		return nil
	})
}

// MaxRequestExpires bounds how long a pull may wait; 0: no bound.
func MaxRequestExpires(max time.Duration) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.MaxRequestExpires = max
		return nil
	})
}

// MaxRequestMaxBytes bounds how many bytes a pull may ask for; 0: no bound.
func MaxRequestMaxBytes(bytes int) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.MaxRequestMaxBytes = bytes
		return nil
	})
}

// PullMaxWaiting bounds how many pulls may wait; 0 is 512.
func PullMaxWaiting(n int) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.MaxWaiting = n
		return nil
	})
}

// InactiveThreshold removes the consumer when nobody has used it for so long; 0 is the
// server's default. Negative is an error.
func InactiveThreshold(threshold time.Duration) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		if threshold < 0 {
			return fmt.Errorf("nats: invalid InactiveThreshold value (%v), needs to be greater or equal to 0", threshold)
		}
		o.cfg.InactiveThreshold = threshold
		return nil
	})
}

// ConsumerReplicas is on how many servers the consumer is; less than 1 is an error.
func ConsumerReplicas(replicas int) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		if replicas < 1 {
			return errors.New("nats: invalid ConsumerReplicas value, needs to be greater than 0")
		}
		o.cfg.Replicas = replicas
		return nil
	})
}

// ConsumerMemoryStorage keeps the consumer's state in memory.
func ConsumerMemoryStorage() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.MemoryStorage = true
		return nil
	})
}

// ConsumerFilterSubjects are several subjects in place of the subscription's, which is
// empty then. They need [BindStream].
func ConsumerFilterSubjects(subjects ...string) SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.FilterSubjects = subjects
		return nil
	})
}

// SkipConsumerLookup doesn't ask whether the consumer is there, for programs that may not. One
// that is named is made, or changed to what the options say if the server allows that; with
// [Bind] nothing is sent, and the options must say what it is: [DeliverSubject] of a push
// consumer, [AckNone] and the like.
func SkipConsumerLookup() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.skipLookup = true
		return nil
	})
}

// OrderedConsumer delivers the stream's messages once and in order, without
// acknowledgements. The consumer is made anew, behind the last message, when a message is
// missing, the connection was lost, or nothing is heard of it for two heartbeats: of 1 s, unless
// [IdleHeartbeat] says otherwise.
func OrderedConsumer() SubOpt {
	return jsSubOptFn(func(o *jsSubOpts) error {
		o.ordered = true
		return nil
	})
}

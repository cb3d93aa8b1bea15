package nats

import (
	"context"
	"strings"
	"time"

	"github.com/evernats/nats/internal/js/api"
)

// JetStreamContext is the way into a system's streams, for one connection. Make one with
// [Conn.JetStream]; it is safe for concurrent use and needs no closing.
type JetStreamContext interface {
	JetStream
	JetStreamManager
	KeyValueManager
	ObjectStoreManager
}

// JetStream publishes into streams and subscribes to consumers.
type JetStream interface {
	// Publish publishes a message and waits until a stream has acknowledged it: 5 s if
	// neither [AckWait] nor [Context] says otherwise, nor [MaxWait] of [Conn.JetStream]. While no stream answers it
	// tries again, see [RetryAttempts]. A message with an id is sent again too when the
	// connection is lost, or no answer comes for a while.
	//
	// Errors: [ErrNoStreamResponse], [ErrInvalidJSAck], [ErrTimeout], an [APIError] when the
	// stream refuses the message, the context's, and those of [Conn.Publish]. After
	// [ErrTimeout] and the context's the message may be stored: no answer came, or it is
	// still queued and goes out later. One that is [ErrInDoubt], too, says that an earlier copy,
	// whose answer was lost, may be stored. A copy that may be stored a second time, since the
	// first went out 110 s ago, isn't sent: that is [ErrNoStreamResponse] in doubt.
	Publish(subj string, data []byte, opts ...PubOpt) (*PubAck, error)
	// PublishMsg is Publish of a message with headers.
	PublishMsg(m *Msg, opts ...PubOpt) (*PubAck, error)
	// PublishAsync publishes a message and returns at once; the future says what becomes of
	// it. When as many messages as may be are unacknowledged it waits, see [StallWait] and
	// [ErrTooManyStalledMsgs]. The payload may be changed once it has returned.
	//
	// Messages are stored in the order in which they were published, but for one case: a
	// leader of the stream that goes may take some that are on their way, without an answer,
	// and the next leader take later ones before that shows. They are sent again if they
	// have ids, and end up behind those. Who can't have that has one on its way at a time,
	// see [PublishAsyncMaxPending].
	//
	// A server that leads the stream again, soon after it stepped down, may hold the id of a
	// message that it never stored, and refuses it until the stream's duplicate window is over:
	// two minutes by default. Newer messages that are stored show that it is so. Then the
	// message waits for its id, for three minutes at most, and ends up behind those; if it
	// ends before, its future says that it isn't stored. It is in doubt where two leaders took
	// copies of it without an answer, and after a minute where nothing newer is stored.
	PublishAsync(subj string, data []byte, opts ...PubOpt) (PubAckFuture, error)
	// PublishMsgAsync is PublishAsync of a message with headers, without a reply subject.
	PublishMsgAsync(m *Msg, opts ...PubOpt) (PubAckFuture, error)
	// PublishAsyncPending is how many messages are unacknowledged.
	PublishAsyncPending() int
	// PublishAsyncComplete is closed when none is.
	PublishAsyncComplete() <-chan struct{}
	// CleanupPublisher gives up all unacknowledged messages, with
	// [ErrJetStreamPublisherClosed], and the subscription for acknowledgements. The next
	// message makes a new one.
	CleanupPublisher()

	// Subscribe calls cb for each message of a consumer, which it finds or makes: a push
	// consumer of the stream that stores the subject, if options don't name another. What
	// cb has returned from is acknowledged, unless [ManualAck] or [AckNone] says otherwise.
	// A consumer that it made ends with the subscription.
	//
	// Errors: [ErrNoMatchingStream], [ErrConsumerNotFound], [ErrPullSubscribeRequired] and
	// [ErrSubjectMismatch] for a consumer that can't be used so; a text when a consumer
	// that is there has another configuration than what is asked for; those of [Conn.Subscribe] and of
	// [JetStreamManager].AddConsumer.
	Subscribe(subj string, cb MsgHandler, opts ...SubOpt) (*Subscription, error)
	// SubscribeSync is Subscribe for [Subscription.NextMsg]. Messages are acknowledged by
	// the program.
	SubscribeSync(subj string, opts ...SubOpt) (*Subscription, error)
	// ChanSubscribe is Subscribe for a channel. Messages are acknowledged by the program.
	ChanSubscribe(subj string, ch chan *Msg, opts ...SubOpt) (*Subscription, error)
	// ChanQueueSubscribe is ChanSubscribe as a member of a queue group.
	ChanQueueSubscribe(subj, queue string, ch chan *Msg, opts ...SubOpt) (*Subscription, error)
	// QueueSubscribe is Subscribe as a member of a queue group, whose consumer has the
	// group's name if options don't give it another.
	QueueSubscribe(subj, queue string, cb MsgHandler, opts ...SubOpt) (*Subscription, error)
	// QueueSubscribeSync is SubscribeSync as a member of a queue group.
	QueueSubscribeSync(subj, queue string, opts ...SubOpt) (*Subscription, error)
	// PullSubscribe makes a subscription for [Subscription.Fetch] and
	// [Subscription.FetchBatch], on a pull consumer that it finds or makes. An empty
	// durable makes one that ends with the subscription.
	PullSubscribe(subj, durable string, opts ...SubOpt) (*Subscription, error)
}

// JetStreamManager makes, changes, finds and removes streams and consumers.
//
// Its methods wait for 5 s if neither [Context] nor [MaxWait] says otherwise, then the
// error is the context's. Other errors of all: [ErrStreamNameRequired],
// [ErrInvalidStreamName], [ErrConsumerNameRequired] and [ErrInvalidConsumerName] for names
// that can't be, [ErrStreamNotFound], [ErrConsumerNotFound], [ErrJetStreamNotEnabled] or
// [ErrNoResponders] when nobody answers, and an [APIError] for whatever else a server has
// against it.
type JetStreamManager interface {
	// AddStream makes a stream. One that is there already with the same configuration is
	// fine; with another it is [ErrStreamNameAlreadyInUse].
	AddStream(cfg *StreamConfig, opts ...JSOpt) (*StreamInfo, error)
	// UpdateStream changes a stream's configuration.
	UpdateStream(cfg *StreamConfig, opts ...JSOpt) (*StreamInfo, error)
	// DeleteStream removes a stream with all that is in it.
	DeleteStream(name string, opts ...JSOpt) error
	// StreamInfo asks for a stream's configuration and state; a [StreamInfoRequest] is an
	// option.
	StreamInfo(stream string, opts ...JSOpt) (*StreamInfo, error)
	// PurgeStream removes messages, all if no [StreamPurgeRequest] says otherwise.
	PurgeStream(name string, opts ...JSOpt) error
	// StreamsInfo is Streams.
	//
	// Deprecated: use Streams.
	StreamsInfo(opts ...JSOpt) <-chan *StreamInfo
	// Streams gives all streams, or none when they can't be had as a whole. See
	// [StreamListFilter].
	Streams(opts ...JSOpt) <-chan *StreamInfo
	// StreamNames gives the names of all streams, or none when they can't be had as a whole.
	StreamNames(opts ...JSOpt) <-chan string
	// GetMsg reads the message with that sequence number; [ErrMsgNotFound] says that there
	// is none. See [DirectGet] and [DirectGetNext].
	GetMsg(name string, seq uint64, opts ...JSOpt) (*RawStreamMsg, error)
	// GetLastMsg reads the last message on the subject, which may have wildcards.
	GetLastMsg(name, subject string, opts ...JSOpt) (*RawStreamMsg, error)
	// DeleteMsg removes a message. Its bytes stay on the disk until they are written over in
	// the course of things.
	DeleteMsg(name string, seq uint64, opts ...JSOpt) error
	// SecureDeleteMsg removes a message and overwrites its bytes, which takes longer.
	SecureDeleteMsg(name string, seq uint64, opts ...JSOpt) error
	// AddConsumer makes a consumer. One that is there already with the same configuration
	// is fine; with another it is [ErrConsumerNameAlreadyInUse].
	AddConsumer(stream string, cfg *ConsumerConfig, opts ...JSOpt) (*ConsumerInfo, error)
	// UpdateConsumer changes a consumer's configuration, or makes the consumer.
	UpdateConsumer(stream string, cfg *ConsumerConfig, opts ...JSOpt) (*ConsumerInfo, error)
	// DeleteConsumer removes a consumer.
	DeleteConsumer(stream, consumer string, opts ...JSOpt) error
	// ConsumerInfo asks for a consumer's configuration and state.
	ConsumerInfo(stream, name string, opts ...JSOpt) (*ConsumerInfo, error)
	// ConsumersInfo is Consumers.
	//
	// Deprecated: use Consumers.
	ConsumersInfo(stream string, opts ...JSOpt) <-chan *ConsumerInfo
	// Consumers gives all consumers of a stream, or none when they can't be had as a whole.
	Consumers(stream string, opts ...JSOpt) <-chan *ConsumerInfo
	// ConsumerNames gives their names, or none when they can't be had as a whole.
	ConsumerNames(stream string, opts ...JSOpt) <-chan string
	// AccountInfo says how the account uses JetStream, and what it may use.
	AccountInfo(opts ...JSOpt) (*AccountInfo, error)
	// StreamNameBySubject names the stream that stores what is published to the subject;
	// [ErrNoMatchingStream] says that none does.
	StreamNameBySubject(string, ...JSOpt) (string, error)
}

// jsDefaultWait bounds what neither a context nor a time bounds.
const jsDefaultWait = 5 * time.Second

// jsContext is what Conn.JetStream makes.
type jsContext struct {
	nc   *Conn
	opts jsOpts
	born time.Time // zero of the machines' clocks
	pub  jsPublisher
}

// JetStream makes a way into the system's streams. It asks nobody; whether there is
// JetStream, the first call finds out.
//
// Options: [APIPrefix], [Domain], [MaxWait], [Context], [PublishAsyncMaxPending],
// [PublishAsyncErrHandler], [PublishAsyncTimeout], [PublishAsyncFailOnDisconnect], [DirectGet],
// [UseLegacyDurableConsumers], [ClientTrace]. Their errors are the only ones.
func (nc *Conn) JetStream(opts ...JSOpt) (JetStreamContext, error) {
	js := &jsContext{nc: nc, born: time.Now(), opts: jsOpts{api: api.DefaultPrefix, wait: jsDefaultWait, maxPending: jsMaxPending}}
	for _, opt := range opts {
		if err := opt.configureJSContext(&js.opts); err != nil {
			return nil, err
		}
	}
	js.pub.init(js)
	return js, nil
}

// now is the time of the machines.
func (js *jsContext) now() time.Duration { return time.Since(js.born) }

// call is the options of one call: those of the context, and the call's own.
func (js *jsContext) call(opts []JSOpt) (o jsOpts, cancel context.CancelFunc, err error) {
	o = js.opts
	o.ctx, o.wait = nil, 0
	for _, opt := range opts {
		if err := opt.configureJSContext(&o); err != nil {
			return o, nil, err
		}
	}
	if o.ctx != nil && o.wait != 0 {
		return o, nil, ErrContextAndTimeout
	}
	if o.wait == 0 && o.ctx == nil {
		o.ctx, o.wait = js.opts.ctx, js.opts.wait
	} else if o.wait == 0 {
		o.wait = js.opts.wait
	}
	parent := o.ctx
	if parent == nil {
		parent = context.Background()
	}
	if _, bounded := parent.Deadline(); bounded {
		o.ctx = parent
		return o, func() {}, nil
	}
	o.ctx, cancel = context.WithTimeout(parent, o.wait)
	return o, cancel, nil
}

// jsBadName says whether s can't be the name of a stream or a consumer that is made.
func jsBadName(s string) bool { return strings.ContainsAny(s, ">*. /\\") }

// jsBadToken says whether s can't be a token of a request's subject. What else can't be a
// name there is no stream or consumer of.
func jsBadToken(s string) bool { return strings.ContainsAny(s, ". ") }

func jsCheckStream(name string) error {
	if name == "" {
		return ErrStreamNameRequired
	}
	if jsBadToken(name) {
		return ErrInvalidStreamName
	}
	return nil
}

func jsCheckConsumer(name string) error {
	if name == "" {
		return ErrConsumerNameRequired
	}
	if jsBadToken(name) {
		return ErrInvalidConsumerName
	}
	return nil
}

func jsCheckBoth(stream, consumer string) error {
	if err := jsCheckStream(stream); err != nil {
		return err
	}
	return jsCheckConsumer(consumer)
}

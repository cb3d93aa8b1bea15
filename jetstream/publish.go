package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/window"
	"github.com/evernats/nats/internal/wire"
)

// Publisher publishes into streams.
type Publisher interface {
	// Publish publishes a message and waits until a stream has acknowledged it, at most
	// until the context is done, or for the default timeout. While no stream answers it
	// tries again, see [WithRetryAttempts]. A message with an id is sent again too when
	// the connection is lost, or no answer comes for a while.
	//
	// Errors: [ErrNoStreamResponse], [ErrInvalidJSAck], an [APIError] when the stream
	// refuses the message, the context's, and those of publishing. One that is
	// [nats.ErrInDoubt], too, says that the message was sent more than once, and that an
	// earlier copy, whose answer was lost, may be stored; after the context's it may be, too:
	// no answer came, or the message is still queued and goes out later. A copy that may be
	// stored a second time, since the first went out too long ago, isn't sent, see
	// [WithPublishAsyncReplayWindow]: that is [ErrNoStreamResponse] in doubt.
	Publish(ctx context.Context, subject string, payload []byte, opts ...PublishOpt) (*PubAck, error)
	// PublishMsg is Publish of a message with headers.
	PublishMsg(ctx context.Context, msg *nats.Msg, opts ...PublishOpt) (*PubAck, error)
	// PublishAsync publishes a message and returns at once; the future says what becomes
	// of it. When as many messages as may be are unacknowledged it waits, see
	// [WithStallWait] and [ErrTooManyStalledMsgs]. The payload may be changed once it
	// has returned.
	//
	// Messages are stored in the order in which they were published, but for one case: a
	// leader of the stream that goes may take some that are on their way, without an answer,
	// and the next leader take later ones before that shows. They are sent again if they
	// have ids, and end up behind those. Who can't have that waits for one future before the
	// next message, or has one on its way at a time, see [WithPublishAsyncMaxPending].
	//
	// A server that leads the stream again, soon after it stepped down, may hold the id of a
	// message that it never stored, and refuses it until the stream's duplicate window is over:
	// two minutes by default. Newer messages that are stored show that it is so. Then the
	// message waits for its id, for three minutes at most, and ends up behind those; if it
	// ends before, its future says that it isn't stored. It is in doubt where two leaders took
	// copies of it without an answer, and after a minute where nothing newer is stored.
	PublishAsync(subject string, payload []byte, opts ...PublishOpt) (PubAckFuture, error)
	// PublishMsgAsync is PublishAsync of a message with headers. Its reply subject must
	// be empty, or it is [ErrAsyncPublishReplySubjectSet].
	PublishMsgAsync(msg *nats.Msg, opts ...PublishOpt) (PubAckFuture, error)
	// PublishAsyncPending is how many messages are unacknowledged.
	PublishAsyncPending() int
	// PublishAsyncComplete is closed when none is.
	PublishAsyncComplete() <-chan struct{}
	// CleanupPublisher gives up all unacknowledged messages, with
	// [ErrJetStreamPublisherClosed], and the subscription for acknowledgements. The next
	// message makes a new one.
	CleanupPublisher()
}

// PubAck is a stream's acknowledgement of a message.
type PubAck struct {
	// Stream is the stream that stored it.
	Stream string `json:"stream"`
	// Sequence is its number there.
	Sequence uint64 `json:"seq"`
	// Duplicate says that it was there before, by its id; Sequence is the number of then.
	Duplicate bool `json:"duplicate,omitempty"`
	// Domain is the JetStream domain.
	Domain string `json:"domain,omitempty"`
	// Value is what a counter is after it.
	Value string `json:"val,omitempty"`
}

const (
	defaultStall = 200 * time.Millisecond
	replayWindow = 110 * time.Second
	// unknownStream is how long a publish waits for a stream of which nobody can say
	// whether it exists.
	unknownStream = 5 * time.Second
	// syncResend is after which silence a sync publish with an id is sent again.
	syncResend = 2 * time.Second
	// lookupTimeout bounds the question, lookupPause is until it is asked again in an
	// election.
	lookupTimeout = 2 * time.Second
	lookupPause   = 250 * time.Millisecond
)

var defaultPubOpts = pubOpts{attempts: DefaultPubRetryAttempts, wait: DefaultPubRetryWait, stall: defaultStall}

// pubOptsPool has what options are applied to, which would else be made for each message.
var pubOptsPool = sync.Pool{New: func() any { return new(pubOpts) }}

func publishOptions(opts []PublishOpt) (o pubOpts, err error) {
	if len(opts) == 0 {
		return defaultPubOpts, nil
	}
	p := pubOptsPool.Get().(*pubOpts)
	*p = defaultPubOpts
	for _, opt := range opts {
		if err = opt(p); err != nil {
			break
		}
	}
	o, *p = *p, pubOpts{}
	pubOptsPool.Put(p)
	return o, err
}

// encode sets the options' headers in the message, and returns all of them encoded.
func (o *pubOpts) encode(m *nats.Msg) (hdr []byte, err error) {
	if o.header != nil {
		if m.Header == nil {
			m.Header = o.header
		} else {
			for k, v := range o.header {
				m.Header[k] = v
			}
		}
	}
	if len(m.Header) == 0 {
		return nil, nil
	}
	if err := wire.CheckHeader(m.Header); err != nil {
		return nil, fmt.Errorf("%w: %w", nats.ErrBadHeaderMsg, err)
	}
	return wire.AppendHeader(nil, m.Header), nil
}

func pubAckOf(a *api.PubAck) *PubAck {
	return &PubAck{Stream: a.Stream, Sequence: a.Seq, Duplicate: a.Duplicate, Domain: a.Domain, Value: a.Value}
}

func (js *jetStream) Publish(ctx context.Context, subject string, payload []byte, opts ...PublishOpt) (*PubAck, error) {
	return js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: payload}, opts...)
}

func (js *jetStream) PublishMsg(ctx context.Context, m *nats.Msg, opts ...PublishOpt) (*PubAck, error) {
	if m == nil {
		return nil, nats.ErrInvalidMsg
	}
	o, err := publishOptions(opts)
	if err != nil {
		return nil, err
	}
	if o.stallSet {
		return nil, invalid("WithStallWait is for PublishAsync")
	}
	hdr, err := o.encode(m)
	if err != nil {
		return nil, err
	}
	ctx, cancel := js.withTimeout(ctx)
	defer cancel()
	replay := js.opts.publisher.replay
	p := syncPublish{js: js, o: &o, m: m, hdr: hdr, id: replay > 0 && m.Header.Get(MsgIDHeader) != "", replay: replay, begin: time.Now()}
	ack, err := p.run(ctx)
	var refused *APIError
	if p.again && errors.As(err, &refused) {
		err = doubtful(err, true)
	}
	return ack, err
}

// syncPublish is one Publish at work.
type syncPublish struct {
	js     *jetStream
	o      *pubOpts
	m      *nats.Msg
	hdr    []byte
	id     bool          // it may be sent again
	replay time.Duration // for so long
	again  bool          // it was, or may be, since no answer came
	begin  time.Time
	first  time.Time // when the first copy went out, at the earliest
}

func (p *syncPublish) run(ctx context.Context) (*PubAck, error) {
	for tries := 1; ; {
		if p.again && time.Since(p.first) >= p.replay {
			return nil, doubtful(ErrNoStreamResponse, true) // the stream may have forgotten it
		}
		answer, err := p.once(ctx)
		switch {
		case err == nil:
			ack, ok := api.ParsePubAck(answer.Data, "")
			if !ok {
				return nil, fmt.Errorf("%w: %q", ErrInvalidJSAck, head(answer.Data))
			}
			if ack.Err != nil && p.id && (ack.Err.ErrCode == api.CodeIdInProcess || p.again && api.Passing(ack.Err)) {
				// The first is on its way into the stream, or may be in it; what is asked again
				// is told.
				p.again = true
				select {
				case <-time.After(p.o.wait):
					continue
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			if ack.Err != nil {
				return nil, apiErrorOf(ack.Err)
			}
			return pubAckOf(&ack), nil
		case err == port.ErrSilent:
			continue // the stream, or its answer, was lost
		case !errors.Is(err, nats.ErrNoResponders):
			return nil, err
		}
		if tries > p.o.attempts && (p.o.exactly || !p.mayExist(ctx)) {
			return nil, doubtful(ErrNoStreamResponse, p.again)
		}
		tries++
		select {
		case <-time.After(p.o.wait):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", doubtful(ErrNoStreamResponse, p.again), ctx.Err())
		}
	}
}

// once sends the message. With an id it doesn't wait to the end of all patience, and no
// copy goes out when the stream may have forgotten one before it.
func (p *syncPublish) once(ctx context.Context) (*nats.Msg, error) {
	if !p.id {
		answer, again, err := p.js.port.RequestTold(ctx, p.m.Subject, p.hdr, p.m.Data, false)
		p.again = p.again || again
		return answer, err
	}
	c := port.Copy{Silence: min(syncResend, p.replay), Replay: p.replay}
	if at, ok := ctx.Deadline(); ok {
		c.Silence = min(max(time.Second, time.Until(at)/3), c.Silence)
	}
	if p.again {
		c.Earlier = p.first
		c.Silence = max(min(c.Silence, time.Until(p.first.Add(p.replay))), time.Millisecond)
	}
	answer, told, err := p.js.port.RequestCopy(ctx, p.m.Subject, p.hdr, p.m.Data, c)
	if !p.again {
		p.first = told.Since
	}
	p.again = p.again || told.Repeated || err == port.ErrSilent
	return answer, err
}

func (p *syncPublish) mayExist(ctx context.Context) bool {
	answer, err := p.js.lookUp(ctx, p.m.Subject)
	switch {
	case answer == window.Missing:
		return false
	case answer == window.Unknown && !electing(err) && !(p.id && p.again):
		return time.Since(p.begin) < unknownStream
	}
	return true // it is there, or may be
}

// electing says whether nobody could say whether a stream stores a subject since a
// cluster elects its leader: it is silent, or a server says so.
func electing(err error) bool {
	var refused *APIError
	if errors.As(err, &refused) {
		return api.Passing(&api.Error{Code: refused.Code, ErrCode: uint16(refused.ErrorCode)})
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// lookUpPatiently is lookUp for as long as an election may take, which is longer than a
// message waits for a stream that may not exist.
func (js *jetStream) lookUpPatiently(subject string) window.Answer {
	for end := js.now() + pubPatience; ; {
		answer, err := js.lookUp(context.Background(), subject)
		if answer != window.Unknown || !electing(err) || js.now() >= end {
			return answer
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			time.Sleep(lookupPause)
		}
	}
}

// lookUp finds out whether a stream stores a subject, and why that isn't known.
func (js *jetStream) lookUp(ctx context.Context, subject string) (window.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	_, err := js.StreamNameBySubject(ctx, subject)
	switch {
	case err == nil:
		return window.Exists, nil
	case err == ErrStreamNotFound:
		return window.Missing, nil
	}
	return window.Unknown, err
}

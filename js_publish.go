package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/window"
	"github.com/evernats/nats/internal/wire"
)

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
}

const (
	// jsUnknownStream is how long a publish waits for a stream of which nobody can say
	// whether it exists.
	jsUnknownStream = 5 * time.Second
	// jsSyncResend is after which silence a sync publish with an id is sent again.
	jsSyncResend = 2 * time.Second
	// jsLookupTimeout bounds the question, jsLookupPause is until it is asked again in an
	// election.
	jsLookupTimeout = 2 * time.Second
	jsLookupPause   = 250 * time.Millisecond
)

// encode sets the options' headers in the message, and returns all of them encoded.
func (o *jsPubOpts) encode(nc *Conn, m *Msg) (hdr []byte, err error) {
	if o.header != nil {
		if m.Header == nil {
			m.Header = o.header
		} else {
			for k, v := range o.header {
				m.Header[k] = v
			}
		}
	}
	return nc.headerBytes(m)
}

func jsPubAck(a *api.PubAck) *PubAck {
	return &PubAck{Stream: a.Stream, Sequence: a.Seq, Duplicate: a.Duplicate, Domain: a.Domain}
}

func (js *jsContext) Publish(subj string, data []byte, opts ...PubOpt) (*PubAck, error) {
	return js.PublishMsg(&Msg{Subject: subj, Data: data}, opts...)
}

func (js *jsContext) PublishMsg(m *Msg, opts ...PubOpt) (*PubAck, error) {
	if m == nil {
		return nil, ErrInvalidMsg
	}
	o, err := jsPublishOptions(opts)
	if err != nil {
		return nil, err
	}
	if o.stallSet {
		return nil, errors.New("nats: stall wait cannot be set to sync publish")
	}
	hdr, err := o.encode(js.nc, m)
	if err != nil {
		return nil, err
	}
	if o.ctx == nil && o.ttl == 0 {
		o.ttl = js.opts.wait
	}
	ctx, cancel := o.ctx, context.CancelFunc(func() {})
	if ctx == nil {
		ctx, cancel = context.WithTimeout(context.Background(), o.ttl)
	} else if _, bounded := ctx.Deadline(); !bounded {
		ctx, cancel = context.WithTimeout(ctx, js.opts.wait)
	}
	defer cancel()
	p := jsSyncPublish{js: js, o: &o, m: m, hdr: hdr, id: m.Header.Get(MsgIdHdr) != "", begin: time.Now()}
	ack, err := p.run(ctx)
	var refused *APIError
	switch {
	case o.ctx == nil && errors.Is(err, context.DeadlineExceeded):
		return nil, ErrTimeout
	case p.again && errors.As(err, &refused):
		return nil, jsDoubtful(err, true)
	}
	return ack, err
}

// jsSyncPublish is one Publish at work.
type jsSyncPublish struct {
	js    *jsContext
	o     *jsPubOpts
	m     *Msg
	hdr   []byte
	id    bool // it may be sent again
	again bool // it was, or may be, since no answer came
	begin time.Time
	first time.Time // when the first copy went out, at the earliest
}

func (p *jsSyncPublish) run(ctx context.Context) (*PubAck, error) {
	for tries := 1; ; {
		if p.again && time.Since(p.first) >= jsReplay {
			return nil, jsDoubtful(ErrNoStreamResponse, true) // the stream may have forgotten it
		}
		answer, err := p.once(ctx)
		switch {
		case err == nil:
			ack, ok := api.ParsePubAck(answer.Data, "")
			if !ok {
				return nil, ErrInvalidJSAck
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
			return jsPubAck(&ack), nil
		case err == port.ErrSilent:
			continue // the stream, or its answer, was lost
		case !errors.Is(err, ErrNoResponders):
			return nil, err
		}
		if p.o.exactly && tries > p.o.attempts || !p.o.exactly && tries > DefaultPubRetryAttempts && !p.mayExist(ctx) {
			return nil, jsDoubtful(ErrNoStreamResponse, p.again)
		}
		tries++
		select {
		case <-time.After(p.o.wait):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", jsDoubtful(ErrNoStreamResponse, p.again), ctx.Err())
		}
	}
}

// once sends the message. With an id it doesn't wait to the end of all patience, and no
// copy goes out when the stream may have forgotten one before it.
func (p *jsSyncPublish) once(ctx context.Context) (*Msg, error) {
	if !p.id {
		nc := p.js.nc
		answer, again, err := nc.requestTold(ctx, p.m.Subject, p.hdr, p.m.Data, 0, nc.Opts.RetryRequestsOnDisconnect)
		p.again = p.again || again
		return answer, err
	}
	c := port.Copy{Silence: min(jsSyncResend, jsReplay), Replay: jsReplay}
	if at, ok := ctx.Deadline(); ok {
		c.Silence = min(max(time.Second, time.Until(at)/3), c.Silence)
	}
	if p.again {
		c.Earlier = p.first
		c.Silence = max(min(c.Silence, time.Until(p.first.Add(jsReplay))), time.Millisecond)
	}
	answer, told, err := jsPort{p.js.nc}.RequestCopy(ctx, p.m.Subject, p.hdr, p.m.Data, c)
	if !p.again {
		p.first = told.Since
	}
	p.again = p.again || told.Repeated || err == port.ErrSilent
	return answer, err
}

func (p *jsSyncPublish) mayExist(ctx context.Context) bool {
	answer, err := p.js.lookUp(ctx, p.m.Subject)
	switch {
	case p.o.attempts < 0:
		return true
	case answer == window.Missing:
		return false
	case answer == window.Unknown && !jsElecting(err) && !(p.id && p.again):
		return time.Since(p.begin) < jsUnknownStream
	}
	return true // it is there, or may be
}

// jsElecting says whether nobody could say whether a stream stores a subject since a
// cluster elects its leader: it is silent, or a server says so.
func jsElecting(err error) bool {
	var refused *APIError
	if errors.As(err, &refused) {
		return api.Passing(&api.Error{Code: refused.Code, ErrCode: uint16(refused.ErrorCode)})
	}
	return errors.Is(err, context.DeadlineExceeded) || err == ErrTimeout
}

// jsDoubtful is the error of a message of which a copy was sent before, without an answer.
func jsDoubtful(err error, doubt bool) error {
	if !doubt {
		return err
	}
	return fmt.Errorf("%w: %w: an earlier copy of the message may be stored", err, ErrInDoubt)
}

// lookUpPatiently is lookUp for as long as an election may take, which is longer than a
// message waits for a stream that may not exist.
func (js *jsContext) lookUpPatiently(subject string) window.Answer {
	for end := js.now() + jsPubPatience; ; {
		answer, err := js.lookUp(context.Background(), subject)
		if answer != window.Unknown || !jsElecting(err) || js.now() >= end {
			return answer
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			time.Sleep(jsLookupPause)
		}
	}
}

// lookUp finds out whether a stream stores a subject, and why that isn't known.
func (js *jsContext) lookUp(ctx context.Context, subject string) (window.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, jsLookupTimeout)
	defer cancel()
	_, err := js.StreamNameBySubject(subject, Context(ctx))
	switch {
	case err == nil:
		return window.Exists, nil
	case err == ErrNoMatchingStream:
		return window.Missing, nil
	}
	return window.Unknown, err
}

// checkAsync says why a message can't be published asynchronously.
func (js *jsContext) checkAsync(o *jsPubOpts, m *Msg) error {
	switch {
	case m == nil:
		return ErrInvalidMsg
	case o.attempts < 0:
		return ErrInvalidArg // it would never end
	case m.Reply != "":
		return errors.New("nats: reply subject should be empty")
	case o.ctx != nil || o.ttl != 0:
		return ErrContextAndTimeout
	}
	return nil
}

// jsFits says why a link can't take a message.
func jsFits(size int, headers bool, maxPayload int64, takesHeaders bool) error {
	switch {
	case maxPayload > 0 && int64(size) > maxPayload:
		return ErrMaxPayload
	case headers && !takesHeaders:
		return ErrHeadersNotSupported
	}
	return nil
}

// appendPub appends the frame of a message.
func appendPub(frames []byte, subject, reply string, hdr, data []byte) []byte {
	return wire.AppendPub(frames, subject, reply, hdr, data)
}

package jetstreamext

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/ingest"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/wire"
	"github.com/evernats/nats/jetstream"
)

// What a server has against fast ingest, for errors.Is.
var (
	// ErrFastDisabled: the stream doesn't have [jetstream.StreamConfig].AllowBatchPublish.
	ErrFastDisabled error = &jetstream.APIError{Code: 400, ErrorCode: 10205, Description: "batch publish is disabled"}
	// ErrFastUnknown: the server doesn't know a batch, which has ended.
	ErrFastUnknown error = &jetstream.APIError{Code: 400, ErrorCode: 10208, Description: "batch publish ID unknown"}
)

// codeTooMany is a server's that has too many batches at the moment.
const codeTooMany = 10211

// FastPublisherOpt is an option of [NewFastPublisher].
type FastPublisherOpt func(*FastPublisher) error

// FastFlow is how many messages the server is to take for one acknowledgement, at most: 500
// by default, 65,535 at most. It must be positive. A server may take fewer; 2.15 takes 500
// at most, and fewer when more publish into the stream.
func FastFlow(messages int) FastPublisherOpt {
	return func(p *FastPublisher) error {
		if messages > 1<<16-1 {
			return fmt.Errorf("%w: a flow of %d messages", jetstream.ErrInvalidOption, messages)
		}
		return set(&p.cfg.Flow, messages, "messages")
	}
}

// FastOutstanding is how many acknowledgements may be outstanding before Publish waits: 1,
// 2 or 3; 2 by default. Three is for long ways to the server.
func FastOutstanding(acks int) FastPublisherOpt {
	return func(p *FastPublisher) error {
		if acks > 3 {
			return fmt.Errorf("%w: %d outstanding acknowledgements", jetstream.ErrInvalidOption, acks)
		}
		return set(&p.cfg.Outstanding, acks, "acknowledgements")
	}
}

// FastPatience is how long it may take the stream to say something while there is a
// connection, 30 s by default. It must be positive. What it lasts while there is none
// doesn't count.
func FastPatience(d time.Duration) FastPublisherOpt {
	return func(p *FastPublisher) error {
		if d <= 0 {
			return fmt.Errorf("%w: a patience of %v", jetstream.ErrInvalidOption, d)
		}
		p.cfg.Patience = d
		return nil
	}
}

// FastMsgIDs gives each message that has none an id, which costs a header and a place in the
// stream's memory of ids. Then messages can be sent again without being stored twice, and
// nothing is in doubt as long as the stream remembers. A connection with [nats.AtLeastOnce]
// does it without being asked, since it may send messages again by itself.
func FastMsgIDs() FastPublisherOpt {
	return func(p *FastPublisher) error {
		p.ids = true
		return nil
	}
}

// Times of the machine.
const (
	fastProbe  = time.Second
	fastRest   = time.Second
	fastRetry  = 100 * time.Millisecond
	fastReplay = 90 * time.Second // a stream remembers ids for two minutes by default
)

// NewFastPublisher makes a [FastPublisher] for streams with AllowBatchPublish, on a server of
// 2.14 or later. It needs no closing: one that has nothing to do holds nothing.
//
// Errors: [jetstream.ErrInvalidOption].
func NewFastPublisher(js jetstream.JetStream, opts ...FastPublisherOpt) (*FastPublisher, error) {
	nc := js.Conn()
	p := &FastPublisher{
		nc: nc, port: port.Of[nats.Msg](nc), born: time.Now(), name: nuid.Next(), ids: nc.Opts.AtLeastOnce,
		cfg: ingest.Config{
			Flow: 500, Outstanding: 2, Patience: 30 * time.Second,
			Probe: fastProbe, Rest: fastRest, Retry: fastRetry, Replay: fastReplay,
		},
	}
	for _, o := range opts {
		if err := o(p); err != nil {
			return nil, err
		}
	}
	p.links.p = p
	p.m = ingest.New(p.cfg)
	return p, nil
}

// Publish publishes a message, when there is room for it, which it waits for until the
// context ends. The payload may be changed then. It returns the message's number: the first
// of the publisher is 1, and it is stored when [FastPublisher.Stored] isn't less.
//
// Errors: the context's, [nats.ErrBadSubject], [nats.ErrMaxPayload] and others of
// [nats.Conn.Publish] but for a full buffer, behind which the message isn't accepted; and a
// [*FastError] behind which none is any more.
func (p *FastPublisher) Publish(ctx context.Context, subject string, payload []byte) (uint64, error) {
	if p.ids {
		return p.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: payload})
	}
	return p.publish(ctx, subject, nil, payload, false)
}

// PublishMsg is Publish of a message with headers, which may have an id and expectations.
// Its reply subject must be empty: [jetstream.ErrAsyncPublishReplySubjectSet].
func (p *FastPublisher) PublishMsg(ctx context.Context, m *nats.Msg) (uint64, error) {
	switch {
	case m == nil:
		return 0, nats.ErrInvalidMsg
	case m.Reply != "":
		return 0, jetstream.ErrAsyncPublishReplySubjectSet
	}
	h := m.Header
	id := h.Get(jetstream.MsgIDHeader) != ""
	if !id && p.ids {
		h = nats.Header{}
		for k, v := range m.Header {
			h[k] = v
		}
		h[jetstream.MsgIDHeader] = []string{p.name + "-" + strconv.FormatUint(p.named.Add(1), 36)}
		id = true
	}
	var hdr []byte
	if len(h) > 0 {
		if err := wire.CheckHeader(h); err != nil {
			return 0, fmt.Errorf("%w: %w", nats.ErrBadHeaderMsg, err)
		}
		hdr = wire.AppendHeader(nil, h)
	}
	return p.publish(ctx, m.Subject, hdr, m.Data, id)
}

// Stored is how many messages are known to be stored: the first so many. Between
// acknowledgements it lags behind by as much as the server's pace allows, and by a second at
// most when nothing is published.
func (p *FastPublisher) Stored() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m.Stored()
}

// FastAck says what is stored.
type FastAck struct {
	// Stream is the stream that stored the last message; empty: none was published.
	Stream string
	// Sequence is the number of the last message there. Others may lie between it and those
	// before.
	Sequence uint64
	// Domain is the JetStream domain.
	Domain string
	// Stored is how many messages of the publisher are stored: all.
	Stored uint64
}

// Flush waits until all messages that were published are stored. More can be published
// then; who publishes meanwhile waits.
//
// Errors: the context's, with which the wait ends and nothing else, and a [*FastError].
func (p *FastPublisher) Flush(ctx context.Context) (*FastAck, error) {
	p.mu.Lock()
	if p.err == nil {
		if p.flushed == nil {
			p.flushed = make(chan struct{})
		}
		done := p.flushed
		p.acts = p.m.Flush(p.now(), p.acts[:0])
		p.act()
		p.mu.Unlock()
		select {
		case <-done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		p.mu.Lock()
	}
	defer p.mu.Unlock()
	if p.err != nil {
		return nil, p.err
	}
	ack := p.ack
	ack.Stored = p.m.Stored()
	return &ack, nil
}

// FastError is why a [FastPublisher] takes no more, and what became of its messages: the
// first Stored ones are stored. Those behind, up to Published, are not, unless it is also a
// [nats.ErrInDoubt]: then of those, from the first on, some may be. Err is
//
//   - an [jetstream.APIError] of the server's: it has something against message Stored+1, as
//     when an expectation in its headers doesn't hold, or against fast ingest
//     ([ErrFastDisabled]);
//   - [jetstream.ErrNoStreamResponse]: no stream has the subject;
//   - [nats.ErrTimeout]: the stream said nothing, or took nothing, for the time of [FastPatience];
//   - [ErrFastUnknown]: the server forgot a batch that it may have stored, or its leader
//     changed; only without [FastMsgIDs], or when it took longer than the stream remembers ids;
//   - [nats.ErrConnectionClosed].
type FastError struct {
	Stored    uint64
	Published uint64
	Err       error
	doubt     bool
}

func (e *FastError) Error() string {
	rest := "the others aren't"
	if e.doubt {
		rest = "others may be"
	}
	return fmt.Sprintf("nats: fast ingest ended: of %d messages the first %d are stored, %s: %v", e.Published, e.Stored, rest, e.Err)
}

// Unwrap gives the reason, and [nats.ErrInDoubt] where it applies, to errors.Is.
func (e *FastError) Unwrap() []error {
	if e.doubt {
		return []error{e.Err, nats.ErrInDoubt}
	}
	return []error{e.Err}
}

func (p *FastPublisher) publish(ctx context.Context, subject string, hdr, data []byte, id bool) (uint64, error) {
	for {
		n, room, err := p.try(subject, hdr, data, id)
		switch {
		case err == nil && room == nil:
			return n, nil
		case err == nil:
			select {
			case <-room:
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		case errors.Is(err, nats.ErrOutboundFull) || errors.Is(err, nats.ErrReconnectBufExceeded):
			// Nobody waits with the lock held: room is waited for here, and may be gone again.
			if err := p.port.Room(len(hdr) + len(data)); err == nil {
				continue
			}
			if err := sleep(ctx, lookPace/10); err != nil {
				return 0, err
			}
		default:
			return 0, err
		}
	}
}

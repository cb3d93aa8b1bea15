package jetstreamext

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// Publisher publishes asynchronously, keeps the order, and waits for room where
// [jetstream.Publisher] fails: when its window is full, when that of its JetStream is, and
// when the connection's outbound buffer is. Make one with [NewPublisher]. It is safe for
// concurrent use; messages are published in the order of the calls, and who calls while
// another waits, waits behind it.
//
// A message without an id is given one, so that it goes out again, in order and once, when
// the connection is lost. Like a buffered writer it takes no more once one has failed: what
// was accepted before may still be stored, and [Publisher.Flush] says what happened.
//
// What a stream's leader takes without an answer before it goes may end up behind later
// messages that the next leader took; with PublisherMaxPending(1) none are on their way then.
type Publisher struct {
	js       jetstream.JetStream
	messages int
	bytes    int
	prefix   string
	turn     chan struct{} // held by who publishes
	room     chan struct{} // there may be some

	mu      sync.Mutex
	n       uint64
	waiting []*Published // for their acknowledgements, in order
	size    int          // of their payloads and headers
	running bool
	idle    chan struct{} // closed when nothing waits; nil: nobody asked
	err     error         // of the first that failed
}

// PublisherOpt is an option of [NewPublisher].
type PublisherOpt func(*Publisher) error

// PublisherMaxPending is how many messages may be unacknowledged, 1,000 by default. It must
// be positive.
func PublisherMaxPending(messages int) PublisherOpt {
	return func(p *Publisher) error { return set(&p.messages, messages, "messages") }
}

// PublisherMaxBytes is how many bytes of subjects, headers and payloads may be
// unacknowledged, 4 MiB by default. It must be positive. A message that is larger waits
// until it is alone.
func PublisherMaxBytes(bytes int) PublisherOpt {
	return func(p *Publisher) error { return set(&p.bytes, bytes, "bytes") }
}

func set(to *int, n int, what string) error {
	if n <= 0 {
		return fmt.Errorf("%w: a maximum of %d %s", jetstream.ErrInvalidOption, n, what)
	}
	*to = n
	return nil
}

// NewPublisher makes a Publisher. It needs no closing.
//
// Errors: [jetstream.ErrInvalidOption].
func NewPublisher(js jetstream.JetStream, opts ...PublisherOpt) (*Publisher, error) {
	p := &Publisher{
		js: js, messages: 1000, bytes: 4 << 20, prefix: nuid.Next() + "-",
		turn: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
	for _, o := range opts {
		if err := o(p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Published is a message that a [Publisher] accepted.
type Published struct {
	future jetstream.PubAckFuture
	size   int
	done   chan struct{}
	ack    *jetstream.PubAck
	err    error
}

// Done is closed when it is known what became of the message.
func (p *Published) Done() <-chan struct{} { return p.done }

// Ack waits until it is known what became of the message: its acknowledgement, or an error
// of [jetstream.PubAckFuture], or the context's.
func (p *Published) Ack(ctx context.Context) (*jetstream.PubAck, error) {
	select {
	case <-p.done:
		return p.ack, p.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Publish publishes a message. It returns when there is room for it, which it waits for
// until the context ends. The payload may be changed then.
//
// Errors: the context's, and those of [jetstream.Publisher].PublishAsync but for a full
// window or buffer, behind which the message isn't accepted; and the error of the first
// message that failed, until Flush has returned it.
func (p *Publisher) Publish(ctx context.Context, subject string, payload []byte, opts ...jetstream.PublishOpt) (*Published, error) {
	return p.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: payload}, opts...)
}

// PublishMsg is Publish of a message with headers. It mustn't be changed until it is known
// what became of it.
func (p *Publisher) PublishMsg(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (*Published, error) {
	if m == nil {
		return nil, nats.ErrInvalidMsg
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-p.turn }()
	size := m.Size()
	for !p.fits(size) {
		select {
		case <-p.room:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	p.mu.Lock()
	err := p.err
	p.n++
	id := p.prefix + strconv.FormatUint(p.n, 36)
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	with := []jetstream.PublishOpt{jetstream.WithStallWait(lookPace)}
	if m.Header.Get(jetstream.MsgIDHeader) == "" {
		with = append(with, jetstream.WithMsgID(id)) // one among opts replaces it
	}
	with = append(with, opts...)
	for {
		f, err := p.js.PublishMsgAsync(m, with...)
		if err == nil {
			return p.accepted(f, size), nil
		}
		if !errors.Is(err, jetstream.ErrTooManyStalledMsgs) && !errors.Is(err, nats.ErrOutboundFull) {
			return nil, err
		}
		if err := sleep(ctx, lookPace/10); err != nil {
			return nil, err
		}
	}
}

// fits says whether there is room, or no use in waiting for it.
func (p *Publisher) fits(size int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err != nil || len(p.waiting) == 0 || len(p.waiting) < p.messages && p.size+size <= p.bytes
}

func (p *Publisher) accepted(f jetstream.PubAckFuture, size int) *Published {
	w := &Published{future: f, size: size, done: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, w)
	p.size += size
	if !p.running {
		p.running = true
		go p.run()
	}
	return w
}

// run takes what becomes of the messages, while any waits.
func (p *Publisher) run() {
	for {
		p.mu.Lock()
		if len(p.waiting) == 0 {
			p.running, p.waiting = false, nil
			if p.idle != nil {
				close(p.idle)
				p.idle = nil
			}
			p.mu.Unlock()
			return
		}
		w := p.waiting[0]
		p.mu.Unlock()
		select {
		case w.ack = <-w.future.Ok():
		case w.err = <-w.future.Err():
		}
		close(w.done)
		p.mu.Lock()
		p.waiting[0] = nil
		p.waiting = p.waiting[1:]
		p.size -= w.size
		if w.err != nil && p.err == nil {
			p.err = w.err
		}
		p.mu.Unlock()
		select {
		case p.room <- struct{}{}:
		default:
		}
	}
}

// Pending is how many messages are unacknowledged.
func (p *Publisher) Pending() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting)
}

// Flush waits until it is known of every message that was accepted what became of it. It
// returns the error of the first that failed since the last Flush; behind it the Publisher
// takes messages again. The context's error says that some are still unacknowledged.
func (p *Publisher) Flush(ctx context.Context) error {
	p.mu.Lock()
	for len(p.waiting) > 0 {
		if p.idle == nil {
			p.idle = make(chan struct{})
		}
		idle := p.idle
		p.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
		p.mu.Lock()
	}
	defer p.mu.Unlock()
	err := p.err
	p.err = nil
	return err
}

package jetstream

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
)

// Msg is a message from a consumer.
//
// One of Ack, DoubleAck, Nak, NakWithDelay, Term and TermWithReason is the last word
// on it: after one that succeeded the others are [ErrMsgAlreadyAckd]. They are
// published like any message: while the connection is away they wait, and go out on
// the next one. [ErrMsgNoReply] says that the message can't be acknowledged; other
// errors are those of publishing.
type Msg interface {
	// Metadata is what its delivery says of it; [ErrNotJSMessage] if that makes no
	// sense, [ErrMsgNoReply] if there is none.
	Metadata() (*MsgMetadata, error)
	// Data is its payload.
	Data() []byte
	// Headers are its headers; nil for none.
	Headers() nats.Header
	// Subject is what it was published to.
	Subject() string
	// Reply is the subject that acknowledgements go to.
	Reply() string
	// Ack says that it is done with.
	Ack() error
	// DoubleAck is Ack that waits until the server confirms it. It is sent again when
	// the connection is lost meanwhile. Without a deadline in the context it waits for
	// the default timeout.
	DoubleAck(context.Context) error
	// Nak asks for it to be delivered again, at once.
	Nak() error
	// NakWithDelay asks for it to be delivered again, after the delay.
	NakWithDelay(delay time.Duration) error
	// InProgress says that it is being worked on, which begins its AckWait anew.
	InProgress() error
	// Term says that it is never to be delivered again.
	Term() error
	// TermWithReason is Term with a reason, for the server to report.
	TermWithReason(reason string) error
}

// MsgMetadata is what a delivery says of its message.
type MsgMetadata struct {
	// Sequence is its place in the stream and among the deliveries.
	Sequence SequencePair
	// NumDelivered is how often it was delivered, this time included.
	NumDelivered uint64
	// NumPending is how many messages the consumer still has after it.
	NumPending uint64
	// Timestamp is when it was stored.
	Timestamp time.Time
	// Stream is the stream's name.
	Stream string
	// Consumer is the consumer's.
	Consumer string
	// Domain is the JetStream domain; empty: none.
	Domain string
}

type message struct {
	msg   *nats.Msg
	js    *jetStream
	acked atomic.Bool
}

// What small messages that come together share: one allocation for so many. A message that
// is kept keeps the others of it, so those that are larger share nothing.
const (
	sharedMessages = 16
	sharedSize     = 256
)

// wrappers makes of messages what programs get.
type wrappers struct{ slab []message }

// of wraps a message, behind which others wait or are expected.
func (w *wrappers) of(js *jetStream, m *nats.Msg, others int) *message {
	if sizeOf(m) > sharedSize || others <= 0 && len(w.slab) == 0 {
		return &message{msg: m, js: js}
	}
	if len(w.slab) == 0 {
		w.slab = make([]message, min(others+1, sharedMessages))
	}
	x := &w.slab[0]
	w.slab = w.slab[1:]
	x.msg, x.js = m, js
	return x
}

func (m *message) Data() []byte         { return m.msg.Data }
func (m *message) Headers() nats.Header { return m.msg.Header }
func (m *message) Subject() string      { return m.msg.Subject }
func (m *message) Reply() string        { return m.msg.Reply }

func (m *message) Metadata() (*MsgMetadata, error) {
	if m.msg.Reply == "" {
		return nil, ErrMsgNoReply
	}
	d, ok := api.ParseAck(m.msg.Reply)
	if !ok {
		return nil, ErrNotJSMessage
	}
	return &MsgMetadata{
		Sequence:     SequencePair{Consumer: d.ConsumerSeq, Stream: d.StreamSeq},
		NumDelivered: d.Delivered, NumPending: d.Pending, Timestamp: d.Time(),
		Stream: d.Stream, Consumer: d.Consumer, Domain: d.Domain,
	}, nil
}

// What is said of a message.
var (
	ackAck      = []byte("+ACK")
	ackNak      = []byte("-NAK")
	ackProgress = []byte("+WPI")
	ackTerm     = []byte("+TERM")
)

func (m *message) Ack() error  { return m.last(ackAck) }
func (m *message) Nak() error  { return m.last(ackNak) }
func (m *message) Term() error { return m.last(ackTerm) }

func (m *message) NakWithDelay(delay time.Duration) error {
	return m.last(fmt.Appendf(nil, `-NAK {"delay": %d}`, delay.Nanoseconds()))
}

func (m *message) TermWithReason(reason string) error {
	return m.last(append([]byte("+TERM "), reason...))
}

func (m *message) InProgress() error {
	if m.msg.Reply == "" {
		return ErrMsgNoReply
	}
	if m.acked.Load() {
		return ErrMsgAlreadyAckd
	}
	return m.js.nc.Publish(m.msg.Reply, ackProgress)
}

// last publishes the last word on a message.
func (m *message) last(word []byte) error {
	if m.msg.Reply == "" {
		return ErrMsgNoReply
	}
	if !m.acked.CompareAndSwap(false, true) {
		return ErrMsgAlreadyAckd
	}
	if err := m.js.nc.Publish(m.msg.Reply, word); err != nil {
		m.acked.Store(false)
		return err
	}
	return nil
}

func (m *message) DoubleAck(ctx context.Context) error {
	if m.msg.Reply == "" {
		return ErrMsgNoReply
	}
	if !m.acked.CompareAndSwap(false, true) {
		return ErrMsgAlreadyAckd
	}
	ctx, cancel := m.js.withTimeout(ctx)
	defer cancel()
	if _, err := m.js.port.Request(ctx, m.msg.Reply, nil, ackAck, safe); err != nil {
		m.acked.Store(false)
		return err
	}
	return nil
}

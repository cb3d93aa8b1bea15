package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/js/api"
)

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

// Metadata is what the delivery of a message by a consumer says of it. [ErrMsgNotBound]
// says that no subscription delivered it, [ErrMsgNoReply] and [ErrNotJSMessage] that no
// consumer did.
func (m *Msg) Metadata() (*MsgMetadata, error) {
	if _, err := m.conn(); err != nil {
		return nil, err
	}
	d, ok := api.ParseAck(m.Reply)
	if !ok {
		return nil, ErrNotJSMessage
	}
	return &MsgMetadata{
		Sequence:     SequencePair{Consumer: d.ConsumerSeq, Stream: d.StreamSeq},
		NumDelivered: d.Delivered, NumPending: d.Pending, Timestamp: d.Time(),
		Stream: d.Stream, Consumer: d.Consumer, Domain: d.Domain,
	}, nil
}

// AckOpt is an option of [Msg.Ack] and its siblings: [AckWait] and [Context] bound how long
// AckSync waits.
type AckOpt interface {
	configureAck(opts *jsAckOpts) error
}

type jsAckOpts struct {
	ttl time.Duration
	ctx context.Context
}

func (d AckWait) configureAck(o *jsAckOpts) error {
	o.ttl = time.Duration(d)
	return nil
}

func (ctx ContextOpt) configureAck(o *jsAckOpts) error {
	o.ctx = ctx
	return nil
}

// What is said of a message.
var (
	jsAck      = []byte("+ACK")
	jsNak      = []byte("-NAK")
	jsProgress = []byte("+WPI")
	jsTerm     = []byte("+TERM")
)

// Ack says that a message from a consumer is done with. It is published like any message:
// while the connection is away it waits, and goes out on the next one.
//
// One of Ack, AckSync, Nak, NakWithDelay and Term is the last word on a message: after one
// that succeeded the others are [ErrMsgAlreadyAckd]. [ErrCantAckIfConsumerAckNone] says that
// the consumer wants none, [ErrMsgNotBound] and [ErrMsgNoReply] that no consumer delivered
// the message; other errors are those of publishing.
func (m *Msg) Ack(opts ...AckOpt) error { return m.word(jsAck, true, false, opts) }

// AckSync is [Msg.Ack] that waits until the server confirms it: 5 s if no option says
// otherwise, or as long as [MaxWait] of [Conn.JetStream] says. It is sent again when the
// connection is lost meanwhile.
func (m *Msg) AckSync(opts ...AckOpt) error { return m.word(jsAck, true, true, opts) }

// Nak asks for the message to be delivered again, at once.
func (m *Msg) Nak(opts ...AckOpt) error { return m.word(jsNak, true, false, opts) }

// NakWithDelay asks for the message to be delivered again, after the delay; 0 or less is at
// once.
func (m *Msg) NakWithDelay(delay time.Duration, opts ...AckOpt) error {
	if delay <= 0 {
		return m.Nak(opts...)
	}
	return m.word(fmt.Appendf(nil, `-NAK {"delay": %d}`, delay.Nanoseconds()), true, false, opts)
}

// Term says that the message is never to be delivered again.
func (m *Msg) Term(opts ...AckOpt) error { return m.word(jsTerm, true, false, opts) }

// InProgress says that the message is being worked on, which begins its AckWait anew. It
// may be said again and again.
func (m *Msg) InProgress(opts ...AckOpt) error { return m.word(jsProgress, false, false, opts) }

// word says something of a message.
func (m *Msg) word(what []byte, last, confirmed bool, opts []AckOpt) error {
	var o jsAckOpts
	for _, opt := range opts {
		if err := opt.configureAck(&o); err != nil {
			return err
		}
	}
	nc, err := m.conn()
	if err != nil {
		return err
	}
	j := m.Sub.jsForAcks()
	if j.ackNone {
		return ErrCantAckIfConsumerAckNone
	}
	if o.ctx != nil && o.ttl > 0 {
		return ErrContextAndTimeout
	}
	if !j.take(m.Reply, last) {
		return ErrMsgAlreadyAckd
	}
	if confirmed {
		err = j.confirmed(nc, m.Reply, what, &o)
	} else {
		_, err = nc.publish(nil, m.Reply, "", nil, what)
	}
	if err != nil && last {
		j.giveBack(m.Reply)
	}
	return err
}

// confirmed waits for the server's answer.
func (j *jsSub) confirmed(nc *Conn, reply string, what []byte, o *jsAckOpts) error {
	ctx, ttl := o.ctx, o.ttl
	if ttl == 0 {
		ttl = jsDefaultWait
		if j.js != nil {
			ttl = j.js.opts.wait
		}
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, ttl)
		defer cancel()
	}
	_, err := nc.requestWith(ctx, reply, nil, what, 0, jsSafe)
	if o.ctx == nil && errors.Is(err, context.DeadlineExceeded) {
		return ErrTimeout
	}
	return err
}

// jsForAcks is where it is kept which messages were acknowledged. A subscription that isn't
// JetStream's gets it with the first.
func (s *Subscription) jsForAcks() *jsSub {
	if j, ok := s.in.Gate().(*jsSub); ok {
		return j
	}
	return s.in.Beside(func() any { return &jsSub{s: s, core: true} }).(*jsSub)
}

// take says whether nothing was the last word on the message; last makes this one it.
func (j *jsSub) take(reply string, last bool) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.acked.take(j.core, reply, last)
}

func (j *jsSub) giveBack(reply string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.acked.giveBack(j.core, reply)
}

// jsAcked knows which messages were acknowledged: by the numbers of their deliveries, in
// blocks of bits, or by their reply subjects where deliveries of several consumers may come.
// It forgets the oldest; a message may then be acknowledged twice, which does no harm.
type jsAcked struct {
	last    uint64 // the newest delivery
	blocks  map[uint64]*[ackBlock / 64]uint64
	order   []uint64 // of the blocks' making
	replies map[string]bool
	ring    []string
	at      int
}

const (
	ackBlock  = 4096
	ackBlocks = 256 // 1,048,576 deliveries, 128 KiB
	ackRing   = 1024
)

// came says that a delivery has come. One that isn't newer is of a consumer that was made
// anew under the same name, whose numbers begin again.
func (a *jsAcked) came(seq uint64) {
	if seq <= a.last {
		a.blocks, a.order = nil, nil
	}
	a.last = seq
}

func (a *jsAcked) take(core bool, reply string, last bool) bool {
	d, ok := api.ParseAck(reply)
	if core || !ok {
		return a.takeReply(reply, last)
	}
	n, bit := d.ConsumerSeq/ackBlock, d.ConsumerSeq%ackBlock
	b := a.blocks[n]
	if b != nil && b[bit/64]&(1<<(bit%64)) != 0 {
		return false
	}
	if !last {
		return true
	}
	if b == nil {
		if len(a.order) >= ackBlocks {
			delete(a.blocks, a.order[0])
			a.order = a.order[1:]
		}
		if a.blocks == nil {
			a.blocks = make(map[uint64]*[ackBlock / 64]uint64)
		}
		b = new([ackBlock / 64]uint64)
		a.blocks[n] = b
		a.order = append(a.order, n)
	}
	b[bit/64] |= 1 << (bit % 64)
	return true
}

func (a *jsAcked) takeReply(reply string, last bool) bool {
	if a.replies[reply] {
		return false
	}
	if !last {
		return true
	}
	if a.replies == nil {
		a.replies, a.ring = make(map[string]bool), make([]string, ackRing)
	}
	delete(a.replies, a.ring[a.at])
	a.replies[reply], a.ring[a.at] = true, reply
	a.at = (a.at + 1) % ackRing
	return true
}

func (a *jsAcked) giveBack(core bool, reply string) {
	d, ok := api.ParseAck(reply)
	if core || !ok {
		delete(a.replies, reply)
		return
	}
	if b := a.blocks[d.ConsumerSeq/ackBlock]; b != nil {
		bit := d.ConsumerSeq % ackBlock
		b[bit/64] &^= 1 << (bit % 64)
	}
}

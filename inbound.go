package nats

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/evernats/nats/internal/wire"
)

const (
	// slabSize bounds what a message that the user keeps can pin beyond itself:
	// messages that came in together share one allocation for themselves and one
	// for their payloads and reply subjects, so much in all.
	slabSize = 4 << 10
	// slabMsgs is the largest slab of messages. Go takes memory of about that
	// size in larger pieces than that of the sizes around, which makes it cheaper.
	slabMsgs = 3000 / msgSize
	msgSize  = int(unsafe.Sizeof(Msg{}))
	// smallPayload is the largest payload that shares an allocation.
	smallPayload = 512
)

// inbound is the reader's working state for one link. The garbage collector
// makes each store of a pointer dear while it runs, so what changes with each
// message is kept in indices.
type inbound struct {
	nc     *Conn
	link   *link
	parser wire.Parser
	op     wire.Op

	sub  *Subscription // of the run
	sid  uint64
	run  run
	last string // subject of the last message that wasn't the subscription's own

	// The slab that messages are taken from, and the one for their bytes. They
	// come and go together, so that a message pins one of each at most.
	msgs      []Msg
	bytes     []byte
	usedMsgs  int
	usedBytes int
	tail      int // the run's last message in msgs; -1: it is run.tail

	inMsgs, inBytes uint64
}

// newInbound puts the state on the heap: in the reader's frame it would double
// the stack that each idle connection keeps.
//
//go:noinline
func newInbound(nc *Conn, l *link) *inbound { return &inbound{nc: nc, link: l, tail: -1} }

// message takes in one message, the first n bytes of buf. Those of the same
// subscription are gathered and delivered together.
func (in *inbound) message(buf []byte, at *wire.MsgAt, n int) {
	in.inMsgs++
	in.inBytes += uint64(at.Header.Len() + at.Payload.Len())
	if at.SID != in.sid || in.sub == nil {
		in.deliver()
		in.sid = at.SID
		in.sub = in.nc.subs.get(at.SID)
		if in.sub == nil {
			return
		}
	}
	payload, reply := at.Payload.Len(), at.Reply.Len()
	shared := reply
	if payload <= smallPayload {
		shared += payload
	}
	if in.usedMsgs == len(in.msgs) || len(in.bytes)-in.usedBytes < shared {
		in.newSlabs(shared, 1+(len(buf)-n)/n)
	}
	m := &in.msgs[in.usedMsgs]
	switch {
	case in.run.head == nil:
		in.run.head = m
	case in.tail >= 0:
		in.msgs[in.tail].next = m
	default:
		in.run.tail.next = m
	}
	in.tail = in.usedMsgs
	in.usedMsgs++
	in.run.msgs++
	in.run.bytes += at.Header.Len() + payload

	m.Sub = in.sub
	m.wsz = at.Subject.Len() + reply + at.Header.Len() + payload
	if subject := buf[at.Subject.Begin:at.Subject.End]; string(subject) == in.sub.Subject {
		m.Subject = in.sub.Subject
	} else {
		if string(subject) != in.last {
			in.last = string(subject)
		}
		m.Subject = in.last
	}
	// The slices have no room to grow into their neighbours.
	switch {
	case payload > smallPayload:
		m.Data = append([]byte(nil), buf[at.Payload.Begin:at.Payload.End]...)
	case payload > 0:
		b := in.bytes[in.usedBytes : in.usedBytes+payload : in.usedBytes+payload]
		in.usedBytes += payload
		copy(b, buf[at.Payload.Begin:])
		m.Data = b
	default:
		m.Data = []byte{}
	}
	if reply > 0 {
		b := in.bytes[in.usedBytes : in.usedBytes+reply]
		in.usedBytes += reply
		copy(b, buf[at.Reply.Begin:])
		m.Reply = unsafe.String(&b[0], reply) // b belongs to this string alone
	}
	if at.Header.End > 0 {
		h, err := wire.ParseHeader(at.Header.Of(buf))
		if err != nil {
			in.nc.events.asyncError(in.nc, in.sub, fmt.Errorf("%w: message on %q: %w", ErrBadHeaderMsg, m.Subject, err))
		}
		m.Header = h
	}
}

// newSlabs makes room for as many messages as are likely to follow, so that a
// lone one stays alone, if each shares as many bytes as the first.
func (in *inbound) newSlabs(shared, likely int) {
	if in.tail >= 0 {
		in.run.tail = &in.msgs[in.tail]
		in.tail = -1
	}
	k := max(min(likely, slabMsgs, slabSize/(msgSize+shared)), 1)
	in.msgs, in.usedMsgs = make([]Msg, k), 0
	in.bytes, in.usedBytes = nil, 0
	if shared > 0 {
		in.bytes = make([]byte, k*shared)
	}
}

// unusual takes in a message that isn't written as servers write them, or whose
// first part was here before.
func (in *inbound) unusual(buf []byte, n int) {
	var at wire.MsgAt
	if in.parser.NextMsg(buf, &at) == n {
		in.message(buf, &at, n)
		return
	}
	op := &in.op
	var parts []byte
	add := func(b []byte) wire.Part {
		if b == nil {
			return wire.Part{}
		}
		from := len(parts)
		parts = append(parts, b...)
		return wire.Part{Begin: from, End: len(parts)}
	}
	at = wire.MsgAt{SID: op.SID, Subject: add(op.Subject), Reply: add(op.Reply), Header: add(op.Header), Payload: add(op.Payload)}
	in.message(parts, &at, len(parts))
}

// deliver hands over the run that was gathered.
func (in *inbound) deliver() {
	if in.run.msgs == 0 {
		return
	}
	r := in.run
	if in.tail >= 0 {
		r.tail = &in.msgs[in.tail]
		in.tail = -1
	}
	in.run = run{}
	in.sub.deliver(r)
}

// flush delivers what was gathered and forgets what must not be kept while the
// reader waits.
func (in *inbound) flush() {
	in.deliver()
	in.sub = nil
	in.msgs, in.usedMsgs = nil, 0
	in.bytes, in.usedBytes = nil, 0
	if in.inMsgs > 0 {
		atomic.AddUint64(&in.nc.InMsgs, in.inMsgs)
		atomic.AddUint64(&in.nc.InBytes, in.inBytes)
		in.inMsgs, in.inBytes = 0, 0
	}
}

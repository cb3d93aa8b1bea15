package receive

import (
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/wire"
)

// inbound is the reader's working state for one link. The garbage collector
// makes each store of a pointer dear while it runs, so what changes with each
// message is kept in indices.
type inbound[M Public[H, S], H ~map[string][]string, S any] struct {
	table  *Table[M, H, S]
	link   Link
	next   *inbound[M, H, S] // in the table: of the next link
	over   chan struct{}     // closed when the reader has ended; made for who waits, under the table's lock
	ended  bool              // the reader has, under that lock
	parser wire.Parser
	flood  patience
	move   atomic.Pointer[Move[M, H, S]] // that the link has a part in; nil most of the time

	sid uint64
	sub *Sub[M, H, S] // of sid; nil when it is unknown, or nothing came in yet
	run run[H, S]     // gathered for sub, save for the stretch that goes on

	// While a reader is busy, what comes in for a subscription is delivered once
	// per read, however the subscriptions take turns.
	busy    bool
	current *gathered[M, H, S] // of sub, if it has one
	others  *turns[M, H, S]    // nil while nobody else had a turn

	// The slab that messages are taken from, and the one for their bytes. They
	// come and go together, so that a message pins one of each at most.
	msgs      []Msg[H, S]
	bytes     []byte
	begin     int // of the stretch of sub's messages
	usedMsgs  int
	usedBytes int
	parsed    int    // what parsed headers may still add to them
	last      string // the last subject in bytes

	// What is taken in at the moment, and its block once something of it is lent.
	whole  []byte
	block  *lentBlock
	lender *lender // nil: nothing was ever lent

	inMsgs, inBytes uint64
}

func newInbound[M Public[H, S], H ~map[string][]string, S any](t *Table[M, H, S], l Link) *inbound[M, H, S] {
	return &inbound[M, H, S]{table: t, link: l, flood: patience{since: time.Now()}}
}

// message takes in one message, the first n bytes of buf. Those of the same
// subscription are gathered and delivered together. It returns how many bytes of further
// messages it has taken in with it.
func (in *inbound[M, H, S]) message(buf []byte, at *wire.MsgAt, n int) (more int) {
	in.inMsgs++
	in.inBytes += uint64(at.Header.Len() + at.Payload.Len())
	if at.SID != in.sid || in.sub == nil {
		if in.turnTo(at.SID); in.sub == nil {
			return 0
		}
	}
	in.run.msgs++
	if in.sub.lends {
		return in.lend(buf, at, n)
	}
	subject := buf[at.Subject.Begin:at.Subject.End]
	own := string(subject) == in.sub.subject
	var m *Msg[H, S]
	var block string
	if size := at.Payload.Len() + at.Header.Len(); size <= sharedPayload {
		size += at.Reply.Len()
		again := own || string(subject) == in.last
		if !again {
			size += len(subject)
		}
		parsed := 0
		if at.Header.Len() > 0 {
			parsed = parsedHeader
		}
		if in.usedMsgs == len(in.msgs) || len(in.bytes)-in.usedBytes < size || in.parsed < parsed {
			if again && !own {
				again = false
				size += len(subject)
			}
			in.newSlabs(size, parsed, 1+(len(buf)-n)/n)
		}
		m = &in.msgs[in.usedMsgs]
		in.usedMsgs++
		in.parsed -= parsed
		m.Data = in.cut(buf[at.Payload.Begin:at.Payload.End])
		m.Reply = in.cutString(buf[at.Reply.Begin:at.Reply.End])
		block = in.cutString(buf[at.Header.Begin:at.Header.End])
		if !again {
			in.last = in.cutString(subject)
		}
		m.Subject = in.last
	} else {
		in.endStretch()
		alone := make([]Msg[H, S], 1) // what shared a slab with it would pin it
		in.run.push(alone)
		m = &alone[0]
		m.Data = append(in.alone(at.Payload.Len()), buf[at.Payload.Begin:at.Payload.End]...)
		m.Reply = string(buf[at.Reply.Begin:at.Reply.End])
		block = string(buf[at.Header.Begin:at.Header.End])
		if !own {
			m.Subject = string(subject)
		}
	}
	if own {
		m.Subject = in.sub.subject
	}
	m.Sub = in.sub.owner
	in.run.bytes += len(m.Data)
	if block != "" {
		h, size, err := wire.ParseHeader(block)
		if err != nil {
			in.table.host.BadHeader(m.Sub, m.Subject, err)
		}
		m.Header = H(h)
		in.run.bytes += size
	}
	return 0
}

// alone is the memory for the data of a message that shares none, or where it is to grow.
func (in *inbound[M, H, S]) alone(size int) []byte {
	if in.sub.inRuns && in.sub.more.memory != nil {
		return in.sub.more.memory(size)[:0]
	}
	return []byte{}
}

// unusual takes in a message that isn't written as servers write them, or whose
// first part was here before.
func (in *inbound[M, H, S]) unusual(buf []byte, op *wire.Op, n int) {
	var at wire.MsgAt
	m := in.move.Load()
	if in.parser.NextMsg(buf, &at) == n {
		if m == nil || m.passes(in, buf, &at, n) {
			in.message(buf[:n], &at, n)
		}
		return
	}
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
	if m == nil || m.passes(in, parts, &at, len(parts)) {
		whole := in.whole
		in.whole = nil
		in.message(parts, &at, len(parts))
		in.whole = whole
	}
}

// flush delivers what was gathered and forgets what must not be kept while the
// reader waits.
func (in *inbound[M, H, S]) flush() {
	in.deliver()
	in.sub, in.current = nil, nil
	if o := in.others; o != nil && (!in.busy || len(o.known) > maxKnown) {
		in.others = nil
	}
	in.msgs, in.begin, in.usedMsgs = nil, 0, 0
	in.bytes, in.usedBytes, in.last = nil, 0, ""
}

// count counts what was taken in.
func (in *inbound[M, H, S]) count() {
	if in.inMsgs > 0 {
		in.link.Count(in.inMsgs, in.inBytes)
		in.inMsgs, in.inBytes = 0, 0
	}
}

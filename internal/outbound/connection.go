package outbound

import (
	"math"

	"github.com/evernats/nats/internal/wire"
)

// denseFences bounds the fences that the replay of what is in doubt brings along.
const denseFences = 4096

// Connected tells that a connection is ready for the queue. prefix, whole frames of
// which none counts as a message, goes out before everything else; the Buffer keeps it until it is
// written and doesn't change it. Each queued message is offered to keep, whose op
// is valid during the call only; one that it returns an error for is dropped and
// reported. nil keeps all.
func (b *Buffer) Connected(prefix []byte, keep func(op *wire.Op) error) (gone []Dropped) {
	return b.ConnectedWithin(prefix, -1, false, keep)
}

// ConnectedWithin is Connected for a server known to take payloads (with headers)
// of up to payload bytes, and headers or not. keep isn't asked about messages
// that this covers: most of a queue is passed over without a look at each, while
// asking about a hundred thousand messages takes milliseconds.
func (b *Buffer) ConnectedWithin(prefix []byte, payload int, headers bool, keep func(op *wire.Op) error) (gone []Dropped) {
	if b.up {
		return nil
	}
	if keep != nil {
		gone = b.filter(bound{payload, headers}, keep)
	}
	b.up = true
	if b.parts != nil {
		b.trialDue()
		b.connectParts(prefix)
		return gone
	}
	first := &chunk{data: prefix, own: true}
	if b.trialDue() {
		first.data = append(prefix[:len(prefix):len(prefix)], ping...)
		b.fences.insert(b.fences.head, fence{seq: b.confirmedSeq, c: first, at: first.end(), gate: true})
		b.stop = first
	}
	if len(first.data) > 0 {
		b.link(nil, first)
		b.w = first
	}
	return gone
}

// Fit does what ConnectedWithin does with what is queued, for the next connection and
// in steps: it looks at the messages of so many chunks at most, and says whether there
// are more. Nothing may be connected. What it has looked at, ConnectedWithin passes
// over.
func (b *Buffer) Fit(payload int, headers bool, chunks int, keep func(op *wire.Op) error) (gone []Dropped, more bool) {
	if b.up {
		return nil, false
	}
	left := chunks
	gone = b.filterSome(bound{payload, headers}, &left, keep)
	return gone, left < 0
}

func (b *Buffer) filter(fits bound, keep func(op *wire.Op) error) (gone []Dropped) {
	left := math.MaxInt
	return b.filterSome(fits, &left, keep)
}

// filterSome looks at left chunks at most, and makes left negative if there are more.
func (b *Buffer) filterSome(fits bound, left *int, keep func(op *wire.Op) error) (gone []Dropped) {
	var op wire.Op
	var kept bound // of what is kept of a chunk
	drop := func(seq uint64, frame []byte) bool {
		parseFrame(frame, &op)
		err := keep(&op)
		if err != nil {
			gone = append(gone, dropped(seq, &op, err))
			return true
		}
		kept.payload = max(kept.payload, len(op.Header)+len(op.Payload))
		kept.headers = kept.headers || len(op.Header) > 0
		return false
	}
	b.relist(func(c *chunk) (first, last *chunk) {
		if c.bound.payload <= fits.payload && (fits.headers || !c.bound.headers) {
			return c, c
		}
		if *left <= 0 {
			*left = -1
			return c, c
		}
		*left--
		// Fences are made in order only, and here chunks may have been left out.
		b.renew(c, fits.payload < 0)
		kept = bound{}
		first, last = b.rewrite(c, true, drop)
		for x := first; x != nil; x = x.next {
			x.bound = kept
			if x == last {
				break
			}
		}
		return first, last
	})
	return gone
}

// Disconnected tells that the connection is gone. The batch must be back. What
// was written whole and not confirmed is in doubt, and with Hold it is queued
// again, before anything else; a message that was written in part is queued again
// whole; control frames and fences are gone.
func (b *Buffer) Disconnected() Loss { return b.disconnected(true) }

// GaveUp is Disconnected when it was the client that ended the connection, for
// whatever reason: that is no evidence against a message.
func (b *Buffer) GaveUp() Loss { return b.disconnected(false) }

func (b *Buffer) disconnected(evidence bool) (loss Loss) {
	if !b.up {
		return Loss{}
	}
	loss.Parts = b.endParts()
	b.sealing, b.sealed = false, false
	b.up, b.out, b.stop, b.outChunk = false, false, nil, nil

	un := b.Unconfirmed()
	whole, cut := b.reached(un)
	if un.Msgs > 0 {
		loss.Doubt = Span{Count: un, First: b.reported + 1, Last: whole}
		b.reported = whole
	}
	loss.Unanswered = b.fences.clear()

	if b.hold {
		if b.head != nil {
			b.head.cutFront(b.head.conf)
		}
		b.passed = b.settled
	} else {
		if b.w != nil {
			b.w.cutFront(b.w.seen)
		}
		b.settled = b.settled.plus(un)
		b.passed = b.settled
		b.inDoubt = b.inDoubt.plus(un)
	}
	b.requeue(max(whole, cut), un.Msgs)
	if b.hold && un.Msgs > 0 {
		loss.Doubt.First = b.queued().First
	}
	if evidence {
		loss.Poison = b.judge(un.Msgs > 0, whole, cut)
	} else {
		b.trial.on, b.trial.alone = false, 0
	}
	b.fenced = b.appended.minus(b.queued().Count)
	return loss
}

// reached returns the numbers of the last message written whole, if un says that
// there is one in doubt, and of the message written in part; 0 for none.
func (b *Buffer) reached(un Count) (whole, cut uint64) {
	if un.Msgs > 0 {
		whole = b.passedSeq
	}
	w := b.w
	if w == nil {
		return whole, 0
	}
	m := w.seen
	if un.Msgs > 0 && m.msgs > 0 {
		whole = w.first + uint64(m.msgs) - 1
	}
	if m.off < w.wr {
		if _, msg := frameLen(w.data[m.off:]); msg && !w.own {
			cut = w.first + uint64(m.msgs)
		}
	}
	return whole, cut
}

// requeue makes of the whole list what waits for the next connection. Messages up
// to number last went out before, n of them.
func (b *Buffer) requeue(last uint64, n uint64) {
	if b.hold && last > 0 {
		b.again = max(b.again, last)
		b.stride = int(n/denseFences) + 1
	}
	b.held, b.size = 0, 0
	b.relist(func(c *chunk) (first, end *chunk) {
		if c.msgs == 0 {
			b.recycle(c)
			return nil, nil
		}
		c.wr, c.seen, c.conf = 0, mark{}, mark{}
		c.stale = c.stale || c.bytes != len(c.data) || c.first <= b.again
		b.size += c.size()
		return c, c
	})
	b.late = 0
	if b.tail != nil {
		b.renew(b.tail, true) // more will be appended to it
	}
	b.late = len(b.fences.q)
}

package outbound

import "errors"

// ErrPoison is the reason for dropping a message over which three connections in
// a row have ended.
//
// Such a message is found like this. When a connection ends, the messages that it
// carried, at least in part, and that are still in the queue are suspects (with
// Hold those unconfirmed, else only one that was cut in the middle), above all
// the first of them, the head. With Hold each replayed message has a fence of its
// own, so that the answers move the head up to the one that is to blame. If the
// next connection ends with the same head, not even that one answered, the third
// has to answer a PING before it gets any message, and then gets the head alone,
// with another PING: if it ends before the answer, the head is the poison. If it
// answers, the suspicion passes to the next few in the same way, and then ends.
//
// So a connection that ends for other reasons isn't held against a message,
// unless it happens three times in a row over the same one: the second time
// before anything is answered, and the third time between the answer to the first
// PING and the answer to the second. A connection that got on a little clears
// what it got past, and the count begins anew.
var ErrPoison = errors.New("three connections in a row ended when this message was sent")

const (
	strikesForTrial = 2
	tryAlone        = 64 // with Hold, where lost answers may hide how far the server got
)

// trial is the search for a message that ends connections.
type trial struct {
	head    uint64 // the first of the suspects
	last    uint64 // the last of them
	alone   uint64 // the one that is being tried, 0 until the connection has proved itself
	strikes int8   // connections that ended over head, at most strikesForTrial
	left    int8   // how many more are tried
	on      bool   // this connection is one on which they are tried alone
}

func (b *Buffer) trialDue() bool {
	t := &b.trial
	t.on = t.strikes >= strikesForTrial
	t.alone = 0
	t.left = 1
	if b.hold {
		t.left = tryAlone
	}
	return t.on
}

// openGate follows the answer to the fence that writing has waited for.
func (b *Buffer) openGate() {
	if b.sealing {
		b.sealed = true
		return
	}
	b.stop = nil
	if b.nextPart() {
		return
	}
	b.advance()
	t := &b.trial
	if !t.on {
		return
	}
	if t.left > 0 && b.isolate() {
		t.left--
		return
	}
	t.strikes, t.on, t.alone = 0, false, 0
}

// isolate puts a gate behind the first message to be written. It returns false if
// that is no suspect or there is none.
func (b *Buffer) isolate() bool {
	at := b.fences.written
	for c := b.w; c != nil; c = c.next {
		if c.own { // what is behind the parts of a prefix
			continue
		}
		b.renew(c, true)
		m := mark{off: c.wr} // nothing is out and nothing is cut: a boundary
		if c.wr > 0 {
			m = c.scan(c.wr)
		}
		for m.off < len(c.data) {
			n, msg := frameLen(c.data[m.off:])
			m.step(n, msg)
			if !msg {
				continue
			}
			seq := c.first + uint64(m.msgs) - 1
			if seq > b.trial.last {
				return false
			}
			b.trial.alone = seq
			b.gate(c, m, seq, at)
			return true
		}
		at = b.fences.after(c, at)
	}
	return false
}

// gate puts a fence behind mark m of c, and stops writing there. at is the index
// of the first fence in c or later.
func (b *Buffer) gate(c *chunk, m mark, seq uint64, at int) {
	if m.off < len(c.data) {
		b.split(c, m)
	}
	at = b.fences.after(c, at)
	g := &chunk{data: []byte(ping), first: seq + 1, stamp: c.stamp}
	b.link(c, g)
	if b.tail == g {
		b.room = 0
	}
	b.size += len(ping)
	b.fences.insert(at, fence{seq: seq, c: g, at: g.end(), gate: true})
	b.stop = g
}

// judge takes the evidence of a connection that ended: the last message that it
// carried whole (if any is in doubt), and the one that it carried in part.
// Without Hold only the latter is still in the queue.
func (b *Buffer) judge(doubt bool, whole, cut uint64) *Dropped {
	t := &b.trial
	alone := t.alone
	t.on, t.alone = false, 0
	last := cut
	if b.hold && last == 0 && doubt {
		last = whole
	}
	if last == 0 {
		return nil
	}
	head := b.queued().First
	switch {
	case t.strikes > 0 && head == t.head && head == alone:
		t.strikes = 0
		return b.takeOut(head)
	case t.strikes > 0 && head == t.head:
		t.strikes, t.last = strikesForTrial, min(t.last, last)
	default:
		t.strikes, t.head, t.last = 1, head, last
	}
	return nil
}

func (b *Buffer) takeOut(seq uint64) (out *Dropped) {
	b.relist(func(c *chunk) (first, last *chunk) {
		if out != nil || seq < c.first || seq >= c.first+uint64(c.msgs) {
			return c, c
		}
		b.renew(c, true)
		return b.rewrite(c, true, func(s uint64, frame []byte) bool {
			if s != seq {
				return false
			}
			d := droppedFrame(s, frame, ErrPoison)
			out = &d
			return true
		})
	})
	return out
}

package outbound

// Seal ends writing on this connection in good order: it puts a PING behind what was
// written, what is in the batch that is out and what was written in part, and writes
// nothing behind it. Sealed says when it is answered: then the server has everything
// that it was ever given. It returns false when there is nothing to wait for: nothing
// was written that isn't confirmed.
func (b *Buffer) Seal() bool {
	if !b.up {
		return false
	}
	if b.stop != nil { // a gate stands already, behind all that is written
		b.sealing = true
		return true
	}
	return b.seal([]byte(ping), false)
}

// SealBehind is Seal with whole frames, such as Control takes, right before the PING,
// and there is always its answer to wait for. It returns false when this can't be done
// now: there is no connection, or writing waits for some other answer.
func (b *Buffer) SealBehind(frames []byte) bool {
	if !b.up || b.stop != nil || b.sealing {
		return false
	}
	return b.seal(append(frames[:len(frames):len(frames)], ping...), true)
}

// seal puts a gate, which ends in a PING, behind what was written; always says that
// it is needed though nothing is unconfirmed.
func (b *Buffer) seal(gate []byte, always bool) bool {
	if b.w == nil {
		if !always && b.Unconfirmed().Msgs == 0 {
			b.sealing, b.sealed = true, true
			return false
		}
		g := &chunk{data: gate, first: b.appended.Msgs + 1, stamp: b.now}
		b.link(b.tail, g)
		b.w, b.room = g, 0
		b.size += len(gate)
		b.fences.push(fence{seq: b.appended.Msgs, c: g, at: g.end(), gate: true})
		b.stop = g
	} else {
		c := b.w
		at := b.fences.written
		if b.out {
			for ; c != b.outChunk; c = c.next {
				at = b.fences.after(c, at)
			}
		}
		b.renew(c, true)
		m := b.loose(c)
		for i := at; i < len(b.fences.q) && b.fences.q[i].c == c && b.fences.q[i].at.off <= m.off; i++ {
			at = i + 1
		}
		if !always && !b.out && m.off == c.wr && b.Unconfirmed().Msgs == 0 {
			b.sealing, b.sealed = true, true
			return false
		}
		b.sealAt(c, m, at, gate)
	}
	b.sealing = true
	return true
}

// sealAt puts the gate behind mark m of c; at is the index of the first fence
// behind it.
func (b *Buffer) sealAt(c *chunk, m mark, at int, gate []byte) {
	if m.off < len(c.data) {
		b.split(c, m)
	}
	g := &chunk{data: gate, first: c.first + uint64(m.msgs), stamp: c.stamp}
	b.link(c, g)
	if b.tail == g {
		b.room = 0
	}
	b.size += len(gate)
	seq := g.first - 1
	if c.own {
		seq = b.confirmedSeq
	}
	b.fences.insert(at, fence{seq: seq, c: g, at: g.end(), gate: true})
	b.stop = g
}

// Sealed says whether the server has answered for all that Seal waits for.
func (b *Buffer) Sealed() bool { return b.sealed }

// Unseal lets writing go on, after the answer if it hasn't come yet.
func (b *Buffer) Unseal() {
	answered := b.sealed && b.stop != nil
	b.sealing, b.sealed = false, false
	if answered {
		b.openGate()
	}
}

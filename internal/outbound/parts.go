package outbound

// parts are those of a prefix one of which may be what ends connections.
type parts struct {
	ends   []int    // where they end in the prefix
	alone  int      // so many are sent one by one
	passed int      // so many were answered
	gates  []*chunk // of those that are sent one by one, not yet sent
}

// TryParts makes the next Connected find out how far its prefix gets. It begins with
// parts that end at ends, and each gets a PING of its own. The first few, alone,
// are sent one by one: each when the server has answered a PING behind the one before
// it, and the first when it has answered a PING that comes before all. Nothing else is
// written until the last part is answered, and then what the prefix has behind it.
// Loss.Parts has the outcome.
func (b *Buffer) TryParts(ends []int, alone int) {
	b.parts = nil
	if len(ends) > 0 {
		b.parts = &parts{ends: ends, alone: min(alone, len(ends))}
	}
}

// connectParts is the part of Connected that lays out the prefix.
func (b *Buffer) connectParts(prefix []byte) {
	p := b.parts
	var fences []fence
	add := func(c *chunk, part int, gate bool) {
		c.data = append(c.data, ping...)
		fences = append(fences, fence{seq: b.confirmedSeq, c: c, at: c.end(), gate: gate, part: part})
	}
	if p.alone > 0 {
		c := &chunk{own: true}
		add(c, 0, true)
		p.gates = append(p.gates, c)
	}
	from := 0
	var rest *chunk
	for i, end := range p.ends {
		c := rest
		if c == nil {
			c = &chunk{own: true}
			p.gates = append(p.gates, c)
		}
		c.data = append(c.data, prefix[from:end]...)
		add(c, i+1, i < p.alone || i == len(p.ends)-1)
		if i >= p.alone {
			rest = c
		}
		from = end
	}
	if from < len(prefix) {
		b.link(nil, &chunk{data: prefix[from:], own: true})
	}
	for i := len(p.gates) - 1; i >= 0; i-- {
		b.link(nil, p.gates[i])
	}
	b.w = p.gates[0]
	b.fences.insert(b.fences.head, fences...)
	b.nextPart()
}

// nextPart lets writing go on with the next part. It returns false if there is none.
func (b *Buffer) nextPart() bool {
	p := b.parts
	if p == nil || len(p.gates) == 0 {
		return false
	}
	b.stop, p.gates = p.gates[0], p.gates[1:]
	b.advance()
	return true
}

func (b *Buffer) endParts() (out Parts) {
	if p := b.parts; p != nil {
		out = Parts{Tried: true, Passed: p.passed}
		// The gate of part n stands when that of n-1 was answered, which for the
		// first is the PING before all.
		out.Alone = p.passed < p.alone && !b.sealed && b.stop != nil && b.stop.wr > 0 && len(b.stop.data) > len(ping)
	}
	b.parts = nil
	return out
}

package object

import "time"

// settle frees what is in its place, and mends what isn't once all is known.
func (u *Upload) settle(now time.Duration) {
	if u.over {
		return
	}
	freed := 0
	for freed < len(u.chunks) {
		c := &u.chunks[freed]
		if c.state != stored || c.seq <= u.last {
			break
		}
		u.last = c.seq
		u.bytes -= c.size
		u.places = append(u.places, c.seq)
		u.acts = append(u.acts, Action{Kind: Free, ID: u.id(freed)})
		freed++
	}
	if freed > 0 {
		u.base += freed
		u.chunks = append(u.chunks[:0], u.chunks[freed:]...)
		u.progress = now
	}
	if len(u.chunks) > 0 && u.chunks[0].state == stored {
		u.block(now) // it is in the stream before one that it follows
	}
	switch {
	case !u.blocked:
		u.sendHeld(now)
	case u.quiet() && u.deleting == 0:
		u.mend(now)
	}
}

// quiet says that nothing is on its way.
func (u *Upload) quiet() bool {
	for i := range u.chunks {
		if s := u.chunks[i].state; s == flying || s == lost {
			return false
		}
	}
	return true
}

// mend is called when nothing is on its way: what is stored isn't in its place, since
// the first chunk is missing.
func (u *Upload) mend(now time.Duration) {
	if len(u.chunks) == 0 {
		u.clear()
		return
	}
	if u.probing && u.chunks[0].state == held {
		u.clear() // the one that was to find out is freed
		u.sendHeld(now)
		return
	}
	misplaced := false
	for i := range u.chunks {
		c := &u.chunks[i]
		if c.state == stored {
			misplaced = true
			u.remove(c.seq)
		}
		c.state, c.seq, c.number, c.said = held, 0, 0, 0
	}
	if misplaced || u.stuck {
		// The stream remembers the ids of what it doesn't have any more.
		u.attempt++
		for i := range u.chunks {
			u.chunks[i].again = false
		}
		if u.repairs++; u.repairs > maxRepairs {
			u.abort(Confusion)
		}
		u.stuck = false
	}
	if !misplaced {
		u.probe(now)
	}
}

func (u *Upload) clear() {
	u.blocked, u.probing, u.wait, u.retryAt = false, false, 0, 0
}

// probe sends the first chunk when it is time.
func (u *Upload) probe(now time.Duration) {
	if u.up && !u.probing && now >= u.retryAt && len(u.chunks) > 0 && u.chunks[0].state == held {
		u.probing = true
		u.send(now, 0)
	}
}

// LinkUp says that a link is there. What it answers to be sent has to go before all
// that was queued, in that order.
func (u *Upload) LinkUp(now time.Duration, acts []Action) []Action {
	u.up, u.upAt = true, now
	u.sendLost(now)
	return u.take(acts)
}

func (u *Upload) sendLost(now time.Duration) {
	for i := range u.chunks {
		if u.chunks[i].state == lost && !u.over {
			u.send(now, i)
		}
	}
}

// LinkDown says that the link is gone, and that messages with numbers up to gone went
// with it.
func (u *Upload) LinkDown(gone uint64) {
	u.up = false
	for i := range u.chunks {
		if c := &u.chunks[i]; c.state == flying && c.number <= gone {
			c.state, c.number = lost, 0
			u.odd = true
		}
	}
}

// Tick says what time it is.
func (u *Upload) Tick(now time.Duration, acts []Action) []Action {
	if u.over {
		return acts
	}
	if u.idle() {
		return u.take(acts)
	}
	if u.cfg.Patience > 0 && now-u.progress >= u.cfg.Patience {
		u.abort(Timeout)
		return u.take(acts)
	}
	if u.up {
		if now >= u.retryAt {
			u.sendLost(now)
		}
		if u.silent(now) {
			u.odd = true
			for i := range u.chunks {
				if u.chunks[i].state == flying {
					u.chunks[i].again = true
					u.send(now, i)
				}
			}
		}
		if !u.blocked {
			u.sendHeld(now)
		} else if u.quiet() && u.deleting == 0 {
			u.probe(now)
		}
	}
	return u.take(acts)
}

func (u *Upload) idle() bool { return len(u.chunks) == 0 && u.deleting == 0 }

// silent says whether nothing was heard of a chunk for too long.
func (u *Upload) silent(now time.Duration) bool {
	at, ok := u.silence()
	return ok && now >= at
}

func (u *Upload) silence() (at time.Duration, ok bool) {
	for i := range u.chunks {
		if c := &u.chunks[i]; c.state == flying {
			return max(c.sent, u.upAt) + u.cfg.Resend, true // the first is the oldest
		}
	}
	return 0, false
}

// Deadline is when Tick has to be called, if nothing happens before.
func (u *Upload) Deadline() (at time.Duration, ok bool) {
	if u.over || u.idle() {
		return 0, false
	}
	sooner := func(t time.Duration) {
		if !ok || t < at {
			at, ok = t, true
		}
	}
	if u.cfg.Patience > 0 {
		sooner(u.progress + u.cfg.Patience)
	}
	if !u.up {
		return at, ok
	}
	if t, there := u.silence(); there {
		sooner(t)
	}
	for i := range u.chunks {
		switch u.chunks[i].state {
		case held:
			if !u.blocked || u.quiet() && u.deleting == 0 && !u.probing {
				sooner(max(u.retryAt, u.upAt))
			}
			return at, ok
		case lost:
			sooner(max(u.retryAt, u.upAt))
			return at, ok
		}
	}
	return at, ok
}

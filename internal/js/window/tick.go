package window

import "time"

// Tick says what time it is.
func (w *Window) Tick(now time.Duration, acts []Action) []Action {
	if w.cfg.Timeout > 0 {
		for w.head != none && now >= w.slots[w.head].added+w.cfg.Timeout {
			w.fail(now, w.head, Timeout)
		}
	}
	if w.up {
		if now >= w.scanAt {
			w.scanAt = now + scan
			w.look(now)
		}
		w.alone(now)
		if w.blocked && w.probe == none && now >= w.retryAt {
			w.try(now)
		}
	}
	return w.take(acts)
}

// look finds what has waited for too long on this link.
func (w *Window) look(now time.Duration) {
	for i := w.head; i != none; {
		s := &w.slots[i]
		next := s.next
		since := max(s.since, w.upAt)
		switch {
		case !s.tried && w.stale(now, s):
			w.withdraw(i) // the socket takes nothing, or it went out in time
		case s.claim.empty != 0 && now-max(s.claimed, w.upAt) >= w.cfg.Replay+w.cfg.Patience:
			w.fail(now, i, Timeout) // the stream remembers ids for longer
		case s.state == flying && now-since >= w.cfg.Patience:
			w.fail(now, i, Timeout)
		case s.state == flying && s.ID && now-max(s.sent, w.upAt) >= w.resend(i) && now-s.first < w.cfg.Replay:
			w.send(now, i)
		case w.probe == i && !s.ID && now-max(s.sent, w.upAt) >= w.cfg.Resend:
			w.probe, w.retryAt = none, now // it may never be heard of: another has to find out
		case s.state == refused && (now-max(s.refusedAt, w.upAt) >= w.cfg.Patience ||
			!s.asked && s.out == 0 && now-max(s.refusedAt, w.upAt) >= unknownPatience):
			w.fail(now, i, NoStream)
		case s.state == refused && s.Exactly && now-s.refusedAt >= time.Duration(s.Attempts+1)*s.Wait:
			w.fail(now, i, NoStream) // it waited behind another all that time
		case s.state == held && now-since >= 2*w.cfg.Patience:
			w.fail(now, i, Timeout)
		}
		i = next
	}
}

// resend is after which silence a message is sent again: soon if all wait for it.
func (w *Window) resend(i int32) time.Duration {
	if w.probe == i {
		return min(w.cfg.Resend, probeResend)
	}
	return w.cfg.Resend
}

// alone sends again what holds up nobody.
func (w *Window) alone(now time.Duration) {
	for i := w.head; w.lonely > 0 && i != none; {
		s := &w.slots[i]
		next := s.next
		if s.state == refused && s.alone && now >= s.again {
			w.send(now, i)
		}
		i = next
	}
}

// try sends the first of those that wait.
func (w *Window) try(now time.Duration) {
	for i := w.head; w.blocked && i != none; {
		next := w.slots[i].next
		if s := &w.slots[i]; w.waits(now, s) {
			early := s.state == flying
			if w.send(now, i) {
				w.probe, w.early = i, early
				return
			}
		}
		i = next
	}
	if w.blocked {
		w.release(now)
	}
}

// Deadline is when Tick has to be called, if nothing happens before.
func (w *Window) Deadline() (at time.Duration, ok bool) {
	if w.count == 0 {
		return 0, false
	}
	sooner := func(t time.Duration) {
		if !ok || t < at {
			at, ok = t, true
		}
	}
	if w.cfg.Timeout > 0 {
		sooner(w.slots[w.head].added + w.cfg.Timeout)
	}
	if !w.up {
		return at, ok
	}
	sooner(w.scanAt)
	if w.blocked && w.probe == none {
		sooner(w.retryAt)
	}
	for i := w.head; w.lonely > 0 && i != none; i = w.slots[i].next {
		if s := &w.slots[i]; s.state == refused && s.alone {
			sooner(s.again)
		}
	}
	return at, ok
}

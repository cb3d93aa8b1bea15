package window

import "time"

// claim is what a stream says of the id of a message: that it is just storing it. It says
// so of a copy that it answers while another is under way. A server that led the stream, lost
// its lead with messages that weren't stored yet, and leads again, may say so of these, too,
// until it forgets their ids.
//
// Which of both it is shows when a newer message of the same stream, sent when that had been
// heard, is stored: what was under way before is stored by then, or never will be, since
// the stream's log has another message in its place. If the stream says the same of a copy
// that was sent after that, it hasn't stored the message, and nothing stands behind the id.
type claim struct {
	stream string // whose word it is; "": there is none
	behind uint64 // copies of others with a higher number were sent after that
	passed bool   // one of them is stored
	sent   uint32 // copies of the message until then
	empty  uint32 // the copy whose answer says that nothing stands behind it; 0: none does
}

// InProcess says that a stream answered a copy of a message with the word that it is just
// storing another one. Of the copies that were sent, and counted from 1, it is that one.
func (w *Window) InProcess(now time.Duration, t Token, copy uint32, stream string, acts []Action) []Action {
	i, ok := w.find(t)
	if !ok {
		return acts
	}
	s := &w.slots[i]
	c := &s.claim
	s.out = max(s.out-1, 1) // the other one has no answer
	if s.claimed == 0 {
		s.claimed = now
	}
	switch {
	case s.state != flying || !s.ID:
		return acts // an earlier copy's answer
	case c.stream != stream:
		w.disclaim(s)
		if stream != "" {
			*c = claim{stream: stream, behind: w.copies}
			w.claims++
		}
	case c.passed && copy > c.sent && copy == s.copies && !s.twice:
		// The message isn't stored, so it doesn't matter how long ago it was first sent: it
		// goes on until the stream forgets its id. If all copies but one are answered that one
		// is what the stream holds, and none is on its way.
		if s.out == 1 {
			s.out = 0
		}
		c.empty = copy
		s.sentOnce, s.first, s.since = false, s.sent, now
	}
	if w.probe == i && now-s.claimed >= w.cfg.Resend {
		w.probe, w.retryAt = none, now // it may go on for long, and the stream is there
		w.answered(now)
	}
	return w.take(acts)
}

// Stored says that a stream took a message, which wasn't there before. Remove follows. It
// matters only when the stream claims to be storing others.
func (w *Window) Stored(t Token, stream string) {
	if w.claims == 0 {
		return
	}
	i, ok := w.find(t)
	if !ok {
		return
	}
	order, left := w.slots[i].order, w.claims
	for i := w.head; i != none && left > 0; i = w.slots[i].next {
		if c := &w.slots[i].claim; c.stream != "" {
			left--
			if !c.passed && c.stream == stream && order > c.behind {
				c.passed, c.sent = true, w.slots[i].copies
			}
		}
	}
}

// claimSent notes that another copy is sent.
func (w *Window) claimSent(s *slot) {
	if s.claim.empty != 0 && s.claim.empty != s.copies {
		w.disclaim(s) // the copy before it is under way, or it isn't known
	}
	s.copies++
}

// disclaim forgets what a stream said.
func (w *Window) disclaim(s *slot) {
	if s.claim.stream != "" {
		w.claims--
	}
	s.claim = claim{}
}

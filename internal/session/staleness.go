package session

import "time"

// The detection budget of StaleAfter in twelfths, which are the steps at which the
// link is looked at. Peers that pause for less than three quarters of the budget
// are never given up, whenever the pause begins; less than five twelfths in the middle
// of what a slow link needs longer than the budget for.
const (
	WatchSteps   = 12
	silenceSteps = 3  // quiet so long: ask
	answerSteps  = 4  // no answer so long after the PING was written, and
	staleSteps   = 12 // nothing heard at all so long: stale
	ackSteps     = 5  // and nothing acknowledged so long, the PING neither: stale
	stallSteps   = 11 // the socket took nothing so long, the PING still queued: stale
)

// sight is what can be seen of a link from this side at one moment. Times are since
// the session's start.
type sight struct {
	reads      uint64        // reads that brought bytes
	written    uint64        // bytes that the socket has taken
	progress   time.Duration // when it last took some, or had none to take
	mark       uint64        // what written will be when a PING queued now is written
	confirmed  uint64        // bytes of messages that the server has confirmed
	unanswered uint64        // and of those that were written and aren't confirmed

	acks    bool // the rest is known
	acked   uint64
	left    uint64        // taken by the system and not acknowledged by the peer's
	ackedAt time.Duration // when more was last seen acknowledged
}

// sight looks at a link.
func (l *Link) sight(now time.Duration) (v sight) {
	v.reads = l.reads.Load()
	v.acked, v.left = l.LookAcks(now)
	v.acks = l.acks != nil
	v.ackedAt = l.AckedAt()
	sent := l.s.host.Sent(l)
	v.written, v.progress, v.mark = sent.Written, sent.Progress, sent.Mark
	v.confirmed, v.unanswered = sent.Confirmed, sent.Unanswered
	return v
}

// question is a PING, followed on its way to the server. The socket takes it long
// before a slow network has carried it; there are acknowledgements where they can be
// seen, and after that, or without them, only the time that what was written before
// it should need.
type question struct {
	mark      uint64        // written bytes that include it
	written   time.Duration // when it was seen written; 0: it is still queued
	ackMark   uint64        // acknowledged bytes that include it
	arrived   time.Duration // when it was seen acknowledged, or written where that isn't known; 0: not yet
	allowance time.Duration // how much longer than usual the answer may take
	pace      float64       // bytes a second that the server is known to take
}

func (q *question) follow(now time.Duration, v *sight) {
	if q.written == 0 && v.written >= q.mark {
		q.written, q.ackMark = now, v.acked+v.left
		owing := v.unanswered
		if v.acks {
			owing = min(owing, hiddenBuffer)
		}
		q.allowance = time.Duration(float64(owing) / max(q.pace, slowestPace) * float64(time.Second))
	}
	if q.written != 0 && q.arrived == 0 && (!v.acks || v.acked >= q.ackMark) {
		q.arrived = now
	}
}

// onItsWay says whether there is nothing to learn yet from the missing answer,
// while what is before the question has moved within the last while.
func (q *question) onItsWay(now time.Duration, v *sight, while time.Duration) bool {
	switch {
	case q.written == 0:
		return now-max(v.progress, v.ackedAt) < while
	case q.arrived == 0:
		return now-max(q.written, v.ackedAt) < while
	}
	return now-q.arrived < q.allowance
}

const (
	// slowestPace is how many bytes a second a link is believed to carry that has
	// never shown more.
	slowestPace = 16 << 10
	// hiddenBuffer is how much may wait behind what the peer's system acknowledges: in
	// its receive buffer, or in that of a proxy.
	hiddenBuffer = 256 << 10
)

// pace is how fast a server is known to take messages: the most that it confirmed
// in the time between two looks.
type pace struct {
	best      float64 // bytes a second
	confirmed uint64
	at        time.Duration
}

func (p *pace) look(now time.Duration, v *sight) {
	if d := now - p.at; d > 0 {
		p.best = max(p.best, float64(v.confirmed-p.confirmed)/d.Seconds())
		p.confirmed, p.at = v.confirmed, now
	}
}

// lifeSigns is StaleAfter's view of a link.
type lifeSigns struct {
	step   time.Duration // between two looks
	looked time.Duration // the last one
	reads  uint64        // the link's count then
	heard  time.Duration // when something was last heard
	asked  bool          // a PING waits for its answer
	ping   question
}

// look says whether to send a PING, and whether to give the peer up. Bytes that
// come in are a sign of life; so is a socket that takes bytes, and a peer whose
// system acknowledges them, as long as the PING itself is still behind them.
func (s *lifeSigns) look(now time.Duration, v sight, p *pace) (ask, stale bool) {
	gap := now - s.looked
	s.looked = now
	if gap > 2*s.step {
		// This process didn't get to run. What the peer did meanwhile may not have
		// been read yet: the time doesn't count against it.
		s.heard += gap
		v.progress += gap
		v.ackedAt += gap
		if s.ping.written != 0 {
			s.ping.written += gap
		}
		if s.ping.arrived != 0 {
			s.ping.arrived += gap
		}
	}
	p.look(now, &v)
	if v.reads != s.reads {
		s.reads, s.heard, s.asked = v.reads, now, false
	}
	if !s.asked {
		if ask = now-s.heard >= silenceSteps*s.step; ask {
			s.asked, s.ping = true, question{mark: v.mark, pace: p.best}
		}
		return ask, false
	}
	if s.ping.written == 0 && v.written < s.ping.mark {
		return false, now-max(v.progress, s.heard) >= stallSteps*s.step && (!v.acks || now-v.ackedAt >= ackSteps*s.step)
	}
	fresh := s.ping.written == 0 || s.ping.arrived == 0
	s.ping.follow(now, &v)
	switch {
	case fresh && s.ping.arrived == now:
	case s.ping.arrived == 0:
		stale = now-max(s.ping.written, v.ackedAt) >= ackSteps*s.step && now-s.heard >= staleSteps*s.step
	default:
		stale = now-s.ping.arrived >= answerSteps*s.step+s.ping.allowance && now-s.heard >= staleSteps*s.step
	}
	return false, stale
}

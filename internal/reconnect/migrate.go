package reconnect

import "time"

// A move is a connection's way to another server while the first one still serves
// it. All of it happens in state Connected, to which it adds what follows; an event
// that isn't listed does what it does without a move, after the move was given up.
//
//	–            LameDuck       planned: a random moment of the first two fifths of the grace
//	             Migrate        dialling
//	planned      Timeout        dialling; resting when there is no other server
//	             Migrate        the same, at once
//	dialling     Established    overlapping: Prepare
//	             Failed         dialling, the next server; resting when all had their turn
//	resting      Timeout        dialling
//	overlapping  Ready          finishing: Switch; the new link is the connection now
//	             NotReady, or a lame duck there, or Timeout
//	                            dialling, the next server
//	             Lost           –: the prepared link is adopted
//	finishing    OldFinished, Lost of the old link, or Timeout
//	                            –: TellMigrated
//	             LameDuck       the same later, and then planned
//	any but finishing           –: given up when its time is over, or by Stay, ForceReconnect, Close, Lost
//
// What fails on the way is held against the servers in the order of the next pass and
// nowhere else: neither credentials that are refused nor failed attempts end a
// connection that lives.
type move struct {
	phase phase
	began time.Duration
	at    time.Duration // the phase's deadline
	until time.Duration // nothing is begun after it
	tries uint8         // passes through all servers
	asked bool          // by the program
	duck  bool          // the server that is left is a lame duck
	again bool          // in finishing: the new server leaves, too
	grace time.Duration // of that one

	attempt    uint32 // in overlapping and finishing: the new link's
	url        string // its server
	advertised []string
	tls        bool
	old        uint64 // in finishing: the epoch that ends
	oldURL     string
	last       error // the last attempt's
}

type phase uint8

const (
	planned phase = iota
	dialling
	resting
	overlapping
	finishing
)

const (
	// defaultGrace is how long a server lets its clients be after it has said that it
	// leaves. It is nats-server's default, which its INFO doesn't tell.
	defaultGrace = 10 * time.Second
	// hangsUpWithin is how long a server takes until it has sent all its clients away, by
	// nats-server's default. Until then there is something to be won by a move.
	hangsUpWithin = 2 * time.Minute
	// spreadOver is the part of the grace, 2/n, in which a fleet moves. The rest is for
	// second tries and for the overlap: six of ten seconds, which an overlap of the slowest
	// servers that there may be fits into, 5 s and the time of its attempt.
	spreadOver = 5
	// overlapWithin is more than an overlap between slow servers takes, finishWithin more than
	// what is left of the old link.
	overlapWithin = 8 * time.Second
	finishWithin  = 8 * time.Second
	// restFirst doubles with each pass through all servers, up to restMost.
	restFirst = 250 * time.Millisecond
	restMost  = 2 * time.Second
)

func (m *Machine) onLameDuck(now time.Duration, ev Event, acts []Action) []Action {
	grace := ev.Delay
	if grace <= 0 {
		grace = defaultGrace
	}
	switch {
	case m.state != Connected || !m.policy.Migrate || !m.policy.AllowReconnect || m.policy.ChooseServer:
		return acts
	case ev.Attempt != 0:
		if m.moving(overlapping) && ev.Attempt == m.move.attempt {
			return m.unready(now, ErrLameDuck, acts)
		}
		return acts
	case ev.Epoch != m.epoch:
		return acts
	case m.moving(finishing):
		m.move.again, m.move.grace = true, grace
		return acts
	}
	if s := m.pool.find(m.url); s != nil {
		s.fail(now) // the last to be chosen for a while
	}
	if m.move != nil {
		m.move.duck, m.move.until = true, now+max(grace, hangsUpWithin)
		return acts
	}
	m.move = &move{duck: true, began: now, at: now + m.random(2*grace/spreadOver), until: now + max(grace, hangsUpWithin)}
	return acts
}

func (m *Machine) onMigrate(now time.Duration, ev Event, acts []Action) []Action {
	switch {
	case m.state != Connected:
		return append(acts, Action{Kind: TellMigrationFailed, Epoch: m.epoch, URL: m.url, Err: ErrNotConnected})
	case m.policy.ChooseServer:
		return append(acts, Action{Kind: TellMigrationFailed, Epoch: m.epoch, URL: m.url, Err: ErrProgramChooses})
	case m.move == nil:
		within := ev.Delay
		if within <= 0 {
			within = defaultGrace
		}
		m.move = &move{began: now, at: now, until: now + within}
	}
	m.move.asked = true
	if m.moving(planned) {
		return m.moveOn(now, acts)
	}
	return acts
}

// moving says whether there is a move in that phase.
func (m *Machine) moving(p phase) bool { return m.move != nil && m.move.phase == p }

// moveOn begins a pass through the other servers.
func (m *Machine) moveOn(now time.Duration, acts []Action) []Action {
	shuffle := m.rnd
	if m.policy.NoRandomize {
		shuffle = nil
	}
	m.pool.arrange(moment{now: now, justLost: m.url, hold: m.policy.ReconnectWait}, false, shuffle)
	return m.moveNext(now, acts)
}

// moveNext dials the next server that isn't the one that is left.
func (m *Machine) moveNext(now time.Duration, acts []Action) []Action {
	v := m.move
	v.phase, v.attempt, v.url, v.advertised = resting, 0, "", nil
	s := m.pool.next()
	if s != nil && s.url == m.url {
		s.turn = tried
		s = m.pool.next()
	}
	switch {
	case now >= v.until:
		return m.stay(now, tookTooLong(v.last), acts)
	case s != nil:
		v.phase, v.at = dialling, v.until
		return m.dial(now, s, acts)
	case v.asked && len(m.pool.servers) < 2:
		if !v.duck {
			return m.stay(now, ErrNoOtherServer, acts)
		}
		// Who has asked is told; the lame duck is to be left all the same.
		v.asked = false
		acts = append(acts, Action{Kind: TellMigrationFailed, Epoch: m.epoch, URL: m.url, Err: ErrNoOtherServer, Took: now - v.began})
	}
	rest := min(restFirst<<min(v.tries, 6), restMost)
	v.tries++
	v.at = min(now+rest/2+m.random(rest), v.until)
	return acts
}

// prepared is an attempt of a move that has reached its server.
func (m *Machine) prepared(now time.Duration, a attempt, ev Event, acts []Action) []Action {
	if ev.Same {
		if s := m.pool.find(a.url); s != nil {
			s.fail(now)
		}
		acts = append(acts, Action{Kind: Cancel, Attempt: a.id, URL: a.url})
		return m.moveNext(now, acts)
	}
	v := m.move
	v.phase, v.at = overlapping, now+overlapWithin
	v.attempt, v.url, v.advertised, v.tls = a.id, a.url, ev.Advertised, ev.TLS
	return append(acts, Action{Kind: Prepare, Attempt: a.id, URL: a.url})
}

// moveFailed is an attempt of a move that hasn't.
func (m *Machine) moveFailed(now time.Duration, a attempt, ev Event, acts []Action) []Action {
	m.move.last = ev.Failure.Err
	acts = m.hear(ev.Advertised, acts)
	if s := m.pool.find(a.url); s != nil {
		s.fail(now)
	}
	return m.moveNext(now, acts)
}

func (m *Machine) onReady(now time.Duration, ev Event, acts []Action) []Action {
	if !m.moving(overlapping) || ev.Attempt != m.move.attempt {
		return acts
	}
	v := m.move
	v.phase, v.at, v.old, v.oldURL = finishing, now+finishWithin, m.epoch, m.url
	if s := m.pool.find(m.url); s != nil {
		m.pool.behind(s)
	}
	m.judge(now, true)
	m.arriveAt(now, v)
	acts = append(acts, Action{Kind: Switch, Attempt: v.attempt, Epoch: m.epoch, URL: v.url})
	return m.advertise(v.advertised, true, acts)
}

// arriveAt makes the server of the new link the connection's.
func (m *Machine) arriveAt(now time.Duration, v *move) {
	m.epoch++
	m.url, m.connectedAt, m.tls = v.url, now, v.tls
	if s := m.pool.find(v.url); s != nil {
		s.succeed()
	}
}

func (m *Machine) onNotReady(now time.Duration, ev Event, acts []Action) []Action {
	if !m.moving(overlapping) || ev.Attempt != m.move.attempt {
		return acts
	}
	return m.unready(now, ev.Failure.Err, acts)
}

// unready leaves a server with which the overlap failed, and tries the next one.
func (m *Machine) unready(now time.Duration, err error, acts []Action) []Action {
	v := m.move
	acts = append(acts,
		Action{Kind: Cancel, Attempt: v.attempt, URL: v.url},
		Action{Kind: TellAttemptFailed, Attempt: v.attempt, URL: v.url, Err: err})
	v.last = err
	if s := m.pool.find(v.url); s != nil {
		s.fail(now)
	}
	return m.moveNext(now, acts)
}

func (m *Machine) onOldFinished(now time.Duration, ev Event, acts []Action) []Action {
	if !m.moving(finishing) || ev.Epoch != m.move.old {
		return acts
	}
	return m.moved(now, acts)
}

// moved is the end of a move that has reached its aim.
func (m *Machine) moved(now time.Duration, acts []Action) []Action {
	v := m.move
	m.move = nil
	acts = append(acts,
		Action{Kind: Drop, Epoch: v.old, URL: v.oldURL},
		Action{Kind: TellMigrated, Epoch: m.epoch, URL: m.url, Took: now - v.began})
	if v.again {
		return m.onLameDuck(now, Event{Kind: LameDuck, Epoch: m.epoch, Delay: v.grace}, acts)
	}
	return acts
}

func (m *Machine) onStay(now time.Duration, ev Event, acts []Action) []Action {
	if ev.OnlyAsked && m.move != nil && m.move.duck {
		m.move.asked = false
		return acts
	}
	return m.stay(now, ev.Failure.Err, acts)
}

// stay gives a move up; the connection remains where it is, or ends for other
// reasons. One whose new link is in use already is finished instead.
func (m *Machine) stay(now time.Duration, why error, acts []Action) []Action {
	switch {
	case m.move == nil:
		return acts
	case m.moving(finishing):
		m.move.again = false
		return m.moved(now, acts)
	}
	v := m.move
	m.move = nil
	if why == nil {
		why = ErrStopped
	}
	if v.phase == overlapping {
		acts = append(acts, Action{Kind: Cancel, Attempt: v.attempt, URL: v.url})
	}
	acts = m.cancelAll(now, acts)
	return append(acts, Action{Kind: TellMigrationFailed, Epoch: m.epoch, URL: m.url, Err: why, Took: now - v.began})
}

// rescue goes on with the prepared link when the old one ends before the switch.
func (m *Machine) rescue(now time.Duration, f Failure, acts []Action) []Action {
	v := m.move
	m.move = nil
	acts = append(acts,
		Action{Kind: StateIs, State: Attempting},
		Action{Kind: TellDisconnected, Epoch: m.epoch, URL: m.url, Err: f.Err},
		Action{Kind: TellMigrationFailed, Epoch: m.epoch, URL: m.url, Err: ErrEndedMeanwhile, Took: now - v.began})
	m.judge(now, false)
	m.blame(now, f)
	m.arriveAt(now, v)
	acts = append(acts,
		Action{Kind: Adopt, Attempt: v.attempt, Epoch: m.epoch, URL: m.url},
		Action{Kind: StateIs, State: Connected},
		Action{Kind: TellReconnected, Epoch: m.epoch, URL: m.url})
	return m.advertise(v.advertised, true, acts)
}

// moveTimeout is when a phase has lasted for long enough.
func (m *Machine) moveTimeout(now time.Duration, acts []Action) []Action {
	switch m.move.phase {
	case planned, resting:
		return m.moveOn(now, acts)
	case overlapping:
		return m.unready(now, ErrNotInTime, acts)
	case finishing:
		return m.moved(now, acts)
	}
	return m.stay(now, tookTooLong(m.move.last), acts)
}

// repool keeps a move within the pool, after that was replaced.
func (m *Machine) repool(now time.Duration, acts []Action) []Action {
	switch {
	case m.moving(dialling) && m.inFlight() == 0:
		return m.moveNext(now, acts)
	case m.moving(overlapping) && m.pool.find(m.move.url) == nil:
		acts = append(acts, Action{Kind: Cancel, Attempt: m.move.attempt, URL: m.move.url})
		return m.moveNext(now, acts)
	}
	return acts
}

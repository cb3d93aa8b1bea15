package push

import "time"

const (
	firstRetry = 50 * time.Millisecond
	quickRetry = 200 * time.Millisecond
	slowRetry  = 2 * time.Second
	// patience is how long it is tried quickly.
	patience = 30 * time.Second
	// firstPatience is how long an answer may take during the time that an election
	// takes: what is asked before there is a leader isn't answered, and the next mustn't
	// wait for that. Where it isn't that, servers are slow, and get twice as long each
	// time, up to lastPatience.
	firstPatience, lastPatience = 400 * time.Millisecond, 5 * time.Second
	election                    = 10 * time.Second
	// fullWait is how long it waits for room at the program.
	fullWait = 5 * time.Millisecond
)

// Config says what the consumer is. Times are durations since the zero of the caller's
// clock.
type Config struct {
	// Ordered consumers are made anew when something is missing.
	Ordered bool
	// Heartbeat is how often it says that it lives; 0: never.
	Heartbeat time.Duration
	// Look has it looked at when it is silent, unless it is ordered.
	Look bool
	// Chance gives a random number below n, for jitter.
	Chance func(n int64) int64
}

// Kind is what an action does.
type Kind uint8

// What the machine wants done.
const (
	Make     Kind = iota // make the consumer that begins behind Cursor, answer with Made or Failed
	Inactive             // tell that nothing is heard of it
	Mismatch             // tell that deliveries were lost
	Look                 // find out whether the consumer exists, answer with Looked
	Lost                 // tell that it doesn't
)

// Action is one thing to do.
type Action struct {
	Kind   Kind
	Cursor uint64 // the last message that was let through; 0: none
	// Patience is how long an answer to Make may take before it is tried again. What is
	// asked while a cluster elects its leader may get none.
	Patience time.Duration
	// With Mismatch: the number of the last delivery that came, and of the last that was
	// sent.
	Came, Sent uint64
}

// Machine is the state of one subscription. It isn't safe for concurrent use.
type Machine struct {
	cfg    Config
	acts   []Action
	last   uint64 // number of the last delivery of this consumer
	cursor uint64 // number of the last message that was let through
	known  bool   // a message has come of this consumer

	up      bool
	heard   time.Duration
	told    bool // of a mismatch that isn't over
	making  bool
	again   bool // a link came while it was made
	tries   int
	badFrom time.Duration
	asked   time.Duration // when it was last to be made, and how long an answer may take
	within  time.Duration
	retryAt time.Duration // 0: nothing is to be tried
	look    look
}

// New makes a machine for a consumer that is there and has a link.
func New(now time.Duration, cfg Config) *Machine { return &Machine{cfg: cfg, up: true, heard: now} }

// Cursor is the last message that was let through; 0: none.
func (m *Machine) Cursor() uint64 { return m.cursor }

// Resetting says whether an ordered consumer is being made anew.
func (m *Machine) Resetting() bool { return m.making || m.retryAt > 0 }

func (m *Machine) take(acts []Action) []Action {
	acts = append(acts, m.acts...)
	m.acts = m.acts[:0]
	return acts
}

// Message says that a delivery came of the consumer of by now, with its number and that of
// its message, and whether it is to be let through.
func (m *Machine) Message(now time.Duration, delivery, message uint64, acts []Action) (_ []Action, through bool) {
	m.heard = now
	if !m.cfg.Ordered {
		m.look.heard()
		m.last, m.cursor, m.known, m.told = delivery, message, true, false
		return acts, true
	}
	if m.retryAt > 0 {
		return acts, false // it is given up already
	}
	if delivery != m.last+1 {
		m.reset(now)
		return m.take(acts), false
	}
	m.last, m.cursor, m.known = delivery, message, true
	return acts, true
}

// Full says that the program has no room for the next message. It is said again for as
// long as that is so.
func (m *Machine) Full(now time.Duration) {
	if m.cfg.Ordered && !m.making {
		m.retryAt = now + fullWait
	}
}

// Heartbeat says that the consumer lives and has sent deliveries up to that number.
func (m *Machine) Heartbeat(now time.Duration, sent uint64, acts []Action) []Action {
	m.heard = now
	m.look.heard()
	switch {
	case m.cfg.Ordered && !m.Resetting() && sent > m.last:
		m.reset(now)
	case !m.cfg.Ordered && m.known && sent > m.last && !m.told:
		m.told = true
		m.acts = append(m.acts, Action{Kind: Mismatch, Cursor: m.cursor, Came: m.last, Sent: sent})
	}
	return m.take(acts)
}

// LinkUp says that a link is there.
func (m *Machine) LinkUp(now time.Duration, acts []Action) []Action {
	m.up, m.heard = true, now
	if m.cfg.Ordered {
		if m.making {
			m.again = true
		} else {
			m.tries = 0
			m.reset(now)
		}
	}
	m.lookLater(now)
	return m.take(acts)
}

// LinkDown says that it is gone.
func (m *Machine) LinkDown() { m.up = false }

// Renew has another consumer made in place of one that isn't believed, if none is being
// made.
func (m *Machine) Renew(now time.Duration, acts []Action) []Action {
	if m.cfg.Ordered {
		m.reset(now)
	}
	return m.take(acts)
}

// reset has the consumer made anew.
func (m *Machine) reset(now time.Duration) {
	if m.making {
		return
	}
	if m.tries == 0 {
		m.badFrom = now
	}
	m.making, m.retryAt, m.last = true, 0, 0
	m.heard = now
	if m.asked = now; now-m.badFrom < election {
		m.within = firstPatience
	} else {
		m.within = min(2*m.within, lastPatience)
	}
	m.acts = append(m.acts, Action{Kind: Make, Cursor: m.cursor, Patience: m.within})
}

// Made says that the consumer is there.
func (m *Machine) Made(now time.Duration, acts []Action) []Action {
	m.making, m.tries, m.heard = false, 0, now
	if m.again {
		m.again = false
		m.reset(now)
	}
	return m.take(acts)
}

// Failed says that it couldn't be made.
func (m *Machine) Failed(now time.Duration) {
	m.making, m.again = false, false
	m.tries++
	d := quickRetry
	switch {
	case now-m.badFrom > patience:
		d = slowRetry
	case m.tries == 1, now-m.asked >= m.within:
		d = firstRetry // one that wasn't answered has waited for that
	case m.tries == 2:
		d = 2 * firstRetry
	}
	if m.cfg.Chance != nil {
		d -= time.Duration(m.cfg.Chance(int64(d) / 4))
	}
	m.retryAt = now + d
}

// Tick says what time it is.
func (m *Machine) Tick(now time.Duration, acts []Action) []Action {
	if !m.up {
		return acts
	}
	if m.retryAt > 0 && now >= m.retryAt {
		m.reset(now)
	}
	if at, ok := m.silence(); ok && now >= at {
		m.heard = now
		if m.cfg.Ordered {
			m.reset(now)
		} else {
			m.acts = append(m.acts, Action{Kind: Inactive})
			m.lookNow()
		}
	}
	if m.look.at > 0 && now >= m.look.at {
		m.lookNow()
	}
	return m.take(acts)
}

// silence is when a heartbeat is missed. While the consumer isn't there none is.
func (m *Machine) silence() (at time.Duration, ok bool) {
	return m.heard + 2*m.cfg.Heartbeat, m.cfg.Heartbeat > 0 && m.up && !m.Resetting()
}

// Deadline is when Tick has to be called, if nothing happens before.
func (m *Machine) Deadline() (at time.Duration, ok bool) {
	if !m.up {
		return 0, false
	}
	at, ok = m.silence()
	if m.retryAt > 0 && (!ok || m.retryAt < at) {
		at, ok = m.retryAt, true
	}
	if m.look.at > 0 && (!ok || m.look.at < at) {
		at, ok = m.look.at, true
	}
	return at, ok
}

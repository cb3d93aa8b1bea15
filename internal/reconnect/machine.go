package reconnect

import (
	"slices"
	"time"
)

// Machine decides for one connection. Make it with New.
type Machine struct {
	policy *Policy
	rnd    func(n int64) int64
	pool   pool

	url         string        // of the connection, or of the last one
	chosen      string        // URL that a ServerAnswer asked for while its delay runs
	lastErr     error         // most telling failure of this pass
	epoch       uint64        // of the connection, or of the last one
	connectedAt time.Duration // when that epoch began
	waitUntil   time.Duration // in Waiting
	connectBy   time.Duration // in Connecting, when bounded
	lastDial    time.Duration
	raceDelay   time.Duration
	attempts    [maxAttempts]attempt
	move        *move // to another server, while connected; nil: there is none

	lastAttempt uint32
	token       uint32
	passes      int32

	flying  uint8
	state   State
	then    next // what Waiting and Asking lead to
	backoff uint8
	short   uint8 // connections in a row that ended soon
	bounded bool  // connectBy is set
	raced   bool  // silence was met in this pass
	tls     bool  // the last connection used TLS
	telling bool  // lastErr says more than that nobody answered
}

// next says what follows a wait or an answer.
type next uint8

const (
	thenPass   next = iota // begin a new pass
	thenServer             // go on with this pass: the chosen server, or the next one
)

// New returns a machine in state Idle. urls are the normalised URLs of the call,
// in the user's order; rnd must be uniform in [0, n).
func New(p Policy, urls []string, rnd func(n int64) int64) *Machine {
	return NewShared(&p, urls, rnd)
}

// NewShared is New for many machines with one policy, which must not change any
// more.
func NewShared(p *Policy, urls []string, rnd func(n int64) int64) *Machine {
	m := &Machine{policy: p, rnd: rnd}
	m.pool.replace(urls)
	return m
}

// State is where the connection stands.
func (m *Machine) State() State { return m.state }

// Epoch is the number of connections established so far.
func (m *Machine) Epoch() uint64 { return m.epoch }

// Servers returns what is known of the pool, in no promised order.
func (m *Machine) Servers() []Server {
	out := make([]Server, len(m.pool.servers))
	for i, s := range m.pool.servers {
		last := time.Duration(-1)
		if s.failed {
			last = s.lastFailed
		}
		out[i] = Server{URL: s.url, Given: s.given, Failures: int(s.failures), EverConnected: s.worked, LastFailed: last}
	}
	return out
}

// Deadline is when the machine wants a Timeout event, unless something else
// happens first; ok is false when it waits for no time to pass.
func (m *Machine) Deadline() (at time.Duration, ok bool) {
	switch m.state {
	case Waiting:
		return m.waitUntil, true
	case Connected:
		if m.move != nil {
			return m.move.at, true
		}
	case Connecting, Attempting:
		at, ok = m.raceAt()
		if m.state == Connecting && m.bounded && (!ok || m.connectBy < at) {
			at, ok = m.connectBy, true
		}
	}
	return at, ok
}

// Rests says until when it waits between two passes through the servers, of a reconnect or
// of a move; ok is false when it doesn't.
func (m *Machine) Rests() (until time.Duration, ok bool) {
	if m.state == Waiting || m.state == Connected && m.moving(resting) {
		return m.Deadline()
	}
	return 0, false
}

// Step takes one event and appends what is to be done to acts. The actions are
// to be carried out in their order: first what happens to links, then what there
// is to tell, StateIs before whatever the new state is told by, and at the end
// what is to be started or asked.
func (m *Machine) Step(now time.Duration, ev Event, acts []Action) []Action {
	before, start := m.state, len(acts)
	acts = m.handle(now, ev, acts)
	if m.state == before {
		return acts
	}
	at := start
	for at < len(acts) && !afterState(acts[at].Kind) {
		at++
	}
	return slices.Insert(acts, at, Action{Kind: StateIs, State: m.state})
}

// afterState says whether an action belongs to the new state rather than to what
// led there.
func afterState(k ActionKind) bool {
	switch k {
	case TellConnected, TellReconnected, TellDisconnected, TellDiscovered, TellConnectFailed, TellClosed, TellMigrationFailed, Dial, AskDelay, AskServer:
		return true
	}
	return false
}

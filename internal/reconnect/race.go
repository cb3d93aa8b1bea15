package reconnect

import "time"

// maxAttempts is how many attempts may be under way at once. Two is enough to
// get past silent servers and keeps a storm from doubling more than once.
const maxAttempts = 2

// attempt is one Dial that hasn't been answered.
type attempt struct {
	id      uint32 // 0: none
	started time.Duration
	url     string
}

func (m *Machine) inFlight() int { return int(m.flying) }

// take removes the attempt with this number and returns it; ok is false when it
// is unknown or was cancelled.
func (m *Machine) take(id uint32) (a attempt, ok bool) {
	for i := range m.attempts[:m.flying] {
		if m.attempts[i].id == id {
			a = m.attempts[i]
			m.remove(i)
			return a, true
		}
	}
	return attempt{}, false
}

func (m *Machine) remove(i int) {
	copy(m.attempts[i:], m.attempts[i+1:])
	m.flying--
	m.attempts[m.flying] = attempt{}
}

// dial starts an attempt. The server has had its turn from now on.
func (m *Machine) dial(now time.Duration, s *server, acts []Action) []Action {
	m.lastAttempt++
	if m.lastAttempt == 0 { // 0 means none
		m.lastAttempt = 1
	}
	m.raceDelay = m.patience()
	if m.raced && s.turn == untried {
		m.raceDelay /= 2
	}
	s.turn = tried
	m.attempts[m.flying] = attempt{id: m.lastAttempt, started: now, url: s.url}
	m.flying++
	m.lastDial = now
	return append(acts, Action{Kind: Dial, Attempt: m.lastAttempt, URL: s.url})
}

// cancel gives up the attempt at index i. A server that was given its time and
// stayed silent is remembered for a while.
func (m *Machine) cancel(now time.Duration, i int, acts []Action) []Action {
	a := m.attempts[i]
	m.remove(i)
	if s := m.pool.find(a.url); s != nil && m.racing() && now-a.started >= m.policy.AttemptDelay {
		s.lag(now)
	}
	return append(acts, Action{Kind: Cancel, Attempt: a.id, URL: a.url})
}

func (m *Machine) cancelAll(now time.Duration, acts []Action) []Action {
	for m.flying > 0 {
		acts = m.cancel(now, 0, acts)
	}
	return acts
}

// racing says whether a second attempt may run beside a silent first one. A user
// who chooses each server also chooses when. While connections keep ending soon
// there is no race: it would be won again and again by the server that is quick
// to accept and to hang up.
func (m *Machine) racing() bool {
	return m.policy.AttemptDelay > 0 && !m.flapping() && !(m.policy.ChooseServer && m.state != Connecting)
}

// cutting says whether a silent attempt may be ended in favour of a server that
// wasn't tried yet. Only in the first pass: when that has failed the servers are
// slow or gone, and patience serves everybody better.
func (m *Machine) cutting() bool { return m.passes == 0 && m.pool.anyUntried() }

// calmAfter is how many failed passes go on doubling the delay of races.
const calmAfter = 3

// patience is how long an attempt may be silent before another is started beside
// it. It doubles with each failed pass: when all servers are slow, because the
// whole fleet is at their doors, a second attempt of each client makes it worse.
func (m *Machine) patience() time.Duration {
	return m.policy.AttemptDelay << min(m.passes, calmAfter)
}

// raceAt is when the silence of the attempts under way becomes a reason to start
// another: patience after the first of a pass, then twice as often, since
// one silent server makes it likelier that the next is silent for the same
// reason.
func (m *Machine) raceAt() (time.Duration, bool) {
	if !m.racing() || m.flying == 0 {
		return 0, false
	}
	if m.flying < maxAttempts && m.pool.next() == nil {
		return 0, false
	}
	if m.flying == maxAttempts && !m.cutting() {
		return 0, false
	}
	return m.lastDial + m.raceDelay, true
}

// race starts the next server beside the silent one. When two are silent already
// the older makes room, and gets a full attempt later in the pass.
func (m *Machine) race(now time.Duration, acts []Action) []Action {
	m.raced = true
	if m.flying == maxAttempts {
		if s := m.pool.find(m.attempts[0].url); s != nil {
			m.pool.cutShort(s)
		}
		acts = m.cancel(now, 0, acts)
	}
	return m.attempt(now, acts)
}

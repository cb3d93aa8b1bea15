package ingest

import "time"

// Tick does what is due.
func (m *Machine) Tick(now time.Duration, acts []Action) []Action {
	if !m.up {
		return acts
	}
	if m.waits() && now >= m.heard+m.cfg.Patience {
		return m.fail(m.why, m.doubtful(), acts)
	}
	if at, ok := m.due(); !ok || now < at {
		return acts
	}
	switch m.state {
	case waiting:
		return m.again(now, acts)
	case open:
		if m.fits() {
			return m.end(now, acts)
		}
		m.probed = now
	case ending:
		m.state = probing
		fallthrough
	case probing:
		m.retryAt = now + m.cfg.Probe
	case starting:
		m.probed = now
	}
	return append(acts, m.say(Ping, m.sent))
}

// waits says whether something is due from the server.
func (m *Machine) waits() bool {
	switch m.state {
	case starting, probing, ending, waiting:
		return true
	case open:
		return !m.fits()
	}
	return false
}

// doubtful says whether messages may be stored of which that isn't known.
func (m *Machine) doubtful() bool {
	return m.state != idle && m.state != waiting && m.state != failed && m.base+m.sent > m.stored
}

// due is when something is to be done.
func (m *Machine) due() (time.Duration, bool) {
	switch m.state {
	case waiting, probing:
		return m.retryAt, true
	case starting, ending:
		return max(m.heard, m.probed) + m.cfg.Probe, true
	case open:
		if m.fits() {
			return m.progress + m.cfg.Rest, true
		}
		return max(m.heard, m.probed) + m.cfg.Probe, true
	}
	return 0, false
}

// Deadline is when Tick is due next; false: never.
func (m *Machine) Deadline() (time.Duration, bool) {
	at, ok := m.due()
	if !ok || !m.up {
		return 0, false
	}
	if m.waits() {
		at = min(at, m.heard+m.cfg.Patience)
	}
	return at, true
}

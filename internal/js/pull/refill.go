package pull

import (
	"time"

	"github.com/evernats/nats/internal/js/api"
)

// Rest is what is left of a fetch's time.
func (m *Machine) Rest(now time.Duration) time.Duration {
	if !m.begun {
		return m.cfg.Expires
	}
	return m.rest(now)
}

func (m *Machine) rest(now time.Duration) time.Duration { return m.start + m.cfg.Expires - now }

// refill asks for messages when too few are on their way or waiting.
func (m *Machine) refill(now time.Duration) {
	for !m.cfg.Held && !m.over && !m.stopped && m.up && m.retryAt == 0 && len(m.pulls) < maxPulls {
		r, ok := m.next(now)
		if !ok {
			return
		}
		if len(m.pulls) == 0 {
			m.since = now
		}
		m.last++
		r.ID = m.last
		m.pulls = append(m.pulls, pulled{
			id: r.ID, msgs: r.Messages, bytes: r.Bytes, limited: r.Bytes > 0,
			whole: r.Bytes > 0 && r.Bytes == m.bytesAtOnce(), heartbeat: r.Heartbeat,
			until: now + r.Expires + max(grace, 2*r.Heartbeat),
		})
		m.acts = append(m.acts, Action{Kind: Pull, Request: r})
	}
}

// next is the pull that is due, if one is.
func (m *Machine) next(now time.Duration) (r Request, ok bool) {
	msgs, bytes := m.buffered, m.bufferedBytes
	coming := 0
	for i := range m.pulls {
		coming += m.pulls[i].msgs
		bytes += max(m.pulls[i].bytes, 0)
	}
	msgs += coming
	if m.cfg.Once {
		if len(m.pulls) > 0 {
			return r, false
		}
		msgs, bytes = m.received, m.bufferedBytes // nothing is handled before its end
	}
	if m.cfg.Each {
		bytes = 0
	}
	if !m.cfg.Once && (msgs > m.cfg.LowMessages || m.cfg.Bytes > 0 && !m.cfg.Each && bytes > m.cfg.LowBytes) {
		return r, false
	}
	r.Messages = m.cfg.Messages - msgs
	if m.cfg.Total > 0 {
		r.Messages = min(r.Messages, m.cfg.Total-m.received-coming)
	}
	if m.capBatch > 0 {
		r.Messages = min(r.Messages, m.capBatch)
	}
	if r.Messages <= 0 {
		return r, false
	}
	if m.cfg.Bytes > 0 {
		if r.Bytes = min(m.cfg.Bytes-bytes, m.bytesAtOnce()); r.Bytes <= 0 {
			return r, false
		}
	}
	r.Pin = m.pin
	if m.cfg.NoWait {
		r.NoWait = true
		return r, true
	}
	r.Expires, r.Heartbeat = m.cfg.Expires, m.cfg.Heartbeat
	if m.cfg.Once {
		if r.Expires = m.rest(now); r.Expires < time.Millisecond {
			return r, false
		}
	} else if m.unsure && m.cfg.Heartbeat > 0 {
		r.Expires = min(r.Expires, probeExpires)
		r.Heartbeat = min(r.Heartbeat, probeHeartbeat)
	}
	if m.capExpires > 0 {
		r.Expires = min(r.Expires, m.capExpires)
	}
	if r.Heartbeat > r.Expires/2 {
		r.Heartbeat = r.Expires / 2
		if m.cfg.Once || r.Heartbeat < 100*time.Millisecond {
			r.Heartbeat = 0 // it isn't worth it any more
		}
	}
	return r, true
}

// bytesAtOnce is how many bytes one pull may ask for.
func (m *Machine) bytesAtOnce() int {
	if m.capBytes > 0 {
		return min(m.cfg.Bytes, m.capBytes)
	}
	return m.cfg.Bytes
}

// Tick says what time it is.
func (m *Machine) Tick(now time.Duration, acts []Action) []Action {
	if m.Over() {
		return acts
	}
	m.begin(now)
	if m.cfg.Once && m.rest(now) <= -fetchGrace {
		m.end(Timeout, api.Info{})
		return m.take(acts)
	}
	if m.retryAt > 0 && now >= m.retryAt {
		m.retryAt = 0
	}
	if m.up {
		m.overdue(now)
		m.lookIfDue(now)
	}
	m.refill(now)
	return m.take(acts)
}

// overdue gives up pulls of which nothing is heard any more.
func (m *Machine) overdue(now time.Duration) {
	for i := 0; i < len(m.pulls); {
		if now >= m.pulls[i].until {
			m.drop(i)
		} else {
			i++
		}
	}
	if at, ok := m.silence(); ok && now >= at {
		m.pulls = m.pulls[:0]
		m.unsure = true
		if now-m.heard >= 2*m.cfg.Heartbeat {
			m.heard = now
			m.warn(now, NoHeartbeat, api.Info{})
			m.trouble = NoHeartbeat
		}
		if m.times == 0 {
			m.badFrom = now
		}
		m.times++
		m.askIfNeeded()
	}
}

// silence is when a heartbeat is missed.
func (m *Machine) silence() (at time.Duration, ok bool) {
	var hb time.Duration
	for i := range m.pulls {
		if h := m.pulls[i].heartbeat; h > 0 && (hb == 0 || h < hb) {
			hb = h
		}
	}
	return m.since + 2*hb, hb > 0
}

// Deadline is when Tick has to be called, if nothing happens before.
func (m *Machine) Deadline() (at time.Duration, ok bool) {
	if m.Over() {
		return 0, false
	}
	sooner := func(t time.Duration) {
		if !ok || t < at {
			at, ok = t, true
		}
	}
	if m.cfg.Once && m.begun {
		sooner(m.start + m.cfg.Expires + fetchGrace)
	}
	if !m.up {
		return at, ok
	}
	if m.retryAt > 0 {
		sooner(m.retryAt)
	}
	for i := range m.pulls {
		sooner(m.pulls[i].until)
	}
	if t, silent := m.silence(); silent {
		sooner(t)
	}
	if t, due := m.lookAt(); due {
		sooner(t)
	}
	return at, ok
}

package reconnect

import "time"

// delay is the wait after a whole failed pass, unless a CustomDelay decides it.
func (m *Machine) delay() time.Duration {
	if m.policy.BackoffFirst > 0 {
		return m.nextBackoff()
	}
	return m.policy.ReconnectWait + m.random(m.jitter())
}

// jitter is the upper bound of the random part of the wait.
func (m *Machine) jitter() time.Duration {
	j := m.policy.ReconnectJitter
	if m.policy.Secure || m.tls || m.pool.secure() {
		j = m.policy.ReconnectJitterTLS
	}
	if limit := m.policy.ReconnectJitterMax; limit >= 0 && j > limit {
		j = limit
	}
	return j
}

// nextBackoff is exponential with full jitter: anything between nothing and a
// ceiling that doubles each time until it reaches BackoffMax.
func (m *Machine) nextBackoff() time.Duration {
	ceiling := m.policy.BackoffFirst
	limit := max(m.policy.BackoffMax, ceiling)
	for i := uint8(0); i < m.backoff; i++ {
		if ceiling > limit/2 {
			ceiling = limit
			break
		}
		ceiling *= 2
	}
	if ceiling < limit {
		m.backoff++
	}
	return m.random(ceiling)
}

// random is uniform in [0, d); 0 when d isn't positive.
func (m *Machine) random(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(m.rnd(int64(d)))
}

// stableAfter is how long a connection must live to count as a good one.
func (m *Machine) stableAfter() time.Duration {
	if m.policy.StableAfter > 0 {
		return m.policy.StableAfter
	}
	return m.policy.ReconnectWait
}

// flapLimit is the number of short connections in a row after which the first
// attempt waits like one after a failed pass: a server that accepts and hangs up
// must not be dialled in a hot loop.
const flapLimit = 3

// judge looks at how long the connection that just ended has lived. A
// connection that the user ended says nothing bad about the servers.
func (m *Machine) judge(now time.Duration, forced bool) {
	switch {
	case !m.soon(now):
		m.short, m.backoff = 0, 0
	case !forced && m.short < flapLimit:
		m.short++
	}
}

// soon says whether a connection that ends now was a short one.
func (m *Machine) soon(now time.Duration) bool { return now-m.connectedAt < m.stableAfter() }

func (m *Machine) flapping() bool { return m.short >= flapLimit }

package pull

import (
	"time"

	"github.com/evernats/nats/internal/js/api"
)

// lookAt is when the server is asked whether the consumer is there.
func (m *Machine) lookAt() (at time.Duration, ok bool) {
	if m.cfg.Look <= 0 || len(m.pulls) == 0 || m.retryAt > 0 {
		return 0, false
	}
	return max(m.since, m.looked) + m.cfg.Look, true
}

// lookIfDue asks it. That there are no messages is an answer; one that comes is for the pulls
// that wait, which are then asked for one less than they could be.
func (m *Machine) lookIfDue(now time.Duration) {
	if at, ok := m.lookAt(); !ok || now < at {
		return
	}
	m.last++
	m.look, m.looked = m.last, now
	m.acts = append(m.acts, Action{Kind: Pull, Request: Request{ID: m.look, Messages: 1, NoWait: true, Pin: m.pin}})
}

// seen takes the answer. Where nobody has one, nobody has the pulls that wait.
func (m *Machine) seen(now time.Duration, info api.Info, acts []Action) []Action {
	m.look = 0
	m.word(now)
	if info.Status == api.NoResponders {
		m.pulls = m.pulls[:0]
		m.fail(now, NoResponders, info)
	}
	return m.take(acts)
}

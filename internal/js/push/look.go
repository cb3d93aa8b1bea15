package push

import "time"

// Answer says what was found of the consumer.
type Answer uint8

// Answers to Look.
const (
	Unknown Answer = iota // nobody answered
	There
	Gone
)

// look is the question whether the consumer exists.
type look struct {
	at    time.Duration // when it is to be asked; 0: it isn't
	wait  time.Duration // that long after an answer that says nothing
	asked bool
	stale bool // it was heard of since it was asked
	told  bool // that it is gone
}

const firstLook, lastLook = 2 * time.Second, 30 * time.Second

// heard says that the consumer is there.
func (l *look) heard() { l.at, l.wait, l.stale, l.told = 0, 0, true, false }

// lookLater has a consumer without heartbeats looked at when it is silent on a new link:
// nothing else tells that it didn't outlive the gap.
func (m *Machine) lookLater(now time.Duration) {
	if m.cfg.Look && !m.cfg.Ordered && m.cfg.Heartbeat == 0 {
		m.look.wait = 0
		m.lookAgain(now)
	}
}

func (m *Machine) lookAgain(now time.Duration) {
	l := &m.look
	l.wait = min(max(2*l.wait, firstLook), lastLook)
	l.at = now + l.wait
	if m.cfg.Chance != nil {
		l.at += time.Duration(m.cfg.Chance(int64(l.wait) / 2))
	}
}

func (m *Machine) lookNow() {
	m.look.at = 0
	if m.cfg.Look && !m.cfg.Ordered && !m.look.asked {
		m.look.asked, m.look.stale = true, false
		m.acts = append(m.acts, Action{Kind: Look})
	}
}

// Doubt says that a server says something about the consumer that may be its end.
func (m *Machine) Doubt(acts []Action) []Action {
	m.lookNow()
	return m.take(acts)
}

// Looked is the answer to Look.
func (m *Machine) Looked(now time.Duration, a Answer, acts []Action) []Action {
	l := &m.look
	l.asked = false
	switch {
	case l.stale:
	case a == There:
		l.told = false
	case a == Gone && !l.told:
		l.told = true
		m.acts = append(m.acts, Action{Kind: Lost})
	case a == Unknown && m.cfg.Heartbeat == 0:
		m.lookAgain(now)
	}
	return m.take(acts)
}

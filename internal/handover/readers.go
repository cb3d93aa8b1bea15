package handover

import (
	"strings"

	"github.com/evernats/nats/internal/wire"
)

// probed takes in a probe.
func (m *Move) probed(subject string) {
	select {
	case m.probes <- subject:
	default: // nobody waits for so many
	}
}

// asks is Reading.Asks.
func (m *Move) asks() <-chan struct{} { return m.side.Fence([]byte(wire.PingLine)) }

// Pong takes in an answer that isn't the send side's. What was asked on the new link
// before the switch is answered first behind it, too.
func (m *Move) Pong(l Link) (asked, taken bool) {
	switch {
	case l == m.next:
		switched := m.switched.Load()
		asked = m.side.Pong()
		return asked, asked || !switched
	case l == m.old && m.switched.Load():
		return true, true // of a link that is left nothing is awaited
	}
	return false, false
}

// Ping answers a PING, unless the send side does.
func (m *Move) Ping(l Link) (taken bool) {
	switch {
	case l == m.next && !m.switched.Load():
		m.side.Write([]byte(wire.PongLine))
		return true
	case l == m.old && m.switched.Load():
		return true
	}
	return false
}

// Refuses takes in an -ERR about the probes.
func (m *Move) Refuses(text string) bool {
	if !strings.Contains(text, m.id) {
		return false
	}
	m.deny.Do(func() { close(m.refused) })
	return true
}

package pull

import (
	"testing"
	"time"
)

// A link that comes while the consumer is being made anew is the one that the next one is
// asked on.
func TestALinkThatComesBehindStopIsKnownToRenew(t *testing.T) {
	for what, end := range map[string]func(*Machine){
		"stopped": (*Machine).Stop,
		"ended":   func(m *Machine) { m.over = true },
	} {
		m := New(Config{Messages: 100, Expires: 30 * time.Second, Heartbeat: time.Second})
		if acts := m.LinkUp(0, 1, nil); len(acts) != 1 || acts[0].Kind != Pull {
			t.Fatal(acts)
		}
		end(m)
		m.LinkDown(1)
		if acts := m.LinkUp(time.Second, 2, nil); len(acts) != 0 {
			t.Errorf("%s: it pulls: %v", what, acts)
		}
		if acts := m.Renew(2*time.Second, nil); len(acts) != 1 || acts[0].Kind != Pull {
			t.Errorf("%s: no pull behind Renew, %v", what, acts)
		}
		if _, ok := m.Deadline(); !ok {
			t.Errorf("%s: nothing would be missed", what)
		}
	}
}

package push

import "testing"

// A consumer that isn't believed is replaced, once.
func TestAnotherConsumerIsMadeOnDemand(t *testing.T) {
	m := New(0, Config{Ordered: true})
	acts := m.Renew(1, nil)
	if len(acts) != 1 || acts[0].Kind != Make {
		t.Errorf("%+v", acts)
	}
	if acts = m.Renew(2, nil); len(acts) != 0 {
		t.Errorf("while one is being made: %+v", acts)
	}
	m.Made(3, nil)
	if acts = m.Renew(4, nil); len(acts) != 1 {
		t.Errorf("%+v", acts)
	}
	if acts = New(0, Config{}).Renew(1, nil); len(acts) != 0 {
		t.Errorf("one that isn't ordered: %+v", acts)
	}
}

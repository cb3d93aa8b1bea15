package jetstream

import "sync"

// pins are those that a consumer has given this client, by group. They hold for all that
// is done with one Consumer: one Fetch after the other is by the same client.
type pins struct {
	mu  sync.Mutex
	all map[string]string
}

func (p *pins) of(group string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all[group]
}

// set notes a pin; an empty one says that another client is the pinned one.
func (p *pins) set(group, pin string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all[group] == pin {
		return
	}
	if p.all == nil {
		p.all = map[string]string{}
	}
	p.all[group] = pin
}

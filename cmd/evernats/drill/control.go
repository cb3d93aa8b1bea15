package drill

import (
	"sync"
	"time"
)

// controlPause is from when on a pause of the control's messages, which come every
// 5 ms, is noted.
const controlPause = 25 * time.Millisecond

// control watches messages that go from the witness to itself, past all faults. When
// they pause, it is this machine or the servers, and not what is drilled.
type control struct {
	mu     sync.Mutex
	began  time.Time
	last   time.Time
	pauses []Gap
}

func (c *control) begin(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.began, c.last = now, now
}

func (c *control) came(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began.IsZero() {
		return
	}
	if d := now.Sub(c.last); d >= controlPause {
		c.pauses = append(c.pauses, Gap{From: ms(c.last.Sub(c.began)), Length: ms(d)})
	}
	c.last = now
}

// without leaves out the gaps that would be none beside the pauses.
func (c *control) without(gaps []Gap) []Gap {
	c.mu.Lock()
	defer c.mu.Unlock()
	var kept []Gap
	for _, g := range gaps {
		rest := g.Length
		for _, p := range c.pauses {
			rest -= max(0, min(g.end(), p.end())-max(g.From, p.From))
		}
		if rest >= ms(gapFrom) {
			kept = append(kept, g)
		}
	}
	return kept
}

func (c *control) longest() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	longest := 0.0
	for _, p := range c.pauses {
		longest = max(longest, p.Length)
	}
	return longest
}

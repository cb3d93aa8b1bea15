package handover

import "sync/atomic"

// Mover says which move of a connection is at work. The zero value is one without any.
type Mover struct {
	reading atomic.Pointer[Move]    // what both links are read for
	leaving atomic.Pointer[[]*Move] // those given up whose new link is still read; nil: none
	newest  *Move                   // it may wait for reading; the driver owns it
}

// Reading returns the move that a link is read for, which may be one that was given up;
// nil when there is none.
func (c *Mover) Reading(l Link) *Move {
	if all := c.leaving.Load(); all != nil {
		for _, m := range *all {
			if m.next == l {
				return m
			}
		}
	}
	return c.reading.Load()
}

// Newest returns the last that was prepared; nil when nothing is left of it.
func (c *Mover) Newest() *Move { return c.newest }

// Prepare begins the move from old to next, or has it wait for the end of the one before.
// id is nobody else's, and an inbox; side is for next.
func (c *Mover) Prepare(old, next Link, id string, side Side, host Host) {
	m := &Move{
		c: c, host: host, old: old, next: next, id: id, side: side, probes: make(chan string, 64),
		refused: make(chan struct{}), over: make(chan struct{}), goOn: make(chan struct{}),
		gone: make(chan struct{}), done: make(chan struct{}),
	}
	before := c.newest
	c.newest = m
	if before == nil {
		m.begin()
		return
	}
	m.before = before.done
	go func() {
		select {
		case <-before.done:
			host.Post(m.begin)
		case <-m.over:
		}
	}()
}

// Gone ends the move to a link after both of its links have ended.
func (c *Mover) Gone(l Link) {
	if m := c.newest; m != nil && m.next == l {
		m.bothEnded()
	}
}

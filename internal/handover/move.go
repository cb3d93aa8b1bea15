package handover

import (
	"sync"
	"sync/atomic"
	"time"
)

// Move takes a connection from one link to another. The driver begins and ends it; one
// goroutine of its own waits for what has to be awaited.
type Move struct {
	c         *Mover
	host      Host
	old, next Link
	id        string // what the subjects of the probes begin with
	side      Side
	before    <-chan struct{} // done of the move that it waited for; nil: of none
	probes    chan string

	refused  chan struct{} // a server doesn't let the probes pass
	deny     sync.Once
	switched atomic.Bool   // next is written to, and answers for that
	over     chan struct{} // the move was given up, or next is in use
	goOn     chan struct{} // the machine has switched
	gone     chan struct{} // old has ended before that was through
	done     chan struct{} // nothing is left of it: another one may begin

	took atomic.Int64  // the time of the probes, in nanoseconds; before that 0
	trip time.Duration // the longest that the old server has taken to answer; of run

	// Owned by the driver.
	subs    Subscriptions // nil until it has begun
	isOver  bool
	isGone  bool
	isClean bool // guarded by its being set before HandOver is posted
}

// Old returns the link that is left, and Next the one that takes over.
func (m *Move) Old() Link { return m.old }

// Next is the other one.
func (m *Move) Next() Link { return m.next }

// begin is step 1. The driver calls it.
func (m *Move) begin() {
	if m.isOver {
		return
	}
	m.c.reading.Store(m)
	m.subs = m.host.Begin(Reading{Probes: m.id, Probed: m.probed, Beside: m.side.Write, Asks: m.asks})
	if m.subs == nil {
		m.c.reading.Store(nil)
		m.host.NotReady(NotNow)
		return
	}
	go m.run()
}

// Switch says that the machine has: the old link is to hand over. The driver calls it,
// once.
func (m *Move) Switch() { close(m.goOn) }

// HandOver puts the new link to use in the place of the old one, when that has answered
// for everything: steps 6 and 7. The driver calls it.
func (m *Move) HandOver() (done, again bool) {
	if !m.isClean && m.isGone {
		return false, false
	}
	if !m.side.Close() {
		return false, true
	}
	m.switched.Store(true)
	done = m.subs.Cut(!m.isClean, func() (ok bool) {
		rest := m.side.Rest()
		if ok, again = m.host.SwitchTo(rest); !ok {
			m.side.TakeBack(rest)
		}
		return ok
	})
	if done {
		m.host.Moved()
		m.finish()
	}
	return done, again
}

// Rescue puts the new link to use when the old one is gone. It comes back when the last
// write of the other kind is. The driver calls it.
func (m *Move) Rescue() {
	if m.subs == nil { // nothing has begun
		m.finish()
		m.host.Adopt()
		return
	}
	m.subs.Subscribe()
	if !m.side.Close() {
		time.AfterFunc(time.Millisecond, func() {
			m.host.Post(func() {
				if m.host.InUse() {
					m.Rescue()
				}
			})
		})
		return
	}
	m.switched.Store(true)
	m.host.Fit()
	m.subs.Cut(true, func() bool {
		m.host.Attach(m.side.Rest())
		return true
	})
	m.finish()
}

// bothEnded ends the move after both links have. The driver calls it.
func (m *Move) bothEnded() {
	if m.isOver || m.subs == nil {
		return
	}
	m.switched.Store(true)
	m.subs.Cut(true, func() bool { return true })
	m.finish()
}

// OldGone is when the old link ends, or isn't waited for, before it has handed over.
// The driver calls it.
func (m *Move) OldGone() {
	if !m.isGone {
		m.isGone = true
		close(m.gone)
	}
}

func (m *Move) end() {
	if !m.isOver {
		m.isOver = true
		close(m.over)
	}
}

// notBegun is the end of one of which nothing was there. What waits for it waits for the
// one before.
func (m *Move) notBegun() {
	if m.before == nil {
		m.through()
		return
	}
	go func() {
		<-m.before
		m.through()
	}()
}

// through is when another one may begin: a connection keeps none that is over.
func (m *Move) through() {
	close(m.done)
	m.host.Post(func() {
		if m.c.newest == m {
			m.c.newest = nil
		}
	})
}

// finish is what is left to do when the new link is in use, or both are gone: step 9.
func (m *Move) finish() {
	m.end()
	if m.subs == nil {
		m.notBegun()
		return
	}
	go func() {
		<-m.subs.OldOver()
		select { // its answers come before those to whoever asks now
		case <-m.side.Answered():
		case <-m.subs.NextOver():
		case <-m.host.Done():
		}
		m.c.reading.CompareAndSwap(m, nil)
		select {
		case <-m.subs.Ended():
		case <-m.host.Done():
		}
		m.through()
	}()
}

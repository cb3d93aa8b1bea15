package handover

import (
	"slices"
	"time"

	"github.com/evernats/nats/internal/overlap"
	"github.com/evernats/nats/internal/wire"
)

// leaveMost bounds how long taking leave of a server may take that is never silent for
// Host.Patience, and doesn't answer either.
const leaveMost = 2 * time.Minute

// Abandon gives the move up before anything was handed over, and takes leave of the new
// server: none of its messages for queue subscriptions is anybody else's, so the link is
// read until the last has come. The driver calls it.
func (m *Move) Abandon() {
	m.end()
	if m.subs == nil {
		m.next.Close()
		m.notBegun()
		return
	}
	again := m.subs.Abandon()
	go func() {
		if again {
			m.backAtOld()
		}
		lines := m.subs.Leave()
		m.c.leaves(m)
		m.c.reading.CompareAndSwap(m, nil)
		m.through()
		if len(lines) > 0 {
			m.readOut(m.side.Fence(append(lines, wire.PingLine...)))
		}
		m.next.Close()
		<-m.subs.NextOver() // a PONG that it still brings answers nothing else
		m.c.hasLeft(m)
	}()
}

// backAtOld waits until all know that queue subscriptions are at the old server again, as
// it was before those left. When that link ends nothing is waited for: it is lost, like
// any other.
func (m *Move) backAtOld() {
	answer, forget, err := m.host.Fence()
	if err != nil {
		return
	}
	defer forget()
	limit := time.NewTimer(leaveMost)
	defer limit.Stop()
	over := m.subs.NextOver()
	select {
	case err := <-answer:
		if err != nil {
			return
		}
	case <-over:
		return
	case <-m.host.Done():
		return
	case <-limit.C:
		return
	}
	limit.Reset(overlap.Skew(time.Duration(m.took.Load())))
	select {
	case <-limit.C:
	case <-over:
	case <-m.host.Done():
	}
}

// readOut waits for the new server's last answer, as long as its link lives.
func (m *Move) readOut(answer <-chan struct{}) {
	asked := time.Now()
	patience := min(m.host.Patience(), leaveMost)
	t := time.NewTimer(patience)
	defer t.Stop()
	over := m.subs.NextOver()
	for {
		select {
		case <-answer:
			return
		case <-over:
			return
		case <-m.host.Done():
			return
		case <-t.C:
		}
		since := time.Since(asked)
		left := min(patience-min(m.next.Silent(), since), leaveMost-since)
		if left <= 0 {
			return
		}
		t.Reset(left)
	}
}

// leaves has the readers of the new link ask a move that was given up, and hasLeft is the
// end of that.
func (c *Mover) leaves(m *Move) {
	c.changeLeaving(func(all []*Move) []*Move { return append(all, m) })
}

func (c *Mover) hasLeft(m *Move) {
	c.changeLeaving(func(all []*Move) []*Move {
		return slices.DeleteFunc(all, func(x *Move) bool { return x == m })
	})
}

func (c *Mover) changeLeaving(f func(all []*Move) []*Move) {
	for {
		before := c.leaving.Load()
		var all []*Move
		if before != nil {
			all = slices.Clone(*before)
		}
		var after *[]*Move
		if all = f(all); len(all) > 0 {
			after = &all
		}
		if c.leaving.CompareAndSwap(before, after) {
			return
		}
	}
}

package nats

import (
	"sync"
	"sync/atomic"
)

// statusChanSize is the promised capacity of a StatusChanged channel.
const statusChanSize = 10

// statusListeners are the channels of StatusChanged. Only the driver and Close
// send, one at a time under the lock; the sends never wait.
type statusListeners struct {
	mu     sync.Mutex
	all    []statusListener
	closed bool
}

type statusListener struct {
	ch   chan Status
	want map[Status]bool
}

// StatusChanged returns a channel on which the listed statuses are announced;
// without a list all that matter to a program: CONNECTED, RECONNECTING,
// DISCONNECTED and CLOSED. The channel holds 10 announcements. A reader that
// lags further behind finds the newest ones: the oldest announcement makes room,
// the listener is never removed. The channel is closed after CLOSED has been
// announced, or by [Conn.RemoveStatusListener].
func (nc *Conn) StatusChanged(statuses ...Status) chan Status {
	if len(statuses) == 0 {
		statuses = []Status{CONNECTED, RECONNECTING, DISCONNECTED, CLOSED}
	}
	l := statusListener{ch: make(chan Status, statusChanSize), want: make(map[Status]bool)}
	for _, s := range statuses {
		l.want[s] = true
	}
	nc.statuses.mu.Lock()
	defer nc.statuses.mu.Unlock()
	if nc.statuses.closed {
		close(l.ch)
		return l.ch
	}
	nc.statuses.all = append(nc.statuses.all, l)
	return l.ch
}

// RemoveStatusListener ends the announcements on a channel that StatusChanged
// returned, and closes it. A channel that isn't listed is left alone.
func (nc *Conn) RemoveStatusListener(ch chan Status) {
	nc.statuses.mu.Lock()
	defer nc.statuses.mu.Unlock()
	for i, l := range nc.statuses.all {
		if l.ch == ch {
			nc.statuses.all = append(nc.statuses.all[:i:i], nc.statuses.all[i+1:]...)
			close(ch)
			return
		}
	}
}

// change makes st the status and announces it. The lock keeps the announcements
// in the order of the changes, and the channels open meanwhile; a send to a full
// channel replaces the oldest announcement instead of waiting. CLOSED is final,
// and a drain leads nowhere else, whoever comes late with other news.
func (s *statusListeners) change(status *atomic.Int32, st Status) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeLocked(status, st)
}

// changeFrom is change if the status is still from.
func (s *statusListeners) changeFrom(status *atomic.Int32, from, st Status) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Status(status.Load()) == from && s.changeLocked(status, st)
}

func (s *statusListeners) changeLocked(status *atomic.Int32, st Status) bool {
	switch old := Status(status.Load()); {
	case old == st || old == CLOSED:
		return false
	case old == DRAINING_SUBS && st != DRAINING_PUBS && st != CLOSED, old == DRAINING_PUBS && st != CLOSED:
		return false
	}
	status.Store(int32(st))
	for _, l := range s.all {
		if !l.want[st] {
			continue
		}
		for sent := false; !sent; {
			select {
			case l.ch <- st:
				sent = true
			default:
				select {
				case <-l.ch:
				default:
				}
			}
		}
	}
	return true
}

func (s *statusListeners) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, l := range s.all {
		close(l.ch)
	}
	s.all = nil
}

package nats

import (
	"slices"
	"sync"
	"sync/atomic"
)

// statusChanSize is the promised capacity of a StatusChanged channel.
const statusChanSize = 10

// statusListeners are the channels of StatusChanged. Only the driver and Close
// send, one at a time under the lock; the sends never wait.
type statusListeners struct {
	mu  sync.Mutex
	all []statusListener
}

type statusListener struct {
	ch   chan Status
	want map[Status]bool
}

// StatusChanged returns a channel on which the listed statuses are announced;
// without a list all that matter to a program: CONNECTED, RECONNECTING,
// DISCONNECTED and CLOSED. The channel holds 10 announcements. A reader that
// lags further behind finds the newest ones: the oldest announcement makes room,
// the listener is never removed. The channel is the program's: the client closes it
// in [Conn.RemoveStatusListener] only, after CLOSED nothing more comes, and a program
// that has enough of it may also close it itself. On a closed connection it brings
// nothing.
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
	if !nc.IsClosed() {
		nc.statuses.all = append(nc.statuses.all, l)
	}
	return l.ch
}

// RemoveStatusListener ends the announcements on a channel that StatusChanged
// returned, and closes it. It closes a channel that isn't listed any more, or never
// was, just as well; one that is nil or closed already is left as it is.
func (nc *Conn) RemoveStatusListener(ch chan Status) {
	s := &nc.statuses
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(l statusListener) bool { return l.ch == ch })
	defer func() { _ = recover() }() // nobody can ask whether it is closed
	close(ch)
}

// change makes st the status and announces it. The lock keeps the announcements
// in the order of the changes. CLOSED is final, and a drain leads nowhere else,
// whoever comes late with other news.
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
	s.all = slices.DeleteFunc(s.all, func(l statusListener) bool { return !l.tell(st) })
	if st == CLOSED {
		s.all = nil
	}
	return true
}

// tell announces a status to one listener: a full channel loses its oldest
// announcement, so this never waits. It returns false for a channel that the
// program has closed.
func (l *statusListener) tell(st Status) (open bool) {
	if !l.want[st] {
		return true
	}
	defer func() { _ = recover() }()
	for {
		select {
		case l.ch <- st:
			return true
		default:
		}
		select {
		case <-l.ch:
		default:
		}
	}
}

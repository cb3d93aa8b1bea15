package notify

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Statuses is a status and those who are told of its changes. The zero value has
// status 0 and no listener.
type Statuses[S ~int] struct {
	now atomic.Int32

	mu   sync.Mutex
	all  []Listener[S]
	last bool // no other status will come
}

// Now is the status. It takes no lock.
func (s *Statuses[S]) Now() S { return S(s.now.Load()) }

// Begin sets the status that the first change starts from, and tells nobody.
func (s *Statuses[S]) Begin(st S) { s.now.Store(int32(st)) }

// Listen returns a channel on which the wanted statuses are announced from now on.
// After the last one it brings nothing.
func (s *Statuses[S]) Listen(wanted []S) chan S {
	l := NewListener(wanted)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last {
		s.all = append(s.all, l)
	}
	return l.C()
}

// Remove ends the announcements on a channel and closes it, whether it is listed or
// not. One that is nil or closed already is left as it is.
func (s *Statuses[S]) Remove(ch chan S) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(l Listener[S]) bool { return l.ch == ch })
	closeOnce(ch)
}

// Listeners is how many channels are listed.
func (s *Statuses[S]) Listeners() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// Change makes st the status and announces it, if it is another one, none was the last
// and it may follow the one there is. The lock keeps the announcements in the order of
// the changes, and may is asked under it.
func (s *Statuses[S]) Change(st S, may func(from S) bool) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.Now()
	if s.last || from == st || !may(from) {
		return false
	}
	s.setLocked(st)
	return true
}

// End makes st the last status and announces it. It returns false if there was a last
// one before.
func (s *Statuses[S]) End(st S) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last {
		return false
	}
	s.last = true
	s.setLocked(st)
	s.all = nil
	return true
}

func (s *Statuses[S]) setLocked(st S) {
	s.now.Store(int32(st))
	s.all = slices.DeleteFunc(s.all, func(l Listener[S]) bool { return !l.Tell(st) })
}

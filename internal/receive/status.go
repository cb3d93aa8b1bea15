package receive

// Status says how a subscription stands.
type Status uint8

const (
	Active   Status = iota
	Draining        // its last messages are being handled
	Closed          // it has ended
	Slow            // messages are being dropped
)

// Listener is told of statuses, under the subscription's lock: it must not wait. Close
// is the end; behind it nothing comes.
type Listener interface {
	Tell(st Status)
	Close()
}

// Listen tells l the present status and each change from now on.
func (s *Sub[M, H, S]) Listen(l Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.Tell(s.statusLocked())
	if s.closed {
		l.Close()
		return
	}
	x := s.extrasLocked()
	x.listeners = append(x.listeners, l)
}

func (s *Sub[M, H, S]) statusLocked() Status {
	switch {
	case s.closed:
		return Closed
	case s.draining:
		return Draining
	case s.slow:
		return Slow
	}
	return Active
}

// tellLocked announces a status; the lock keeps other senders away.
func (s *Sub[M, H, S]) tellLocked(st Status) {
	if s.more == nil {
		return
	}
	for _, l := range s.more.listeners {
		l.Tell(st)
	}
}

// endListenersLocked tells of the end and lets the listeners go.
func (s *Sub[M, H, S]) endListenersLocked() {
	if s.more == nil {
		return
	}
	s.tellLocked(Closed)
	for _, l := range s.more.listeners {
		l.Close()
	}
	s.more.listeners = nil
}

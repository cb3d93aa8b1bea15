package session

import "github.com/evernats/nats/internal/reconnect"

// Force leaves the link in use and has the machine connect anew at once, or skip the
// wait that it is in, or the one that would follow the attempts that are under way.
func (s *Session) Force() {
	s.drv.post(func() {
		s.leave(func() {
			s.unlink(nil, func(error) {
				s.forced = s.State() == reconnect.Attempting
				s.step(reconnect.Event{Kind: reconnect.ForceReconnect})
			})
		})
	})
}

// leave gives the link in use up in good order, and then calls f on the driver: what
// was written is given time to arrive, what wasn't waits for the next link. Closing the
// socket at once could cost what it has taken, and the next connection could overtake
// what is left of this one. It never waits itself. f isn't called when the link was
// replaced meanwhile, or the connection closed.
func (s *Session) leave(f func()) {
	if s.leaving || s.closing.Load() {
		return // it is on its way already, or Close sees to it
	}
	l := s.Current()
	var wait func()
	if l != nil {
		wait = s.host.Settle(l)
	}
	if wait == nil {
		f()
		return
	}
	s.leaving = true
	go func() {
		wait()
		s.drv.post(func() {
			s.leaving = false
			if now := s.Current(); now != nil && now != l || s.closing.Load() {
				return
			}
			f()
		})
	}()
}

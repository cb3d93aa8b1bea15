package sim

import (
	"slices"

	"github.com/evernats/nats/internal/reconnect"
)

// disturbMove lets something happen to a client that is about to move, if it is: to
// either of its links, by its user, or an answer that isn't this move's.
func (s *scenario) disturbMove(c int) {
	v := s.models[c].move
	if v == nil {
		return
	}
	failure := reconnect.Failure{Kind: reconnect.Network, Err: errReset}
	m := s.w.Machine(c)
	other := slices.Index(s.urls[:s.w.Servers()], v.url)
	switch s.r.IntN(12) {
	case 0:
		s.say("client %d is kicked while it moves", c)
		s.w.Kick(c)
	case 1:
		if other >= 0 {
			s.say("server %d is killed while client %d moves to it", other, c)
			s.w.KillServer(other)
		}
	case 2:
		if other >= 0 {
			s.say("server %d is a lame duck while client %d moves to it", other, c)
			s.w.LameDuck(other, s.within(5e9), s.within(5e9))
		}
	case 3:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.Ready, Attempt: v.attempt + 1})
	case 4:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.NotReady, Attempt: v.attempt + 1, Failure: failure})
	case 5:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.OldFinished, Epoch: m.Epoch()})
	case 6:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.LameDuck, Epoch: m.Epoch()})
	case 7:
		s.meddle(c)
		s.w.SetPool(c, s.somePool())
	case 8:
		s.meddle(c)
		s.w.Force(c)
	case 9:
		s.say("client %d no longer wants to move", c)
		s.w.Stay(c)
	case 10:
		s.w.Poke(c, reconnect.Event{Kind: reconnect.LameDuck, Attempt: v.attempt + 1})
	case 11:
		if s.chance(4) {
			s.w.Close(c)
		}
	}
	s.look()
	s.audit()
}

package session

import (
	"time"

	"github.com/evernats/nats/internal/reconnect"
)

// move is what the driver knows of a move to another server beside the machine: first
// there is a link that is prepared beside the one in use, then an old one that hands
// over to it.
type move struct {
	attempt uint32
	begun   time.Duration // the attempt
	link    *Link
	old     *Link     // nil until the switch
	busy    bool      // old is out of use, and a write to it may not be back
	tries   time.Time // until when it is tried to hand over in good order
}

// handOverWithin bounds how long the last write to the old link is waited for.
const handOverWithin = 250 * time.Millisecond

// Migrate has the machine move to another server, within so much time; zero is its
// own choice.
func (s *Session) Migrate(within time.Duration) {
	s.event(reconnect.Event{Kind: reconnect.Migrate, Delay: within})
}

// Stay gives up a move that hasn't switched.
func (s *Session) Stay(why error) {
	s.event(reconnect.Event{Kind: reconnect.Stay, Failure: reconnect.Failure{Err: why}})
}

// Unwanted is Stay for a move that only the program has asked for: one that takes the
// connection away from a lame duck goes on.
func (s *Session) Unwanted(why error) {
	s.event(reconnect.Event{Kind: reconnect.Stay, OnlyAsked: true, Failure: reconnect.Failure{Err: why}})
}

// Ready says that a link is prepared, and NotReady that it can't be.
func (s *Session) Ready(l *Link) { s.prepared(l, reconnect.Event{Kind: reconnect.Ready}) }

// NotReady is the other answer to Host.Prepare.
func (s *Session) NotReady(l *Link, err error) {
	s.prepared(l, reconnect.Event{Kind: reconnect.NotReady, Failure: failureOf(err)})
}

func (s *Session) prepared(l *Link, ev reconnect.Event) {
	s.drv.post(func() {
		if m := s.move; m != nil && m.link == l && m.old == nil {
			ev.Attempt = m.attempt
			s.step(ev)
		}
	})
}

// sameServer says whether a link goes to the server that is in use.
func (s *Session) sameServer(l *Link) bool {
	now := s.Current()
	return now != nil && now.info.ID != "" && now.info.ID == l.info.ID
}

func (s *Session) prepare(no uint32) {
	at := s.attempts[no]
	if at == nil || at.link == nil {
		return
	}
	s.forgetAttempt(no)
	s.move = &move{attempt: no, begun: at.begun, link: at.link}
	s.host.Prepare(at.link)
	if at.link.info.LameDuckMode {
		s.drv.post(func() { s.preparedLeaves(at.link) })
	}
}

// preparedLeaves is when the server of a prepared link is a lame duck. The link may have
// been put to use meanwhile.
func (s *Session) preparedLeaves(l *Link) {
	switch m := s.move; {
	case m != nil && m.link == l && m.old == nil:
		s.step(reconnect.Event{Kind: reconnect.LameDuck, Attempt: m.attempt})
	case s.Current() == l && s.host.LameDuck():
		s.step(reconnect.Event{Kind: reconnect.LameDuck, Epoch: l.epoch.Load()})
	}
}

// isPrepared says whether the attempt's link is prepared.
func (s *Session) isPrepared(no uint32) bool {
	return s.move != nil && s.move.attempt == no && s.move.old == nil
}

// unprepare gives a prepared link away, if it is one.
func (s *Session) unprepare(no uint32) bool {
	if !s.isPrepared(no) {
		return false
	}
	l := s.move.link
	s.host.Attempt(Attempt{Stage: GivenUp, No: no, Server: l.server, Took: s.now() - s.move.begun})
	s.move = nil
	l.lost.Store(true)
	s.host.Unprepare(l)
	return true
}

// rescue goes on with a prepared link when the one in use has ended.
func (s *Session) rescue(no uint32, epoch uint64) bool {
	if !s.isPrepared(no) {
		return false
	}
	m := s.move
	l := m.link
	s.move = nil
	s.arrive(m, epoch)
	s.host.Rescue(l)
	l.startHeartbeat()
	return true
}

func (s *Session) arrive(m *move, epoch uint64) {
	l := m.link
	l.epoch.Store(epoch)
	l.adopted = s.now()
	l.heard.Store(int64(l.adopted))
	s.host.Attempt(Attempt{Stage: Adopted, No: m.attempt, Server: l.server, Took: l.adopted - m.begun, Epoch: epoch})
	s.setLink(l)
}

// lostInMove takes in the end of a link that isn't the one in use, but has its part in a
// move.
func (s *Session) lostInMove(l *Link, err error) {
	switch m := s.move; {
	case m == nil:
	case m.link == l && m.old == nil:
		s.step(reconnect.Event{Kind: reconnect.NotReady, Attempt: m.attempt, Failure: failureOf(l.cause(err))})
	case m.old == l:
		s.host.OldGone(l)
	}
}

// switchTo makes the prepared link the session's. The old one is written to until it
// hands over.
func (s *Session) switchTo(no uint32, epoch uint64) {
	if !s.isPrepared(no) || s.Current() == nil {
		return
	}
	m := s.move
	m.old = s.Current()
	m.old.stopHeartbeat()
	s.arrive(m, epoch)
	s.host.Switch(m.old, m.link)
}

// HandOver says that nothing is to be awaited of the old link any more.
func (s *Session) HandOver(l *Link) { s.drv.post(func() { s.handOver(l) }) }

func (s *Session) handOver(l *Link) {
	m := s.move
	if m == nil || m.link != l || m.old == nil || m.busy || s.Current() != l || s.closing.Load() {
		return // both have ended, or are about to
	}
	if m.tries.IsZero() {
		m.tries = time.Now().Add(handOverWithin)
	}
	done, again := s.host.HandOver(m.old, l)
	switch {
	case done:
		s.oldFinished(m)
	case again && time.Now().Before(m.tries):
		time.AfterFunc(time.Millisecond/2, func() { s.HandOver(l) })
	default:
		// It ends like a link that is lost, though another one is there at once.
		m.busy = true
		m.old.lost.Store(true)
		m.old.Close()
		s.host.Detach(m.old, func(atOnce bool) {
			if atOnce {
				s.takeOver(m)
			} else {
				s.drv.post(func() { s.takeOver(m) })
			}
		})
	}
}

// takeOver closes the books on an old link that hasn't answered for everything, and puts
// the new one to use.
func (s *Session) takeOver(m *move) {
	if s.move != m || m.old == nil {
		return // both have ended
	}
	s.host.Gone(m.old, nil)
	s.host.Rescue(m.link)
	s.oldFinished(m)
}

func (s *Session) oldFinished(m *move) {
	s.move = nil
	m.old.lost.Store(true)
	m.old.Close()
	m.link.startHeartbeat()
	s.step(reconnect.Event{Kind: reconnect.OldFinished, Epoch: m.old.epoch.Load()})
}

// endOld ends the old link of a move with the new one, and returns which of them is
// written to. closeOldBooks says so when the last write is back.
func (s *Session) endOld(l *Link) *Link {
	m := s.move
	if m == nil || m.old == nil {
		return l
	}
	m.old.lost.Store(true)
	m.old.Close()
	if m.busy {
		return nil // it is out of use already
	}
	return m.old
}

func (s *Session) closeOldBooks() {
	if m := s.move; m != nil && m.old != nil {
		s.move = nil
		s.host.Gone(m.old, nil)
	}
}

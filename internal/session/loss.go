package session

import (
	"context"
	"errors"
	"net"

	"github.com/evernats/nats/internal/reconnect"
)

// lost takes in what ended a link. Closing the socket makes the reader report its
// end as well; the cause is the one that was there first.
func (s *Session) lost(l *Link, err error) {
	if !l.lost.CompareAndSwap(false, true) {
		return
	}
	l.endedBy.Store(&err)
	l.Close()
	s.drv.post(func() {
		if s.Current() != l {
			s.lostInMove(l, err)
			return
		}
		s.unlink(err, func(why error) {
			if s.closing.Load() { // what Close waits for can't come any more
				s.step(reconnect.Event{Kind: reconnect.Close})
				return
			}
			s.step(reconnect.Event{Kind: reconnect.Lost, Epoch: l.epoch.Load(), Failure: failureOf(why)})
		})
	})
}

// unlink takes the connection's link out of use, closes the books on it and then
// calls f, on the driver. It is the one way in which a link that was in use ends.
// The link's last write must be back before anyone can say what became of the queue;
// closing the socket brings it back at once.
func (s *Session) unlink(found error, f func(why error)) {
	l := s.Current()
	if l != nil {
		l.lost.Store(true) // what the reader says of the closed socket is no news
		l.Close()
		s.setLink(nil)
		l.stopHeartbeat()
	}
	s.host.Detach(s.endOld(l), func(atOnce bool) {
		if !atOnce {
			s.drv.post(func() { s.closeBooks(l, found, f) })
			return
		}
		s.closeBooks(l, found, f)
	})
}

func (s *Session) closeBooks(l *Link, found error, f func(why error)) {
	s.closeOldBooks()
	if l != nil {
		if found != nil {
			found = l.cause(found)
		}
		s.host.Gone(l, found)
	}
	f(found)
}

// drop closes the connection's link without telling the machine, which asked for it. The
// old one of a move ends by itself.
func (s *Session) drop(epoch uint64) {
	if l := s.Current(); l != nil && l.epoch.Load() == epoch {
		s.unlink(nil, func(error) {})
	}
}

// failureOf sorts an error into the kinds that the machine tells apart.
func failureOf(err error) reconnect.Failure {
	f := reconnect.Failure{Kind: reconnect.Network, Err: err}
	var ne net.Error
	var e *Error
	var said *Said
	errors.As(err, &said)
	errors.As(err, &e)
	switch {
	case e != nil && e.Own:
		f.Kind = reconnect.Local
	case said != nil && said.Kind.credentials():
		f.Kind = reconnect.Auth
		f.Reason = said.Kind.text()
	case said != nil && said.Kind == SaidStale, e != nil && e.Fault == Stale:
		f.Kind = reconnect.Stale
	case said != nil && said.Kind.full():
		f.Kind = reconnect.Refused
	case said != nil && said.Kind == SaidSecure, e != nil && (e.Fault == NoTLS || e.TLS):
		f.Kind = reconnect.TLS
	case e != nil && e.Fault == TimedOut, errors.Is(err, context.DeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		f.Kind = reconnect.TimedOut
	}
	return f
}

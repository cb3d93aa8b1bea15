package nats

import (
	"net/url"
	"time"

	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/session"
	"github.com/evernats/nats/internal/wire"
)

// host is a Conn as its session sees it, see session.Host.
type host Conn

type link = session.Link

func (h *host) conn() *Conn { return (*Conn)(h) }

func (h *host) AttemptConfig() session.AttemptConfig { return h.conn().attemptConfig() }

func (h *host) Attach(l *link) { h.conn().resume(l) }

func (h *host) Read(l *link) { h.conn().readLoop(l) }

func (h *host) Sent(*link) session.Sent { return session.Sent(h.conn().out.Sight()) }

func (h *host) Ping(*link) { h.conn().out.Ping() }

func (h *host) Settle(l *link) (wait func()) {
	s := &h.conn().out
	settled := s.Seal()
	if settled == nil {
		return nil
	}
	return func() { s.AwaitSettled(outgoing{l}, settled) }
}

func (h *host) Detach(_ *link, f func(atOnce bool)) { h.conn().out.Detach(f) }

func (h *host) Gone(l *link, why error) {
	nc := h.conn()
	nc.reportDoubt(l)
	if m := nc.mover; m != nil && m.next == l {
		m.bothEnded()
	}
	if why != nil {
		nc.state.setErr(ofSession(why)) // whoever sees the new status finds the reason
	}
}

func (h *host) Attempt(a session.Attempt) { h.conn().events.attempt(h.conn(), &a) }

func (h *host) Tell(a *reconnect.Action) { h.conn().tell(a) }

func (h *host) Report(e *session.Error) {
	nc := h.conn()
	err := ofSession(e)
	if e.Fault == session.NotInPool {
		nc.state.setErr(err)
		nc.events.errorEvent(nc, nil, err)
		nc.events.reconnectFailed(nc, nc.Opts.told(err))
		return
	}
	nc.events.serverError(nc, nil, err)
}

func (h *host) Info(l *link, info *wire.ServerInfo) {
	h.conn().out.SetMaxPayload(outgoing{l}, info.MaxPayload)
}

func (h *host) LameDuck() (move bool) {
	nc := h.conn()
	nc.events.lameDuck(nc)
	return !nc.drain.Active()
}

func (h *host) Prepare(l *link) { h.conn().prepare(l) }

func (h *host) Unprepare(*link) { h.conn().mover.abandon() }

func (h *host) Switch(_, _ *link) { close(h.conn().mover.goOn) }

func (h *host) OldGone(*link) { h.conn().mover.oldGone() }

func (h *host) HandOver(_, _ *link) (done, again bool) { return h.conn().mover.handOver() }

func (h *host) Rescue(*link) { h.conn().mover.rescue() }

func (h *host) Ended(last *reconnect.Action) { h.conn().endedWith(last) }

func (h *host) AskDelay(passes int) time.Duration {
	o := &h.conn().Opts
	if cb := o.CustomReconnectDelayCB; cb != nil { // the program may have taken it away since
		return cb(passes)
	}
	return o.ReconnectWait
}

func (h *host) AskServer(known []session.Server, last *wire.ServerInfo) (*url.URL, time.Duration) {
	cb := h.conn().Opts.ReconnectToServerCB
	if cb == nil {
		return nil, 0
	}
	srv, delay := cb(poolOf(known), ServerInfo(*last))
	if srv == nil {
		return nil, delay
	}
	return srv.URL, delay
}

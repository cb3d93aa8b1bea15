package nats

import (
	"time"

	"github.com/evernats/nats/internal/outbound"
	"github.com/evernats/nats/internal/receive"
	"github.com/evernats/nats/internal/send"
)

// receiving is what internal/receive needs of a connection.
type receiving struct{ nc *Conn }

func (r receiving) Control(lines []byte, subs int) { r.nc.out.Control(lines, subs) }

func (r receiving) Fence() (answer <-chan error, forget func(), err error) {
	w, err := r.nc.out.Fence()
	if err != nil {
		return nil, nil, err
	}
	return w.Done(), func() { r.nc.out.Forget(w) }, nil
}

func (r receiving) Post(f func())           { r.nc.session.Post(f) }
func (r receiving) Draining() bool          { return r.nc.drain.Active() }
func (r receiving) Closed() <-chan struct{} { return r.nc.session.Done() }
func (r receiving) Gone()                   { r.nc.drain.Poke() }

func (r receiving) SlowConsumer(sub *Subscription) {
	r.nc.events.asyncError(r.nc, sub, ErrSlowConsumer)
}

func (r receiving) Poison(sub *Subscription) {
	r.nc.events.asyncError(r.nc, sub, ErrPoisonSubscription)
}

func (r receiving) BadHeader(sub *Subscription, subject string, err error) {
	if l := r.nc.session.Current(); l != nil {
		err = l.Scrub(err)
	}
	r.nc.events.serverError(r.nc, sub, detailed(ErrBadHeaderMsg, "%w: message on %q: %w", ErrBadHeaderMsg, subject, err))
}

func (r receiving) Recovered(sub *Subscription, dropped int) { r.nc.events.recovered(sub, dropped) }

// resume puts a fresh link to use: every subscription in one piece, then what those
// who watch links put in front, then what was queued.
func (nc *Conn) resume(l *link) {
	nc.out.Fit(outgoing{l})
	nc.subs.Resume(reading{l, nc}, func(prefix []byte, ends []int, alone int) {
		prefix = nc.links.LinkUp(portLink(l), prefix)
		nc.out.Attach(outgoing{l}, send.Prefix{Frames: prefix, Ends: ends, Alone: alone})
	})
}

// readLoop has one link read until it fails.
func (nc *Conn) readLoop(l *link) { nc.subs.Read(reading{l, nc}) }

// judgeSubs takes the evidence of a link that has ended. answered says whether the
// server has answered a PING on it.
func (nc *Conn) judgeSubs(l *link, parts outbound.Parts, answered bool) {
	nc.subs.Judge(receive.Loss{
		Link: reading{l, nc}, Parts: parts, Answered: answered,
		ByPeer: l.EndedByPeer(), TooLong: l.TooLong(), Age: time.Since(nc.start) - l.Adopted(),
	})
}

package nats

import (
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/receive"
	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/session"
	"github.com/evernats/nats/internal/wire"
)

// outgoing is a link as internal/send writes to it.
type outgoing struct{ *session.Link }

func (o outgoing) Terms() send.Terms {
	info := o.Info()
	return send.Terms{MaxPayload: info.MaxPayload, Headers: info.Headers, Resumes: o.Resumes(), Now: o.WritesNow()}
}

func (o outgoing) Server() string { return o.Link.Server().Redacted() }

func (o outgoing) WriteNow(pieces [][]byte) int {
	n, _ := o.TryWrite(pieces...)
	return n
}

func (o outgoing) Guard(start time.Time, limit time.Duration) { o.WatchWrite(start, limit) }

func (o outgoing) Unguard() { o.EndWatch() }

func (o outgoing) Acked(now time.Duration) (at time.Duration, seen bool) {
	o.LookAcks(now)
	return o.AckedAt(), o.HasAcks()
}

// reading is a link as internal/receive reads it.
type reading struct {
	*session.Link
	nc *Conn
}

func (r reading) Rest() []byte { return r.TakeRest() }

func (r reading) Count(msgs, bytes uint64) {
	atomic.AddUint64(&r.nc.InMsgs, msgs)
	atomic.AddUint64(&r.nc.InBytes, bytes)
}

func (r reading) Ping() {
	if m := r.nc.mover.Reading(outgoing{r.Link}); m == nil || !m.Ping(outgoing{r.Link}) {
		r.nc.out.OwePong()
	}
}

func (r reading) Pong() (asked bool) {
	r.Link.Pong()
	if m := r.nc.mover.Reading(outgoing{r.Link}); m != nil {
		if asked, taken := m.Pong(outgoing{r.Link}); taken {
			return asked
		}
	}
	return r.nc.out.Pong()
}

func (r reading) OK() (asked bool) { return r.nc.Opts.Verbose }
func (r reading) Info(arg []byte)  { r.TakeInfo(arg) }

func (r reading) Err(text string) {
	if m := r.nc.mover.Reading(outgoing{r.Link}); m == nil || !m.Refuses(text) {
		r.nc.processErr(r.Link, text)
	}
}

// Lost tells the session, with what was found out first: a write that failed has said
// why, and given the reader a moment for the server's last words.
func (r reading) Lost(err error, nonsense bool) {
	switch broken := r.Broken(); {
	case nonsense:
		r.GiveUp(r.Ended(phaseRead, r.Scrub(err)))
	case broken != nil && isTimeout(err):
		r.Link.Lost(broken)
	default:
		r.Link.Lost(r.Ended(phaseRead, err))
	}
}

func (r reading) InUse() bool { return r.nc.session.Current() == r.Link }

// processErr deals with an -ERR in mid-connection. No text closes the client: it
// is reported, and if the server hangs up a reconnect follows.
func (nc *Conn) processErr(l *link, text string) {
	said := l.Said(text)
	err := ofSaid(said)
	switch said.Kind {
	case session.SaidStale: // that is a loss, and told as one
	case session.SaidForbidden:
		nc.permissionDenied(l.Epoch(), err, text)
	case session.SaidTooManySubscriptions:
		if nc.reqs.SomethingRefused(err) {
			nc.events.serverError(nc, nil, err)
		}
	default:
		nc.events.serverError(nc, nil, err)
	}
}

// permissionDenied deals with a permission error, and tells the error handler of it,
// with one of the subscriptions it concerns. Of one that the program didn't ask for it
// isn't told.
func (nc *Conn) permissionDenied(epoch uint64, err error, text string) {
	var sub *Subscription
	if subject, queue, ok := wire.SubscriptionDenied(text); ok {
		var next error
		if nc.Opts.PermissionErrOnSubscribe {
			next = err
		}
		sub = nc.subs.Denied(subject, queue, epoch, next)
	}
	switch {
	case sub == nil:
		if subject, ok := wire.PublishDenied(text); ok {
			nc.reqs.PublishRefused(subject, err)
		}
	case sub.in.Quiet():
		return
	case sub.in.Kind() == receive.Inline:
		nc.reqs.InboxRefused(&sub.in, sub.Subject, err)
	}
	nc.events.serverError(nc, sub, err)
}

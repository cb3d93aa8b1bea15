package nats

import (
	"github.com/evernats/nats/internal/receive"
	"github.com/evernats/nats/internal/session"
	"github.com/evernats/nats/internal/wire"
)

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

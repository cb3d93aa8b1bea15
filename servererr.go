package nats

import "github.com/evernats/nats/internal/session"

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
		if nc.reqs.tooManySubscriptions(nc, err) {
			nc.events.serverError(nc, nil, err)
		}
	default:
		nc.events.serverError(nc, nil, err)
	}
}

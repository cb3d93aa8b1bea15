package nats

import (
	"time"

	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/session"
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

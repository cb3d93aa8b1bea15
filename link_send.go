package nats

import (
	"time"

	"github.com/evernats/nats/internal/send"
)

// A link as the send side sees it, see send.Link.

func (l *link) Terms() send.Terms {
	return send.Terms{
		MaxPayload: l.info.MaxPayload, Headers: l.info.Headers, Resumes: l.resumes, Now: l.now != nil,
	}
}

func (l *link) Server() string { return l.url.Redacted() }

func (l *link) Write(pieces [][]byte, limit time.Duration) (rest [][]byte, n int, err error) {
	return l.write(pieces, limit)
}

func (l *link) WriteNow(pieces [][]byte) int {
	n, _ := l.now.Write(pieces...)
	return n
}

func (l *link) Guard(start time.Time, limit time.Duration) { l.watchWrite(start, limit) }

func (l *link) Unguard() { l.endWatch() }

func (l *link) Acked(now time.Duration) (at time.Duration, seen bool) {
	l.lookAcks(now)
	return time.Duration(l.ackedAt.Load()), l.acks != nil
}

func (l *link) Reads() uint64 { return l.reads.Load() }

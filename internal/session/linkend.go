package session

import (
	"time"

	"github.com/evernats/nats/internal/transport"
)

// Lost reports that the link is gone. Readers, writers and the watch over it call it;
// only the first call counts.
func (l *Link) Lost(err error) { l.s.lost(l, err) }

// GiveUp is Lost when it is the client that ends the link, for what the server sent
// or couldn't take.
func (l *Link) GiveUp(err error) {
	l.bad.Store(true)
	l.Lost(err)
}

// Close shuts the socket; a blocked read or write of it returns.
func (l *Link) Close() {
	if l.closed.CompareAndSwap(false, true) {
		transport.Close(l.conn)
	}
}

// Fail notes that a write failed. What the server said before it went is still
// worth reading, often it is the reason, so the reader has a moment to find the
// end by itself.
func (l *Link) Fail(err error) {
	l.broken.Store(&err)
	if l.conn.SetReadDeadline(time.Now().Add(lastWords)) != nil {
		l.Close() // it can't be waited for
	}
}

// Ended says that reading or writing failed.
func (l *Link) Ended(phase string, err error) error {
	e := &Error{Phase: phase, Server: l.server.Redacted(), Err: err}
	if isUnacknowledged(err) {
		e.Fault = Stale
		e.Hint = "it acknowledged nothing of what was sent"
	}
	return e
}

// cause is why the link ended, which was found out by err. It is known when no
// write is under way any more.
func (l *Link) cause(err error) error {
	if said := l.said.Load(); said != nil {
		return said
	}
	// The system tells only the first who asks that the peer acknowledges nothing.
	if broken := l.Broken(); broken != nil && isStale(broken) {
		return broken
	}
	return err
}

// EndedByPeer says whether it was the peer that ended the link, and not the client
// that gave it up, by itself or because it was told to.
func (l *Link) EndedByPeer() bool {
	err := l.endedBy.Load()
	if err == nil || l.bad.Load() {
		return false
	}
	cause := l.cause(*err)
	return !isStale(cause) && !IsTimeout(cause)
}

// lastWords is how long a link is still read after a write has failed.
const lastWords = 100 * time.Millisecond

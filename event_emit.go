package nats

import (
	"errors"
	"strings"
	"time"

	"github.com/evernats/nats/internal/notify"
)

// What becomes an event, and with which figures: one function for each kind. They are
// called where handlers are told of the same thing, events.go above all.

func (e *events) attemptStarted(nc *Conn, no uint32) {
	e.seeking(nc).attempts++
	at := nc.attempts[no]
	at.begun = time.Since(nc.start)
	if e.listened() {
		e.emit(Event{Kind: EventAttemptStarted, Attempt: int(no), Server: at.server.Redacted()})
	}
}

// attemptOver comes before attemptFailed, while the attempt is known.
func (e *events) attemptOver(nc *Conn, at *attempt) {
	e.seeking(nc).took = time.Since(nc.start) - at.begun
}

func (e *events) attemptFailedEvent(nc *Conn, no uint32, url string, err error) {
	if e.listened() {
		e.emit(Event{
			Kind: EventAttemptFailed, Attempt: int(no), Server: nc.redactedKey(url), Phase: phaseOf(err),
			Err: nc.Opts.told(err), Duration: e.seeking(nc).took, NextDelay: nc.nextDelay(),
		})
	}
}

func (e *events) attemptSucceeded(nc *Conn, no uint32, at *attempt) {
	e.epoch.Store(uint32(at.link.epoch))
	if e.listened() {
		e.emit(Event{
			Kind: EventAttemptSucceeded, Attempt: int(no), Server: at.server.Redacted(), Duration: at.link.adopted - at.begun,
		})
	}
}

func (e *events) attemptCancelled(nc *Conn, no uint32, at *attempt) {
	if e.listened() {
		e.emit(Event{
			Kind: EventAttemptCancelled, Attempt: int(no), Server: at.server.Redacted(), Duration: time.Since(nc.start) - at.begun,
		})
	}
}

// connectFailed ends the stream when the connection isn't retried.
func (e *events) connectFailed(nc *Conn, err error) {
	s := e.seeking(nc)
	e.emit(Event{
		Kind: EventConnectFailed, Err: nc.Opts.shown(err), Attempts: s.attempts,
		Duration: time.Since(s.since), NextDelay: nc.nextDelay(),
	})
	if !nc.Opts.RetryOnFailedConnect {
		e.closedEvent(nc, err)
	}
}

func (e *events) connectedEvent(nc *Conn) {
	if e.listened() {
		s := e.seeking(nc)
		e.emit(Event{
			Kind: EventConnected, Server: nc.linkName(), Attempts: s.attempts, Duration: time.Since(s.since),
		})
	}
	e.search = nil
}

func (e *events) disconnectedEvent(nc *Conn, err error) {
	s := e.search
	if !e.listened() || s == nil {
		return
	}
	told := nc.Opts.told(err)
	if errors.Is(err, ErrStaleConnection) {
		e.emit(Event{Kind: EventStale, Server: s.server, Err: told, Duration: s.since.Sub(s.heard)})
	}
	e.emit(Event{
		Kind: EventDisconnected, Server: s.server, Err: told, Duration: s.lived, NextDelay: nc.nextDelay(),
		QueuedMsgs: s.queued.Msgs, QueuedBytes: s.queued.Bytes, InDoubtMsgs: s.doubt.Msgs, InDoubtBytes: s.doubt.Bytes,
	})
}

func (e *events) reconnectedEvent(nc *Conn) {
	if s := e.search; e.listened() && s != nil {
		ev := Event{
			Kind: EventReconnected, Server: nc.linkName(), Attempts: s.attempts, Duration: time.Since(s.since),
			Dropped: nc.out.totals().Dropped.Msgs - s.dropped,
		}
		if nc.Opts.AtLeastOnce {
			ev.Replayed = s.doubt.Msgs
		}
		ev.Resubscribed, ev.Gap = nc.gap(s)
		e.emit(ev)
	}
	e.search = nil
}

func (e *events) discoveredEvent(nc *Conn, keys []string) {
	if !e.listened() {
		return
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = nc.redactedKey(k)
	}
	e.emit(Event{Kind: EventServersDiscovered, Servers: names})
}

func (e *events) gone(nc *Conn, key string, err error) {
	if e.listened() {
		e.emit(Event{Kind: EventServersGone, Servers: []string{nc.redactedKey(key)}, Err: nc.Opts.told(err)})
	}
}

func (e *events) lameDuckEvent(nc *Conn) {
	e.emit(Event{Kind: EventLameDuck, Server: nc.linkName()})
}

// errorEvent is the event of what the error handler is told, unless it has one of
// another kind.
func (e *events) errorEvent(nc *Conn, sub *Subscription, err error) {
	if errors.Is(err, ErrPermissionViolation) || errors.Is(err, ErrPoisonSubscription) {
		e.refused.note(nc, sub, err)
	}
	if !e.listened() {
		return
	}
	ev := Event{Kind: EventError, Err: nc.Opts.told(err), Subscription: sub}
	switch {
	case fromConnect(err):
		return // of an attempt
	case nc.drain.active() && (errors.Is(err, ErrDrainTimeout) || errors.Is(err, ErrConnectionClosed) || errors.Is(err, ErrInDoubt)):
		return // of the drain
	case errors.Is(err, ErrSlowConsumer) && sub != nil:
		sub.mu.Lock()
		ev.Kind, ev.Err, ev.Dropped = EventSlowConsumer, nil, uint64(sub.dropped)
		sub.mu.Unlock()
	case errors.Is(err, ErrPermissionViolation):
		ev.Kind = EventPermissionDenied
		if n, ok := deniedName(err.Error()); ok {
			ev.Subject, ev.Queue = n.subject, n.queue
		} else {
			ev.Subject, _ = deniedPublish(err.Error())
		}
	}
	if sub != nil {
		ev.Subject, ev.Queue = sub.Subject, sub.Queue
	}
	e.emit(ev)
}

// recoveredLocked is called under the subscription's lock.
func (e *events) recoveredLocked(s *Subscription) {
	if e.listened() {
		e.emit(Event{
			Kind: EventConsumerRecovered, Subscription: s, Subject: s.Subject, Queue: s.Queue, Dropped: uint64(s.dropped),
		})
	}
}

// droppedRunEvent is called under the sender's lock.
func (e *events) droppedRunEvent(nc *Conn, r *notify.Run) {
	if r.Err == ErrConnectionClosed && e.search != nil { // by the driver
		e.search.left.Msgs += uint64(r.Msgs)
		e.search.left.Bytes += uint64(r.Size)
	}
	e.emit(Event{Kind: EventMessagesDropped, Dropped: uint64(r.Msgs), DroppedBytes: uint64(r.Size), Err: r.Err})
}

func (e *events) droppedMsgEvent(nc *Conn, m *DroppedMsg) {
	e.emit(Event{Kind: EventMessagesDropped, Dropped: 1, DroppedBytes: uint64(m.Size), Err: m.Err, Subject: m.Subject})
}

// draining is told of the connection's status.
func (e *events) draining(nc *Conn, st Status) {
	switch st {
	case DRAINING_SUBS:
		nc.drain.mu.Lock()
		nc.drain.since, nc.drain.seen = time.Since(nc.start), true
		nc.drain.mu.Unlock()
		e.emit(Event{Kind: EventDraining, Phase: "subscriptions"})
	case DRAINING_PUBS:
		e.emit(Event{Kind: EventDraining, Phase: "messages"})
	}
}

// drained is told of the end of a drain, once.
func (e *events) drained(nc *Conn, err error) {
	nc.drain.mu.Lock()
	since, due := nc.drain.since, nc.drain.seen
	nc.drain.seen = false
	nc.drain.mu.Unlock()
	if !due || !e.listened() {
		return
	}
	ev := Event{Kind: EventDrained, Err: nc.Opts.told(err), Duration: time.Since(nc.start) - since}
	if err != nil {
		ev.QueuedBytes, ev.Unhandled = nc.leftBehind()
	}
	e.emit(ev)
}

// closedEvent ends the stream.
func (e *events) closedEvent(nc *Conn, err error) {
	if e.listened() && nc.drain.active() {
		e.drained(nc, nc.discarded())
	}
	ev := Event{Kind: EventClosed, Err: nc.Opts.told(err), Duration: time.Since(nc.start)}
	if s := e.search; s != nil {
		ev.Dropped, ev.DroppedBytes = s.left.Msgs, s.left.Bytes
	}
	_, ev.Unhandled = nc.leftBehind()
	e.end(ev)
	e.search = nil
}

// deniedPublish finds the subject in a text like
//
//	Permissions Violation for Publish to "foo"
func deniedPublish(text string) (subject string, ok bool) {
	const what = "publish to "
	i := strings.Index(strings.ToLower(text), what)
	if i < 0 {
		return "", false
	}
	subject, _ = unquoted(text[i+len(what):])
	return subject, true
}

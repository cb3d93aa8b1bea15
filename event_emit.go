package nats

import (
	"errors"
	"time"

	"github.com/evernats/nats/internal/notify"
	"github.com/evernats/nats/internal/outbound"
	"github.com/evernats/nats/internal/send"
	"github.com/evernats/nats/internal/session"
	"github.com/evernats/nats/internal/transport"
	"github.com/evernats/nats/internal/wire"
)

// What becomes an event, and with which figures: one function for each kind. They are
// called where handlers are told of the same thing, events.go above all.

// attempt tells of an attempt. One that failed is told of when the machine has said what
// follows from that.
func (e *events) attempt(nc *Conn, a *session.Attempt) {
	ev := Event{Attempt: int(a.No), Duration: a.Took}
	switch a.Stage {
	case session.Begun:
		e.seeking(nc).attempts++
		ev.Kind, ev.Duration = EventAttemptStarted, 0
	case session.Over:
		e.seeking(nc).took = a.Took
		return
	case session.Adopted:
		e.epoch.Store(uint32(a.Epoch))
		ev.Kind = EventAttemptSucceeded
	case session.GivenUp:
		ev.Kind = EventAttemptCancelled
	}
	if e.listened() {
		ev.Server = a.Server.Redacted()
		e.emit(ev)
	}
}

func (e *events) attemptFailedEvent(nc *Conn, no uint32, url string, err error) {
	if e.listened() {
		e.emit(Event{
			Kind: EventAttemptFailed, Attempt: int(no), Server: nc.session.Redacted(url), Phase: phaseOf(err),
			Err: nc.Opts.told(err), Duration: e.seeking(nc).took, NextDelay: nc.session.NextAttempt(),
		})
	}
}

// connectFailed ends the stream when the connection isn't retried.
func (e *events) connectFailed(nc *Conn, err error) {
	s := e.seeking(nc)
	e.emit(Event{
		Kind: EventConnectFailed, Err: nc.Opts.shown(err), Attempts: s.attempts,
		Duration: time.Since(s.since), NextDelay: nc.session.NextAttempt(),
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
		Kind: EventDisconnected, Server: s.server, Err: told, Duration: s.lived, NextDelay: nc.session.NextAttempt(),
		QueuedMsgs: s.queued.Msgs, QueuedBytes: s.queued.Bytes, InDoubtMsgs: s.doubt.Msgs, InDoubtBytes: s.doubt.Bytes,
	})
}

func (e *events) reconnectedEvent(nc *Conn) {
	if s := e.search; e.listened() && s != nil {
		ev := Event{
			Kind: EventReconnected, Server: nc.linkName(), Attempts: s.attempts, Duration: time.Since(s.since),
			Dropped: nc.out.State().Dropped.Msgs - s.dropped,
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
		names[i] = nc.session.Redacted(k)
	}
	e.emit(Event{Kind: EventServersDiscovered, Servers: names})
}

func (e *events) gone(nc *Conn, key string, err error) {
	if e.listened() {
		e.emit(Event{Kind: EventServersGone, Servers: []string{nc.session.Redacted(key)}, Err: nc.Opts.told(err)})
	}
}

func (e *events) lameDuckEvent(nc *Conn) {
	e.emit(Event{Kind: EventLameDuck, Server: nc.linkName()})
}

// errorEvent is the event of what the error handler is told, unless it has one of
// another kind.
func (e *events) errorEvent(nc *Conn, sub *Subscription, err error) {
	if errors.Is(err, ErrPermissionViolation) || errors.Is(err, ErrPoisonSubscription) {
		e.refused.note(sub, err)
	}
	if !e.listened() {
		return
	}
	ev := Event{Kind: EventError, Err: nc.Opts.told(err), Subscription: sub}
	switch {
	case fromConnect(err):
		return // of an attempt
	case nc.drain.Active() && (errors.Is(err, ErrDrainTimeout) || errors.Is(err, ErrConnectionClosed) || errors.Is(err, ErrInDoubt)):
		return // of the drain
	case errors.Is(err, ErrSlowConsumer) && sub != nil:
		ev.Kind, ev.Err, ev.Dropped = EventSlowConsumer, nil, uint64(sub.in.Losses())
	case errors.Is(err, ErrPermissionViolation):
		ev.Kind = EventPermissionDenied
		var ofSub bool
		if ev.Subject, ev.Queue, ofSub = wire.SubscriptionDenied(err.Error()); !ofSub {
			ev.Subject, _ = wire.PublishDenied(err.Error())
		}
	}
	if sub != nil {
		ev.Subject, ev.Queue = sub.Subject, sub.Queue
	}
	e.emit(ev)
}

// recovered is called under the subscription's lock.
func (e *events) recovered(s *Subscription, dropped int) {
	if e.listened() {
		e.emit(Event{
			Kind: EventConsumerRecovered, Subscription: s, Subject: s.Subject, Queue: s.Queue, Dropped: uint64(dropped),
		})
	}
}

var fillKinds = [...]EventKind{send.Normal: EventBufferNormal, send.High: EventBufferHigh, send.Full: EventBufferFull}

// fills is called under the sender's lock.
func (e *events) fills(f send.Fill) {
	e.emit(Event{Kind: fillKinds[f.Level], QueuedMsgs: f.Msgs, QueuedBytes: uint64(f.Bytes), Limit: f.Limit})
}

// migrated tells that the connection has moved to another server, and is the one with
// the number epoch now.
func (e *events) migrated(epoch uint64, from, to string, took time.Duration) {
	e.epoch.Store(uint32(epoch))
	e.search = nil // of its attempts
	e.emit(Event{Kind: EventMigrated, From: from, Server: to, Duration: took})
}

// migrationFailed tells that a move was given up; to may be empty.
func (e *events) migrationFailed(nc *Conn, to string, err error, took time.Duration) {
	e.search = nil
	if e.listened() {
		e.emit(Event{Kind: EventMigrationFailed, Server: to, Err: nc.Opts.told(err), Duration: took})
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
		nc.drain.Told(time.Since(nc.start))
		e.emit(Event{Kind: EventDraining, Phase: "subscriptions"})
	case DRAINING_PUBS:
		e.emit(Event{Kind: EventDraining, Phase: "messages"})
	}
}

// drained is told of the end of a drain, once.
func (e *events) drained(nc *Conn, err error) {
	since, due := nc.drain.Over()
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
	if e.listened() && nc.drain.Active() {
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

// search is what is known of the time without a connection. The driver owns it, and it
// is gone when there is one.
type search struct {
	since    time.Time // of the loss, or of Connect
	attempts int
	took     time.Duration // of the attempt that ended last

	// Of the connection that was lost.
	server  string
	lived   time.Duration
	heard   time.Time // when something last came in on it
	queued  outbound.Count
	doubt   outbound.Count
	dropped uint64 // messages given up until then
	newest  uint64 // subscription then

	left outbound.Count // messages given up because it is closed
}

func (e *events) seeking(nc *Conn) *search {
	if e.search == nil {
		e.search = &search{since: nc.start}
	}
	return e.search
}

// lossNoted takes the figures of a connection that is gone: before anybody is told.
func (e *events) lossNoted(nc *Conn, l *link, doubt outbound.Count) {
	out := nc.out.State()
	s := &search{
		since: time.Now(), server: l.Server().Redacted(), heard: nc.start.Add(l.Heard()),
		doubt: doubt, queued: out.Queued, dropped: out.Dropped.Msgs, newest: nc.subs.Newest(),
	}
	s.lived = s.since.Sub(nc.start) - l.Adopted()
	if nc.Opts.AtLeastOnce { // queued again
		s.queued.Msgs -= min(doubt.Msgs, s.queued.Msgs)
		s.queued.Bytes -= min(doubt.Bytes, s.queued.Bytes)
	}
	e.search = s
	e.refused.forget()
}

// gap counts the subscriptions that go on, and says what they may have missed.
func (nc *Conn) gap(s *search) (resubscribed int, gap *Gap) {
	gap = &Gap{From: s.heard, To: time.Now()}
	if l := nc.session.Current(); l != nil {
		gap.To = nc.start.Add(l.Adopted())
	}
	if resubscribed, gap.Subscriptions = nc.subs.GoingOn(s.newest); len(gap.Subscriptions) == 0 {
		gap = nil
	}
	return resubscribed, gap
}

// leftBehind is what a connection that ends has not sent and not handled.
func (nc *Conn) leftBehind() (bytes uint64, unhandled int) {
	return nc.out.Leftover() + uint64(nc.out.Size()), int(nc.subs.Left() + nc.subs.Waiting())
}

// linkName is the server in use.
func (nc *Conn) linkName() string {
	if l := nc.session.Current(); l != nil {
		return l.Server().Redacted()
	}
	return ""
}

// phaseOf is the phase in which an attempt failed.
func phaseOf(err error) string {
	var failed *transport.Error
	if errors.As(err, &failed) && failed.Phase == transport.PhaseLookup {
		return phaseLookup
	}
	var ce *ConnError
	if errors.As(err, &ce) {
		return ce.Phase
	}
	return ""
}

package nats

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/evernats/nats/internal/eventlog"
)

// EventKind says what an [Event] is about. Its String is a name that stays the same
// from version to version, for logs, metrics and alerts.
type EventKind uint8

// The kinds of events. Each names the fields of [Event] that it fills in besides
// Kind, Time and Epoch; the others are zero.
const (
	// EventAttemptStarted: an attempt to connect begins. Attempt, Server.
	EventAttemptStarted EventKind = iota + 1
	// EventAttemptFailed: an attempt failed. Attempt, Server, Phase, Err, Duration
	// (how long it took), NextDelay.
	EventAttemptFailed
	// EventAttemptSucceeded: the server has accepted the client, and its connection is
	// the one in use now; Epoch is its number already. Attempt, Server, Duration (how
	// long it took).
	EventAttemptSucceeded
	// EventAttemptCancelled: an attempt was given up, because another server was
	// quicker, or it isn't wanted any more. Attempt, Server, Duration.
	EventAttemptCancelled
	// EventConnectFailed: all servers were tried for the first connection, in vain.
	// With [RetryOnFailedConnect] it goes on. Err, Attempts, Duration (since Connect),
	// NextDelay.
	EventConnectFailed
	// EventConnected: the first connection is made. Server, Attempts, Duration (since
	// Connect was called).
	EventConnected
	// EventDisconnected: the connection has ended. Server, Err (the cause; nil when the
	// program wanted it), Duration (how long it lived), NextDelay, QueuedMsgs and
	// QueuedBytes, InDoubtMsgs and InDoubtBytes.
	EventDisconnected
	// EventReconnected: there is a connection again. Server, Duration (how long there
	// was none), Attempts, Resubscribed, Replayed, Dropped, Gap.
	EventReconnected
	// EventServersDiscovered: a server has told of others that were unknown. Servers.
	EventServersDiscovered
	// EventServersGone: servers have left the pool. Servers, Err (why).
	EventServersGone
	// EventLameDuck: the server in use is about to shut down. Server.
	EventLameDuck
	// EventMigrated: the client has moved to another server without a moment between
	// two connections; Epoch is the number of the new one. Server (the new one), From,
	// Duration (how long the move took).
	EventMigrated
	// EventMigrationFailed: such a move was given up, and the connection is where it
	// was. Server (which it was to move to, if that is known), Err, Duration.
	EventMigrationFailed
	// EventSlowConsumer: a subscription's pending limits are reached and messages for
	// it are dropped; told once, until it has caught up. Subscription, Subject, Queue,
	// Dropped (on it so far).
	EventSlowConsumer
	// EventConsumerRecovered: a slow subscription takes messages again. Subscription,
	// Subject, Queue, Dropped (on it so far).
	EventConsumerRecovered
	// EventPermissionDenied: the server has refused a subscription or a publish. Err,
	// Subject, Queue, and Subscription if it was one.
	EventPermissionDenied
	// EventStale: the client gives up a server that doesn't answer; EventDisconnected
	// follows. Server, Err, Duration (since something was last heard of it).
	EventStale
	// EventBufferHigh: three quarters of what may wait in the outbound buffer do.
	// QueuedMsgs, QueuedBytes, Limit.
	EventBufferHigh
	// EventBufferFull: a publish found no room in the outbound buffer, and
	// [OutboundFull] says what becomes of it; told once, until there is room again.
	// QueuedMsgs, QueuedBytes, Limit.
	EventBufferFull
	// EventBufferNormal: the outbound buffer is down to half of what may wait after
	// one of the two above. QueuedMsgs, QueuedBytes, Limit.
	EventBufferNormal
	// EventMessagesDropped: messages that a publish had accepted were given up, see
	// [DroppedMsg]. Dropped, DroppedBytes, Err (why), and Subject if it was one. What
	// is given up for one reason while a listener is busy is told of together.
	EventMessagesDropped
	// EventError: whatever else the [ErrorHandler] is told of. Err, and Subscription,
	// Subject, Queue if it is about one.
	EventError
	// EventDraining: a drain has come to a stage. Phase: "subscriptions" while they
	// finish what they have, then "messages" while what was published is sent.
	EventDraining
	// EventDrained: a drain is over. Err (nil: everything was handled and sent),
	// Duration (since it began), QueuedBytes and Unhandled (what is left).
	EventDrained
	// EventClosed: the connection is closed for good; the last event. Err (why; nil
	// when the program closed it), Duration (since Connect was called), Dropped and
	// DroppedBytes (published, and not sent when it was closed), Unhandled.
	EventClosed
	// EventsLost: a listener was so slow that it has missed events here. Count.
	EventsLost
)

// Event is one thing that happened to a connection. [EventHandler], [Conn.Events] and
// [Logger] bring them, in the order in which it happened, which is the order in which
// handlers are called and statuses announced. Which fields are filled in, its kind
// says. It shows no password, token or key.
type Event struct {
	// Kind says what happened.
	Kind EventKind
	// Time is when the client noticed.
	Time time.Time
	// Epoch is the number of the connection in use, or of the last one: 1, 2, 3 …, and
	// 0 before the first.
	Epoch uint64

	// Server is a server's URL, with a password or token replaced.
	Server string
	// From is the URL of the server before that one.
	From string
	// Servers are URLs of servers, at most 1,000.
	Servers []string
	// Attempt is the number of an attempt to connect: 1, 2, 3 … since Connect.
	Attempt int
	// Attempts is how many attempts were started since the last connection ended, or
	// since Connect.
	Attempts int
	// Phase is what was going on when an attempt failed, as in [ConnError], or how far
	// a drain is.
	Phase string
	// Err says why. It is the bare error that handlers are given too, or with
	// [DetailedErrors] one that says everything.
	Err error
	// Duration is how long it took, or lasted.
	Duration time.Duration
	// NextDelay is how long it will be until the next attempt begins. Zero: it begins
	// at once, or another one is under way. Negative: a callback of the program's
	// decides, or there will be none.
	NextDelay time.Duration

	// QueuedMsgs and QueuedBytes are what waited to be written: messages, and the bytes
	// of those that are whole messages' as they are on the wire.
	QueuedMsgs  uint64
	QueuedBytes uint64
	// InDoubtMsgs and InDoubtBytes are what was written and not confirmed by the
	// server. Without [AtLeastOnce] it may be lost; with it, it is sent again.
	InDoubtMsgs  uint64
	InDoubtBytes uint64
	// Limit is how many bytes may wait, see [ReconnectBufSize] and [AtLeastOnceLimit].
	Limit int

	// Resubscribed is how many subscriptions were made again.
	Resubscribed int
	// Replayed is how many messages are sent again because the last connection ended
	// before they were confirmed.
	Replayed uint64
	// Dropped is how many messages were dropped or given up: while there was no
	// connection, on one subscription, or in this event, as the kind says.
	Dropped uint64
	// DroppedBytes are bytes of those messages, of payload and headers for a single one
	// and on the wire for more.
	DroppedBytes uint64
	// Gap is what may have been missed; nil when there was no subscription.
	Gap *Gap
	// Unhandled is how many received messages no handler got any more.
	Unhandled int

	// Subscription is the one that it is about.
	Subscription *Subscription
	// Subject and Queue are of that subscription, or Subject what was published to.
	Subject string
	Queue   string

	// Count is how many events are missing.
	Count int
}

// Gap says which subscriptions may have missed messages, and when.
type Gap struct {
	// From is when something last came in on the connection that ended. What servers
	// had sent until then was received.
	From time.Time
	// To is when the subscriptions went out on the new connection. A server has them
	// half a round trip later: who asks a history for what is missing should add a
	// second.
	To time.Time
	// Subscriptions are those that existed when the connection ended and go on. Of one
	// with a queue group another member may have got the messages.
	Subscriptions []*Subscription
}

// String is the kind's name: lower case, with dots, such as "attempt.failed".
func (k EventKind) String() string { return eventlog.Kind(k).String() }

// The kinds are the same here and there.
var _ = [1]struct{}{}[int(EventsLost)-int(eventlog.Lost)]

// String says what happened, in a sentence.
func (e Event) String() string { return e.text().String() }

// LogValue gives package log/slog the fields that are filled in, as a group.
func (e Event) LogValue() slog.Value { return slog.GroupValue(e.text().Attrs()...) }

// text is the event as package eventlog knows it.
func (e *Event) text() *eventlog.Event {
	t := &eventlog.Event{
		Kind: eventlog.Kind(e.Kind), Epoch: e.Epoch, Server: e.Server, From: e.From, Servers: e.Servers,
		Attempt: e.Attempt, Attempts: e.Attempts, Phase: e.Phase, Err: e.Err, Duration: e.Duration, NextDelay: e.NextDelay,
		QueuedMsgs: e.QueuedMsgs, QueuedBytes: e.QueuedBytes, InDoubtMsgs: e.InDoubtMsgs, InDoubtBytes: e.InDoubtBytes, Limit: e.Limit,
		Resubscribed: e.Resubscribed, Replayed: e.Replayed, Dropped: e.Dropped, DroppedBytes: e.DroppedBytes, Unhandled: e.Unhandled,
		Subject: e.Subject, Queue: e.Queue, Count: e.Count,
	}
	if e.Gap != nil {
		t.GapFrom, t.GapSubscriptions = e.Gap.From, len(e.Gap.Subscriptions)
	}
	return t
}

// Events returns what happens to the connection from this call on, as an iterator for
// one loop, which ends when ctx is done, when the program breaks out of it, or behind
// [EventClosed]. On a closed connection it ends at once.
//
//	for e := range nc.Events(ctx) {
//		fmt.Println(e)
//	}
//
// Every event comes, in order, however slow the loop is, as long as no more than 4,096
// wait for it; fewer if they are large, 2 MiB or so in all. Those beyond that are left
// out, and [EventsLost] says in their place how many. A slow loop delays nobody else.
// End ctx when the loop isn't run: what happens is kept for it until then.
func (nc *Conn) Events(ctx context.Context) iter.Seq[Event] {
	if nc == nil {
		return func(func(Event) bool) {}
	}
	if ctx == nil {
		ctx = context.Background()
	}
	tap := nc.events.opened().Tap()
	unwatch := context.AfterFunc(ctx, tap.Stop)
	return func(yield func(Event) bool) {
		defer unwatch()
		defer tap.Stop()
		for {
			e, ok := tap.Next(ctx.Done())
			if !ok || !yield(e) {
				return
			}
		}
	}
}

package nats

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// String says what happened, in a sentence.
func (e Event) String() string {
	switch e.Kind {
	case EventAttemptStarted:
		return fmt.Sprintf("attempt %d begins, to %s", e.Attempt, e.Server)
	case EventAttemptFailed:
		return fmt.Sprintf("attempt %d, to %s, failed after %s in phase %s: %s; %s",
			e.Attempt, e.Server, span(e.Duration), e.Phase, e.why(), e.next())
	case EventAttemptSucceeded:
		return fmt.Sprintf("attempt %d, to %s, succeeded after %s", e.Attempt, e.Server, span(e.Duration))
	case EventAttemptCancelled:
		return fmt.Sprintf("attempt %d, to %s, was given up after %s", e.Attempt, e.Server, span(e.Duration))
	case EventConnectFailed:
		return fmt.Sprintf("no server accepted the first connection, after %s and %s: %s; %s",
			span(e.Duration), several(e.Attempts, "attempt"), e.why(), e.next())
	case EventConnected:
		return fmt.Sprintf("connected to %s after %s and %s", e.Server, span(e.Duration), several(e.Attempts, "attempt"))
	case EventDisconnected:
		return fmt.Sprintf("disconnected from %s after %s: %s", e.Server, span(e.Duration), e.why()) +
			some("%s waiting", e.QueuedMsgs) + some("%s in doubt", e.InDoubtMsgs)
	case EventReconnected:
		return fmt.Sprintf("reconnected to %s after %s and %s, with %s", e.Server, span(e.Duration),
			several(e.Attempts, "attempt"), several(e.Resubscribed, "subscription")) +
			some("%s sent again", e.Replayed) + some("%s given up", e.Dropped)
	case EventServersDiscovered:
		return "discovered " + strings.Join(e.Servers, ", ")
	case EventServersGone:
		return "gone from the pool: " + strings.Join(e.Servers, ", ") + ": " + e.why()
	case EventLameDuck:
		return e.Server + " is about to shut down"
	case EventMigrated:
		return "changed over to " + e.Server
	case EventSlowConsumer:
		return fmt.Sprintf("the subscription to %s is slow; %s dropped so far", e.what(), several(int(e.Dropped), "message"))
	case EventConsumerRecovered:
		return fmt.Sprintf("the subscription to %s takes messages again; %s dropped so far", e.what(), several(int(e.Dropped), "message"))
	case EventPermissionDenied:
		return "the server refused permission: " + e.why()
	case EventStale:
		return fmt.Sprintf("%s is given up, since it is silent for %s: %s", e.Server, span(e.Duration), e.why())
	case EventBufferHigh:
		return fmt.Sprintf("the outbound buffer fills up: %d of %d bytes", e.QueuedBytes, e.Limit)
	case EventBufferFull:
		return fmt.Sprintf("the outbound buffer is full: %d of %d bytes", e.QueuedBytes, e.Limit)
	case EventBufferNormal:
		return fmt.Sprintf("the outbound buffer has room again: %d of %d bytes", e.QueuedBytes, e.Limit)
	case EventMessagesDropped:
		if e.Subject != "" {
			return fmt.Sprintf("gave up a message to %q (%d bytes): %s", e.Subject, e.DroppedBytes, e.why())
		}
		return fmt.Sprintf("gave up %s (%d bytes): %s", several(int(e.Dropped), "message"), e.DroppedBytes, e.why())
	case EventError:
		if e.Subject != "" {
			return fmt.Sprintf("error on the subscription to %s: %s", e.what(), e.why())
		}
		return "error: " + e.why()
	case EventDraining:
		return "draining: " + e.Phase
	case EventDrained:
		if e.Err != nil {
			return fmt.Sprintf("the drain ended after %s: %s", span(e.Duration), e.why())
		}
		return "drained after " + span(e.Duration)
	case EventClosed:
		return fmt.Sprintf("closed after %s: %s", span(e.Duration), e.why()) +
			some("%s not sent", e.Dropped) + some("%s not handled", uint64(e.Unhandled))
	case EventsLost:
		return several(e.Count, "event") + " missing here: this listener is too slow"
	}
	return "unknown event"
}

// why is the cause.
func (e *Event) why() string {
	if e.Err == nil {
		return "the program wanted it"
	}
	return strings.TrimPrefix(e.Err.Error(), "nats: ")
}

func (e *Event) next() string {
	switch {
	case e.NextDelay > 0:
		return "the next begins in " + span(e.NextDelay)
	case e.NextDelay == 0:
		return "it goes on at once"
	}
	return "it goes on when the program says so, or not at all"
}

// what is a subscription.
func (e *Event) what() string {
	if e.Queue == "" {
		return fmt.Sprintf("%q", e.Subject)
	}
	return fmt.Sprintf("%q in queue group %q", e.Subject, e.Queue)
}

// some is what goes for a number of messages, if there are any.
func some(format string, msgs uint64) string {
	if msgs == 0 {
		return ""
	}
	return "; " + fmt.Sprintf(format, several(int(msgs), "message"))
}

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// span is a duration to three digits or so.
func span(d time.Duration) string {
	for unit := time.Nanosecond; unit < time.Hour; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
	return d.Round(time.Minute).String()
}

// level is how much a line of the log matters.
func (e *Event) level() slog.Level {
	switch e.Kind {
	case EventAttemptStarted, EventAttemptSucceeded, EventAttemptCancelled:
		return slog.LevelDebug
	case EventAttemptFailed, EventSlowConsumer, EventStale, EventBufferHigh, EventBufferFull, EventsLost:
		return slog.LevelWarn
	case EventConnectFailed, EventPermissionDenied, EventMessagesDropped, EventError:
		return slog.LevelError
	case EventDisconnected, EventDrained:
		if e.Err != nil {
			return slog.LevelWarn
		}
	case EventClosed:
		if e.Err != nil || e.Dropped > 0 {
			return slog.LevelError
		}
	}
	return slog.LevelInfo
}

// LogValue gives package log/slog the fields that are filled in, as a group.
func (e Event) LogValue() slog.Value { return slog.GroupValue(e.attrs()...) }

// attrs are the fields that are filled in.
func (e *Event) attrs() []slog.Attr {
	list := []slog.Attr{slog.String("event", e.Kind.String()), slog.Uint64("epoch", e.Epoch)}
	text := func(key, v string) {
		if v != "" {
			list = append(list, slog.String(key, v))
		}
	}
	number := func(key string, v uint64, always bool) {
		if v != 0 || always {
			list = append(list, slog.Uint64(key, v))
		}
	}
	text("server", e.Server)
	if len(e.Servers) > 0 {
		list = append(list, slog.Any("servers", e.Servers))
	}
	number("attempt", uint64(e.Attempt), false)
	number("attempts", uint64(e.Attempts), false)
	text("phase", e.Phase)
	if e.Err != nil {
		list = append(list, slog.String("error", e.Err.Error()))
	}
	switch e.Kind {
	case EventAttemptFailed, EventConnectFailed, EventDisconnected:
		list = append(list, slog.Duration("duration", e.Duration), slog.Duration("next_delay", e.NextDelay))
	case EventAttemptSucceeded, EventAttemptCancelled, EventConnected, EventReconnected, EventStale, EventDrained, EventClosed:
		list = append(list, slog.Duration("duration", e.Duration))
	}
	lost := e.Kind == EventDisconnected
	number("queued_msgs", e.QueuedMsgs, lost)
	number("queued_bytes", e.QueuedBytes, lost)
	number("in_doubt_msgs", e.InDoubtMsgs, lost)
	number("in_doubt_bytes", e.InDoubtBytes, lost)
	number("limit", uint64(max(e.Limit, 0)), false)
	back := e.Kind == EventReconnected
	number("resubscribed", uint64(e.Resubscribed), back)
	number("replayed", e.Replayed, back)
	number("dropped", e.Dropped, back)
	number("dropped_bytes", e.DroppedBytes, false)
	if e.Gap != nil {
		list = append(list, slog.Time("gap_from", e.Gap.From), slog.Int("gap_subscriptions", len(e.Gap.Subscriptions)))
	}
	number("unhandled", uint64(e.Unhandled), false)
	text("subject", e.Subject)
	text("queue", e.Queue)
	number("count", uint64(e.Count), false)
	return list
}

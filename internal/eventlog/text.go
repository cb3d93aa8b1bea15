package eventlog

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// String says what happened, in a sentence.
func (e *Event) String() string {
	switch e.Kind {
	case AttemptStarted:
		return fmt.Sprintf("attempt %d begins, to %s", e.Attempt, e.Server)
	case AttemptFailed:
		return fmt.Sprintf("attempt %d, to %s, failed after %s in phase %s: %s; %s",
			e.Attempt, e.Server, Span(e.Duration), e.Phase, e.why(), e.next())
	case AttemptSucceeded:
		return fmt.Sprintf("attempt %d, to %s, succeeded after %s", e.Attempt, e.Server, Span(e.Duration))
	case AttemptCancelled:
		return fmt.Sprintf("attempt %d, to %s, was given up after %s", e.Attempt, e.Server, Span(e.Duration))
	case ConnectFailed:
		return fmt.Sprintf("no server accepted the first connection, after %s and %s: %s; %s",
			Span(e.Duration), Several(e.Attempts, "attempt"), e.why(), e.next())
	case Connected:
		return fmt.Sprintf("connected to %s after %s and %s", e.Server, Span(e.Duration), Several(e.Attempts, "attempt"))
	case Disconnected:
		return fmt.Sprintf("disconnected from %s after %s: %s", e.Server, Span(e.Duration), e.why()) +
			some("%s waiting", e.QueuedMsgs) + some("%s in doubt", e.InDoubtMsgs)
	case Reconnected:
		return fmt.Sprintf("reconnected to %s after %s and %s, with %s", e.Server, Span(e.Duration),
			Several(e.Attempts, "attempt"), Several(e.Resubscribed, "subscription")) +
			some("%s sent again", e.Replayed) + some("%s given up", e.Dropped)
	case ServersDiscovered:
		return "discovered " + strings.Join(e.Servers, ", ")
	case ServersGone:
		return "gone from the pool: " + strings.Join(e.Servers, ", ") + ": " + e.why()
	case LameDuck:
		return e.Server + " is about to shut down"
	case Migrated:
		return fmt.Sprintf("moved from %s to %s in %s", e.From, e.Server, Span(e.Duration))
	case MigrationFailed:
		to := "another server"
		if e.Server != "" {
			to = e.Server
		}
		return fmt.Sprintf("the move to %s was given up after %s: %s", to, Span(e.Duration), e.why())
	case SlowConsumer:
		return fmt.Sprintf("the subscription to %s is slow; %s dropped so far", e.what(), Several(int(e.Dropped), "message"))
	case ConsumerRecovered:
		return fmt.Sprintf("the subscription to %s takes messages again; %s dropped so far", e.what(), Several(int(e.Dropped), "message"))
	case PermissionDenied:
		return "the server refused permission: " + e.why()
	case Stale:
		return fmt.Sprintf("%s is given up, since it is silent for %s: %s", e.Server, Span(e.Duration), e.why())
	case BufferHigh:
		return fmt.Sprintf("the outbound buffer fills up: %d of %d bytes", e.QueuedBytes, e.Limit)
	case BufferFull:
		return fmt.Sprintf("the outbound buffer is full: %d of %d bytes", e.QueuedBytes, e.Limit)
	case BufferNormal:
		return fmt.Sprintf("the outbound buffer has room again: %d of %d bytes", e.QueuedBytes, e.Limit)
	case MessagesDropped:
		if e.Subject != "" {
			return fmt.Sprintf("gave up a message to %q (%d bytes): %s", e.Subject, e.DroppedBytes, e.why())
		}
		return fmt.Sprintf("gave up %s (%d bytes): %s", Several(int(e.Dropped), "message"), e.DroppedBytes, e.why())
	case Error:
		if e.Subject != "" {
			return fmt.Sprintf("error on the subscription to %s: %s", e.what(), e.why())
		}
		return "error: " + e.why()
	case Draining:
		return "draining: " + e.Phase
	case Drained:
		if e.Err != nil {
			return fmt.Sprintf("the drain ended after %s: %s", Span(e.Duration), e.why())
		}
		return "drained after " + Span(e.Duration)
	case Closed:
		return fmt.Sprintf("closed after %s: %s", Span(e.Duration), e.why()) +
			some("%s not sent", e.Dropped) + some("%s not handled", uint64(e.Unhandled))
	case Lost:
		return Several(e.Count, "event") + " missing here: this listener is too slow"
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
		return "the next begins in " + Span(e.NextDelay)
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
	return "; " + fmt.Sprintf(format, Several(int(msgs), "message"))
}

// Several is a number of things.
func Several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Span is a duration to three digits or so.
func Span(d time.Duration) string {
	for unit := time.Nanosecond; unit < time.Hour; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
	return d.Round(time.Minute).String()
}

// Level is how much a line of the log matters.
func (e *Event) Level() slog.Level {
	switch e.Kind {
	case AttemptStarted, AttemptSucceeded, AttemptCancelled:
		return slog.LevelDebug
	case AttemptFailed, MigrationFailed, SlowConsumer, Stale, BufferHigh, BufferFull, Lost:
		return slog.LevelWarn
	case ConnectFailed, PermissionDenied, MessagesDropped, Error:
		return slog.LevelError
	case Disconnected, Drained:
		if e.Err != nil {
			return slog.LevelWarn
		}
	case Closed:
		if e.Err != nil || e.Dropped > 0 {
			return slog.LevelError
		}
	}
	return slog.LevelInfo
}

// Attrs are the fields that are filled in.
func (e *Event) Attrs() []slog.Attr {
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
	text("from", e.From)
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
	case AttemptFailed, ConnectFailed, Disconnected:
		list = append(list, slog.Duration("duration", e.Duration), slog.Duration("next_delay", e.NextDelay))
	case AttemptSucceeded, AttemptCancelled, Connected, Reconnected, Migrated, MigrationFailed, Stale, Drained, Closed:
		list = append(list, slog.Duration("duration", e.Duration))
	}
	lost := e.Kind == Disconnected
	number("queued_msgs", e.QueuedMsgs, lost)
	number("queued_bytes", e.QueuedBytes, lost)
	number("in_doubt_msgs", e.InDoubtMsgs, lost)
	number("in_doubt_bytes", e.InDoubtBytes, lost)
	number("limit", uint64(max(e.Limit, 0)), false)
	back := e.Kind == Reconnected
	number("resubscribed", uint64(e.Resubscribed), back)
	number("replayed", e.Replayed, back)
	number("dropped", e.Dropped, back)
	number("dropped_bytes", e.DroppedBytes, false)
	if e.GapSubscriptions > 0 {
		list = append(list, slog.Time("gap_from", e.GapFrom), slog.Int("gap_subscriptions", e.GapSubscriptions))
	}
	number("unhandled", uint64(e.Unhandled), false)
	text("subject", e.Subject)
	text("queue", e.Queue)
	number("count", uint64(e.Count), false)
	return list
}

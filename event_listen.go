package nats

import (
	"context"
	"iter"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/notify"
)

// eventsWaiting bounds what may wait for one listener: so many events, fewer if they
// are large.
const eventsWaiting = 4096

// stream is where events go. It is empty until somebody listens.
type stream struct {
	feed  atomic.Pointer[notify.Feed[Event]]
	epoch atomic.Uint32 // of the newest connection
	muted atomic.Bool   // the program's handler is called no more
}

// noStream is the stream of a connection that ended without anybody who listened.
var noStream = func() *notify.Feed[Event] {
	f := newFeed()
	f.End(Event{})
	return f
}()

func newFeed() *notify.Feed[Event] {
	return notify.NewFeed(notify.Rules[Event]{
		Bound: eventsWaiting, Cost: eventCost, Merge: mergeEvents,
		Stamp: func(e *Event) { e.Time = time.Now() },
		Lost: func(n int, e *Event) {
			*e = Event{Kind: EventsLost, Time: e.Time, Epoch: e.Epoch, Count: n}
		},
	})
}

// eventCost is in units of half a kilobyte or so.
func eventCost(e *Event) int {
	cost := 1 + len(e.Servers)/8
	if e.Gap != nil {
		cost += len(e.Gap.Subscriptions) / 64
	}
	switch e.Kind {
	case EventError, EventPermissionDenied: // of the server's making
		cost += len(e.Err.Error()) / 512
	}
	return cost
}

// mergeEvents sums up what is given up for the same reason, which can come as fast as
// messages are published.
func mergeEvents(last, next *Event) bool {
	if last.Kind != EventMessagesDropped || next.Kind != EventMessagesDropped || last.Err != next.Err {
		return false
	}
	last.Dropped += next.Dropped
	last.DroppedBytes += next.DroppedBytes
	last.Subject = ""
	return true
}

// listened says whether anybody listens.
func (s *stream) listened() bool { return s.feed.Load() != nil }

func (s *stream) emit(e Event) {
	if f := s.feed.Load(); f != nil {
		e.Epoch = uint64(s.epoch.Load())
		f.Post(e)
	}
}

// end emits the last event.
func (s *stream) end(e Event) {
	if !s.feed.CompareAndSwap(nil, noStream) {
		e.Epoch = uint64(s.epoch.Load())
		s.feed.Load().End(e)
	}
}

func (s *stream) opened() *notify.Feed[Event] {
	if f := s.feed.Load(); f != nil {
		return f
	}
	s.feed.CompareAndSwap(nil, newFeed())
	return s.feed.Load()
}

// listen begins to tell the listeners of the options.
func (s *stream) listen(nc *Conn) {
	if cb := nc.Opts.EventCB; cb != nil {
		s.opened().Listen(func(e Event) {
			if !s.muted.Load() {
				cb(nc, e)
			}
		})
	}
	if l := nc.Opts.Logger; l != nil {
		name := nc.Opts.Name
		s.opened().Listen(func(e Event) { logEvent(l, name, &e) })
	}
}

// logEvent writes the line of an event.
func logEvent(l *slog.Logger, name string, e *Event) {
	ctx, level := context.Background(), e.level()
	if !l.Enabled(ctx, level) {
		return
	}
	attrs := e.attrs()
	if name != "" {
		attrs = append(attrs, slog.String("connection", name))
	}
	l.LogAttrs(ctx, level, "nats: "+e.String(), attrs...)
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

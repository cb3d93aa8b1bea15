package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/notify"
)

// events turns what happens into calls of the user's handlers; the room sees to their
// order. The handler is looked up in the options when its turn comes, so that one that
// was replaced meanwhile is not called any more.
type events struct {
	notify.Dispatcher
	stream
	search  *search // the driver's; nil while there is a connection
	refused refusals
}

func (e *events) conn(l notify.Lane, nc *Conn, field *ConnHandler) {
	e.Post(l, func() { callConn(nc, field) })
}

func callConn(nc *Conn, field *ConnHandler) {
	if cb := handler(nc, field); cb != nil {
		cb(nc)
	}
}

func (e *events) closed(nc *Conn, err error) {
	e.closedEvent(nc, err)
	e.conn(notify.Closed, nc, &nc.Opts.ClosedCB)
}

func (e *events) reconnected(nc *Conn) {
	e.reconnectedEvent(nc)
	e.conn(notify.Reconnected, nc, &nc.Opts.ReconnectedCB)
}

// Mute is for a program that wants no call any more.
func (e *events) Mute() {
	e.muted.Store(true)
	e.Dispatcher.Mute()
}

// What a server can cause as often as it likes has a bound while it waits.

func (e *events) discovered(nc *Conn, keys []string) {
	e.discoveredEvent(nc, keys)
	e.PostBounded(notify.Discovered, 0, func() { callConn(nc, &nc.Opts.DiscoveredServersCB) })
}

func (e *events) lameDuck(nc *Conn) {
	e.lameDuckEvent(nc)
	e.PostBounded(notify.LameDuck, 0, func() { callConn(nc, &nc.Opts.LameDuckModeHandler) })
}

// connected tells of the first connection ever. When it came late, after Connect
// had returned, the reconnect handler stands in for a missing connect handler.
func (e *events) connected(nc *Conn, late bool) {
	e.connectedEvent(nc)
	switch {
	case handler(nc, &nc.Opts.ConnectedCB) != nil:
		e.conn(notify.Connected, nc, &nc.Opts.ConnectedCB)
	case late:
		e.conn(notify.Reconnected, nc, &nc.Opts.ReconnectedCB)
	}
	// Nothing is queued for nobody: most connections never have an event.
}

func (e *events) disconnected(nc *Conn, err error) {
	e.disconnectedEvent(nc, err)
	err = nc.Opts.told(err)
	e.Post(notify.Disconnected, func() {
		if cb := handler(nc, &nc.Opts.DisconnectedErrCB); cb != nil {
			cb(nc, err)
		} else if cb := handler(nc, &nc.Opts.DisconnectedCB); cb != nil {
			cb(nc)
		}
	})
}

// reconnectFailed tells of an attempt, or of a first pass of them, that failed.
func (e *events) reconnectFailed(nc *Conn, err error) {
	e.Post(notify.ReconnectFailed, func() {
		if cb := handler(nc, &nc.Opts.ReconnectErrCB); cb != nil {
			cb(nc, err)
		}
	})
}

// attemptFailed tells of an attempt in all detail.
func (e *events) attemptFailed(nc *Conn, no uint32, url string, err error) {
	e.attemptFailedEvent(nc, no, url, err)
	var ce *ConnError
	if cb := handler(nc, &nc.Opts.AttemptCB); cb != nil && errors.As(err, &ce) {
		e.Post(notify.Attempt, func() { cb(nc, ce) })
	}
}

// asyncError records the error and tells the error handler.
func (e *events) asyncError(nc *Conn, sub *Subscription, err error) {
	nc.state.setErr(err)
	e.handlerError(nc, sub, err)
}

// handlerError tells the error handler of what the connection itself is well with.
func (e *events) handlerError(nc *Conn, sub *Subscription, err error) {
	e.errorEvent(nc, sub, err)
	e.Post(notify.Error, func() { nc.tellError(sub, err) })
}

// serverError records an error that the server caused, and tells the error handler.
func (e *events) serverError(nc *Conn, sub *Subscription, err error) {
	nc.state.setErr(err)
	e.errorEvent(nc, sub, err)
	e.PostBounded(notify.Error, len(err.Error()), func() {
		nc.tellError(sub, err)
		if n := e.LeftOut(); n > 0 {
			nc.tellError(nil, fmt.Errorf("nats: reports left out, since the handlers are slower than the server's errors come in: %d", n))
		}
	})
}

// tellError calls the error handler: the program's with the error that it may
// compare, the one that prints with all that is known.
func (nc *Conn) tellError(sub *Subscription, err error) {
	cb := handler(nc, &nc.Opts.AsyncErrorCB)
	switch {
	case cb == nil:
	case prints(cb):
		if nc.Opts.Logger == nil { // it is in the log
			cb(nc, sub, err)
		}
	default:
		cb(nc, sub, nc.Opts.told(err))
	}
}

func (e *events) inDoubt(nc *Conn, doubt InDoubt) {
	if cb := handler(nc, &nc.Opts.InDoubtCB); cb != nil {
		e.Post(notify.InDoubt, func() { cb(nc, doubt) })
	}
}

// droppedRun tells of messages that were given up together. What nobody has been told
// of yet is summed up.
func (e *events) droppedRun(nc *Conn, r notify.Run) {
	e.droppedRunEvent(nc, &r)
	if e.AddToRun(r) {
		return
	}
	public := func(r notify.Run) DroppedMsg { return DroppedMsg{Msgs: r.Msgs, Size: r.Size, Err: r.Err} }
	if cb := handler(nc, &nc.Opts.MessageDroppedCB); cb != nil {
		e.PostRun(notify.Dropped, r, func(r notify.Run) {
			m := public(r)
			cb(nc, &m)
		})
		return
	}
	e.PostRun(notify.Error, r, func(r notify.Run) { nc.tellError(nil, &DroppedError{Msg: public(r)}) })
}

// droppedMsg tells of one message that was given up.
func (e *events) droppedMsg(nc *Conn, m *DroppedMsg) {
	e.droppedMsgEvent(nc, m)
	if cb := handler(nc, &nc.Opts.MessageDroppedCB); cb != nil {
		e.PostSingle(notify.Dropped, func() { cb(nc, m) })
		return
	}
	e.PostSingle(notify.Error, func() { nc.tellError(nil, &DroppedError{Msg: *m}) })
}

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
func (e *events) listen(nc *Conn) {
	if cb := nc.Opts.EventCB; cb != nil {
		e.opened().Listen(func(ev Event) {
			if !e.muted.Load() {
				cb(nc, ev)
			}
		})
	}
	if l := nc.Opts.Logger; l != nil {
		name := nc.Opts.Name
		e.opened().Listen(func(ev Event) { logEvent(l, name, &ev) })
	}
}

// logEvent writes the line of an event.
func logEvent(l *slog.Logger, name string, e *Event) {
	ctx, t := context.Background(), e.text()
	level := t.Level()
	if !l.Enabled(ctx, level) {
		return
	}
	attrs := t.Attrs()
	if name != "" {
		attrs = append(attrs, slog.String("connection", name))
	}
	l.LogAttrs(ctx, level, "nats: "+t.String(), attrs...)
}

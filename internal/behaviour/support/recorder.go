package support

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
)

// Recorder notes what the handlers of a connection are told.
type Recorder struct {
	mu      sync.Mutex
	events  []Happening
	changed chan struct{} // closed at the next event; nil: nobody waits
}

// Happening is one call of a handler.
type Happening struct {
	Kind string // "disconnected", "reconnected" …
	Err  error
	Sub  *nats.Subscription
	At   time.Time
}

// Add notes a call.
func (r *Recorder) Add(kind string, sub *nats.Subscription, err error) {
	r.mu.Lock()
	r.events = append(r.events, Happening{kind, err, sub, time.Now()})
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
	r.mu.Unlock()
}

func (r *Recorder) conn(kind string) nats.ConnHandler {
	return func(*nats.Conn) { r.Add(kind, nil, nil) }
}

func (r *Recorder) connErr(kind string) nats.ConnErrHandler {
	return func(_ *nats.Conn, err error) { r.Add(kind, nil, err) }
}

// Options sets every handler.
func (r *Recorder) Options(more ...nats.Option) []nats.Option {
	return append([]nats.Option{
		nats.ConnectHandler(r.conn("connected")),
		nats.ReconnectHandler(r.conn("reconnected")),
		nats.DisconnectErrHandler(r.connErr("disconnected")),
		nats.ReconnectErrHandler(r.connErr("attempt failed")),
		nats.ClosedHandler(r.conn("closed")),
		nats.DiscoveredServersHandler(r.conn("discovered")),
		nats.LameDuckModeHandler(r.conn("lame duck")),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) { r.Add("error", sub, err) }),
		nats.InDoubtHandler(func(_ *nats.Conn, d nats.InDoubt) {
			r.Add("in doubt", nil, &DoubtError{d})
		}),
		nats.MessageDroppedHandler(func(_ *nats.Conn, m *nats.DroppedMsg) {
			r.Add("dropped", nil, &nats.DroppedError{Msg: *m})
		}),
	}, more...)
}

// Attempts notes what the attempt handler is told.
func (r *Recorder) Attempts() nats.Option {
	return nats.AttemptHandler(func(_ *nats.Conn, err *nats.ConnError) { r.Add("attempt", nil, err) })
}

// DoubtError is how a report of what is in doubt is noted.
type DoubtError struct{ nats.InDoubt }

func (e *DoubtError) Error() string { return fmt.Sprintf("%+v", e.InDoubt) }

// All returns what was told, in order.
func (r *Recorder) All() []Happening {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Of returns what was told of one kind.
func (r *Recorder) Of(kind string) []Happening {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Happening
	for _, e := range r.events {
		if e.Kind == kind {
			list = append(list, e)
		}
	}
	return list
}

// Kinds returns what was told of, in order.
func (r *Recorder) Kinds() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, e := range r.events {
		list = append(list, e.Kind)
	}
	return list
}

// Count returns how many calls of one kind there were.
func (r *Recorder) Count(kind string) int { return len(r.Of(kind)) }

// Wait waits until there were n calls of the kind, and returns the n-th. It
// works in a bubble that is too busy for time to pass, too.
func (r *Recorder) Wait(t testing.TB, kind string, n int) Happening {
	t.Helper()
	return r.WaitIn(t, 10*time.Second, kind, n)
}

// WaitIn is Wait with a limit of its own.
func (r *Recorder) WaitIn(t testing.TB, limit time.Duration, kind string, n int) Happening {
	t.Helper()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		r.mu.Lock()
		if r.changed == nil {
			r.changed = make(chan struct{})
		}
		changed := r.changed
		r.mu.Unlock()
		if list := r.Of(kind); len(list) >= n {
			return list[n-1]
		}
		select {
		case <-changed:
		case <-timer.C:
			t.Fatalf("waited %v in vain for %d × %s", limit, n, kind)
		}
	}
}

// InDoubt adds up what was reported as in doubt.
func (r *Recorder) InDoubt() (msgs uint64) {
	for _, h := range r.Of("in doubt") {
		msgs += h.Err.(*DoubtError).Msgs
	}
	return msgs
}

// Dropped adds up what was reported as given up.
func (r *Recorder) Dropped() (msgs int) {
	for _, h := range r.Of("dropped") {
		msgs += h.Err.(*nats.DroppedError).Msg.Msgs
	}
	return msgs
}

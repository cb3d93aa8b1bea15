package demo

import (
	"fmt"
	"sync"
	"time"
)

// The kinds of events.
const (
	kindStep         = "step"
	kindConnected    = "connected"
	kindDisconnected = "disconnected"
	kindReconnected  = "reconnected"
	kindMoved        = "moved"
	kindDiscovered   = "discovered"
	kindInDoubt      = "in doubt"
	kindError        = "error"
	kindClosed       = "closed"
)

// Event is something that happened, to the servers or to the connection.
type Event struct {
	AtMS   float64 `json:"at_ms"` // since the start of the run
	Kind   string  `json:"event"`
	Server string  `json:"server,omitempty"`
	Text   string  `json:"text,omitempty"`
	// TookMS is how long it took; for "reconnected" the time without a
	// connection, for "disconnected" the time with one.
	TookMS  float64 `json:"took_ms,omitempty"`
	Attempt int     `json:"failed_attempts,omitempty"` // before this reconnect
}

// events keeps what happened and shows it at once.
type events struct {
	screen *Screen
	began  time.Time

	mu          sync.Mutex
	all         []Event
	losses      []time.Time
	returns     []time.Time
	migrations  int
	attempts    int    // failed since the last reconnect
	current     string // the server connected to, or the last one
	since       time.Time
	known       map[string]bool
	isClosed    bool
	expectedEnd bool
}

func newEvents(screen *Screen) *events {
	return &events{screen: screen, began: time.Now(), known: make(map[string]bool)}
}

// now is the time since the start as it is shown.
func (e *events) now() string { return clock(time.Since(e.began)) }

// add records an event. Losses and returns are counted each on its own: handlers
// of different kinds may overtake each other when the machine is busy.
func (e *events) add(kind, server, text string, took time.Duration) {
	at := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.expectedEnd {
		return
	}
	ev := Event{Kind: kind, Server: server, Text: text}
	switch kind {
	case kindClosed:
		e.isClosed = true
	case kindConnected:
		e.current, e.since = server, at
	case kindDisconnected:
		e.losses = append(e.losses, at)
		ev.Server, took = e.current, at.Sub(e.since)
	case kindMoved:
		e.migrations++
		e.current, e.since = server, at
	case kindReconnected:
		e.returns = append(e.returns, at)
		if n := len(e.returns); n <= len(e.losses) {
			took = at.Sub(e.losses[n-1])
		}
		ev.Attempt, e.attempts = e.attempts, 0
		e.current, e.since = server, at
	}
	ev.AtMS, ev.TookMS = ms(at.Sub(e.began)), ms(took)
	e.all = append(e.all, ev)
	e.screen.Line(fmt.Sprintf("%s  %s", clock(at.Sub(e.began)), ev.line(took)))
}

// line is the event as a person reads it.
func (ev Event) line(took time.Duration) string {
	switch ev.Kind {
	case kindStep:
		if took > 0 {
			return fmt.Sprintf("— %s (%s)", ev.Text, duration(took))
		}
		return "— " + ev.Text
	case kindConnected:
		return fmt.Sprintf("connected     to %s in %s, %s", ev.Server, duration(took), ev.Text)
	case kindDisconnected:
		return fmt.Sprintf("disconnected  from %s after %s: %s", ev.Server, duration(took), ev.Text)
	case kindReconnected:
		line := fmt.Sprintf("reconnected   to %s after %s", ev.Server, duration(took))
		if ev.Attempt > 0 {
			line += ", " + count(ev.Attempt, "failed attempt")
		}
		return line
	case kindMoved:
		return fmt.Sprintf("moved         to %s in %s, connected all the time", ev.Server, duration(took))
	case kindDiscovered:
		return "discovered    " + ev.Server
	case kindInDoubt:
		return fmt.Sprintf("in doubt      %s to %s", ev.Text, ev.Server)
	}
	return fmt.Sprintf("%-13s %s", ev.Kind, ev.Text)
}

func (e *events) failedAttempt() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.attempts++
}

// balance is how many times the connection was lost, and whether it is back.
func (e *events) balance() (losses int, back bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.losses), len(e.returns) >= len(e.losses)
}

// moves is how many times the connection went to another server without being lost.
func (e *events) moves() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.migrations
}

// discovered records the first time that the client is told of a server.
func (e *events) discovered(server string) {
	e.mu.Lock()
	known := e.known[server]
	e.known[server] = true
	e.mu.Unlock()
	if !known {
		e.add(kindDiscovered, server, "", 0)
	}
}

// expectEnd says whether the connection was closed already. From now on it may
// be, and what the client tells about its end is no event.
func (e *events) expectEnd() (closed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expectedEnd = true
	return e.isClosed
}

// gaps are the times without a connection, each from its loss to its return.
func (e *events) gaps() [][2]time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	var gaps [][2]time.Time
	for i := range min(len(e.losses), len(e.returns)) {
		gaps = append(gaps, [2]time.Time{e.losses[i], e.returns[i]})
	}
	return gaps
}

func (e *events) list() []Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Event{}, e.all...)
}

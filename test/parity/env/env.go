// Package env is the world that a parity scenario runs in: real nats-servers
// in this process, proxies that record the wire, scripted servers for what a
// real one won't do, and the transcript in which the scenario notes what the
// program saw.
//
// Nothing here knows which client library is at work. A scenario is written
// once and runs against both; their transcripts are compared.
package env

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience bounds every wait. It is long, since it is only ever used up by a
// test that fails.
const Patience = 15 * time.Second

// Scenario is one story told to both libraries.
type Scenario struct {
	Name string
	Run  func(*Env)
}

// Sentinel is an error variable of a library under its name.
type Sentinel struct {
	Name string
	Err  error
}

// Env is the world of one run of one scenario.
type Env struct {
	testing.TB
	sentinels []Sentinel

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each entry
	lanes   map[string][]Entry
	order   []string
	names   []string // pairs for a strings.Replacer
	servers []*Server
}

// New returns an empty world.
func New(t testing.TB, sentinels []Sentinel) *Env {
	return &Env{TB: t, sentinels: sentinels, changed: make(chan struct{}), lanes: map[string][]Entry{}}
}

// Alias makes the transcript say alias where text stands.
func (e *Env) Alias(text, alias string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.names = append(e.names, text, alias)
}

var inboxes = regexp.MustCompile(`(_INBOX|my\.inbox)\.[0-9A-Za-z]{22}(\.[0-9A-Za-z]+\b)?`)

// normal takes out of text what differs from run to run.
func (e *Env) normal(text string) string {
	text = strings.NewReplacer(e.names...).Replace(text)
	return inboxes.ReplaceAllStringFunc(text, func(s string) string {
		m := inboxes.FindStringSubmatch(s)
		if m[2] != "" {
			return m[1] + ".#.reply"
		}
		return m[1] + ".#"
	})
}

// Sorted is a list as the transcript shows it, in an order that doesn't depend
// on which ports the system gave.
func (e *Env) Sorted(list []string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	shown := make([]string, 0, len(list))
	for _, text := range list {
		shown = append(shown, e.normal(text))
	}
	slices.Sort(shown)
	return shown
}

// Must ends the scenario if err isn't nil.
func (e *Env) Must(err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("the scenario can't go on: %v\n%s", err, e.Dump())
	}
}

// TempFile writes a file for the scenario and returns its path, which the
// transcript calls "<name>".
func (e *Env) TempFile(name, content string) string {
	e.Helper()
	path := filepath.Join(e.TempDir(), name)
	e.Must(os.WriteFile(path, []byte(content), 0o600))
	e.Alias(path, "<"+name+">")
	return path
}

// Until waits for cond, which it asks again every millisecond.
func (e *Env) Until(what string, cond func() bool) {
	e.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline.C:
			e.Fatalf("waited %s in vain for: %s\n%s", Patience, what, e.Dump())
		}
	}
}

// Recv waits for a value of ch.
func Recv[T any](e *Env, what string, ch <-chan T) T {
	e.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	select {
	case v, ok := <-ch:
		if !ok {
			e.Fatalf("the channel closed before: %s", what)
		}
		return v
	case <-deadline.C:
		e.Fatalf("waited %s in vain for: %s\n%s", Patience, what, e.Dump())
	}
	panic("unreachable")
}

// Dump shows the transcript so far.
func (e *Env) Dump() string {
	var b strings.Builder
	for _, lane := range e.Transcript() {
		for _, entry := range lane.Entries {
			fmt.Fprintf(&b, "%s: %s\n", lane.Name, entry.Full())
		}
	}
	return b.String()
}

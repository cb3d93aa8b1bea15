package env

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Main is the lane of what the program itself does and sees, in its order.
const Main = "program"

// Lane is one sequence of entries whose order matters. Lanes are compared one
// by one, since what happens on several goroutines has no order between them.
type Lane struct {
	Name    string
	Entries []Entry
}

// Entry is one line of a transcript, with an error if it tells of one.
type Entry struct {
	Text string
	Err  *ErrorNote
}

// String is what two libraries must agree on: the text and, for an error,
// what kind it is. The wording counts only where nothing else tells errors
// apart.
func (n Entry) String() string {
	if n.Err == nil {
		return n.Text
	}
	return n.Text + ": " + n.Err.String()
}

// Full is String with the wording of the error.
func (n Entry) Full() string {
	if n.Err == nil || n.Err.Text == "" {
		return n.String()
	}
	return fmt.Sprintf("%s (%q)", n.String(), n.Err.Text)
}

func (e *Env) append(lane string, entry Entry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.lanes[lane]; !ok {
		e.order = append(e.order, lane)
	}
	e.lanes[lane] = append(e.lanes[lane], entry)
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *Env) normalised(text string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.normal(text)
}

// Log notes something the program saw.
func (e *Env) Log(format string, args ...any) { e.On(Main).Log(format, args...) }

// Err notes the outcome of a call.
func (e *Env) Err(what string, err error) { e.On(Main).Err(what, err) }

// On returns the writer of a lane of its own, for a callback.
func (e *Env) On(lane string) Writer { return Writer{e, lane} }

// Writer appends to one lane. It may be used by any goroutine.
type Writer struct {
	e    *Env
	lane string
}

// Log notes something seen on the lane.
func (w Writer) Log(format string, args ...any) {
	w.e.append(w.lane, Entry{Text: w.e.normalised(fmt.Sprintf(format, args...))})
}

// Err notes an error, or its absence, on the lane.
func (w Writer) Err(what string, err error) {
	w.e.append(w.lane, Entry{Text: w.e.normalised(what), Err: w.e.note(err)})
}

// Await waits until n entries of the lane begin with prefix.
func (e *Env) Await(lane, prefix string, n int) {
	e.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for {
		e.mu.Lock()
		found := 0
		for _, entry := range e.lanes[lane] {
			if strings.HasPrefix(entry.Text, prefix) {
				found++
			}
		}
		changed := e.changed
		e.mu.Unlock()
		if found >= n {
			return
		}
		select {
		case <-changed:
		case <-deadline.C:
			e.Fatalf("waited %s in vain for %d entries %q on lane %q, there are %d\n%s", Patience, n, prefix, lane, found, e.Dump())
		}
	}
}

// Transcript returns all lanes in the order of their names.
func (e *Env) Transcript() []Lane {
	e.mu.Lock()
	defer e.mu.Unlock()
	var lanes []Lane
	for _, name := range e.order {
		lanes = append(lanes, Lane{name, slices.Clone(e.lanes[name])})
	}
	slices.SortFunc(lanes, func(a, b Lane) int { return strings.Compare(a.Name, b.Name) })
	return lanes
}

// Lane returns the entries of one lane so far.
func (e *Env) Lane(name string) []Entry {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.lanes[name])
}

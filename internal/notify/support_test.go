package notify

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// slow is longer than the dispatcher waits for a call.
const slow = 3 * patience

// record is what handlers were called, in the order in which they returned.
type record struct {
	mu        sync.Mutex
	got       []string
	now, most int
}

// call returns a handler that takes a while and notes its name.
func (r *record) call(name string, takes time.Duration) func() {
	return func() {
		r.mu.Lock()
		r.now++
		r.most = max(r.most, r.now)
		r.mu.Unlock()
		if takes > 0 {
			time.Sleep(takes) // of virtual time
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.now--
		r.got = append(r.got, name)
	}
}

// take returns what was noted since it was called last.
func (r *record) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// expect compares what was noted since it was asked last.
func (r *record) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := r.take(); !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// names are n names that begin alike.
func names(of string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint(of, i))
	}
	return all
}

// rested says whether nothing of what was told is kept, nor a goroutine for it.
func (d *Dispatcher) rested(t *testing.T) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.queue != nil || d.running || d.run != nil || d.idle != nil {
		t.Errorf("queue %v, running %v, run %v, idle %v; want none of them", d.queue, d.running, d.run, d.idle)
	}
	for l, ln := range d.lanes {
		if ln.busy || ln.late != nil {
			t.Errorf("lane %d: busy %v, %d calls behind it", l, ln.busy, len(ln.late))
		}
	}
	if n := d.reports.waiting.Load(); n != 0 {
		t.Errorf("%d bytes of reports count as waiting", n)
	}
}

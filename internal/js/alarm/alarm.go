// Package alarm is the one timer of whoever carries out what a machine says: it goes off
// when the machine's next deadline is due.
package alarm

import "time"

// Alarm is set for the earliest of the times that it was set for since it went off. The
// zero value is one that is set for none. It is guarded by its owner's lock.
type Alarm struct {
	timer *time.Timer
	due   time.Duration // when it goes off; 0: never
}

// Wants says whether it must be set for a time: it isn't for that, or an earlier one. If
// it is, it goes off too early at worst, and the machine has nothing to say yet.
func (a *Alarm) Wants(at time.Duration) bool { return a.due == 0 || at < a.due }

// Set sets it for a time, which is so far off, and not in the past or at once if that is
// negative. ring is called on a goroutine of its own, and calls Rang; it is the same at
// every call.
func (a *Alarm) Set(at, in time.Duration, ring func()) {
	a.due = max(at, 1)
	if a.timer == nil {
		a.timer = time.AfterFunc(max(in, 0), ring)
		return
	}
	a.timer.Reset(max(in, 0))
}

// Rang notes that it went off.
func (a *Alarm) Rang() { a.due = 0 }

// Stop has it not go off any more, unless it is set again; one call may be under way.
func (a *Alarm) Stop() {
	if a.timer != nil {
		a.timer.Stop()
		a.due = 0
	}
}

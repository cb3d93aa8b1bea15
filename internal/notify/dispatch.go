package notify

import (
	"slices"
	"sync"
	"time"
)

// patience is how long the dispatcher waits for a handler before it goes on with
// the events of other lanes. Handlers that return sooner run strictly one after
// another, whatever their lanes.
const patience = 50 * time.Millisecond

// Dispatcher calls handlers: in order, the calls of a lane one after another, and the
// last event when all lanes are through. The zero value is ready for use.
type Dispatcher struct {
	reports reports

	mu       sync.Mutex
	queue    []event
	parallel bool
	running  bool
	muted    bool
	run      *Run          // the last in the queue, as long as it can be added to
	lanes    []laneState   // of each lane; nil before the first event: most connections have none
	idle     chan struct{} // closed when a lane has got through; nil: nobody waits
}

type laneState struct {
	busy bool
	late []func()
}

type event struct {
	lane Lane
	call func()
	last bool // it waits for all lanes
}

// Parallel gives each lane a queue of its own. It is called before the first Post.
func (d *Dispatcher) Parallel() {
	d.mu.Lock()
	d.parallel = true
	d.mu.Unlock()
}

// Post queues a call; it never waits.
func (d *Dispatcher) Post(l Lane, call func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.muted {
		return
	}
	d.queue = append(d.queue, event{l.queue(d.parallel), call, l == Closed})
	if !d.running {
		d.running = true
		go d.deliver()
	}
}

// Mute drops what is queued and whatever is posted later. Calls that have begun are
// not affected.
func (d *Dispatcher) Mute() { d.mute(func(Lane) bool { return false }) }

// MuteButAttempts is Mute for a connect that failed: what its attempts failed with is
// still told.
func (d *Dispatcher) MuteButAttempts() { d.mute(func(l Lane) bool { return l == Attempt }) }

func (d *Dispatcher) mute(but func(Lane) bool) {
	d.mu.Lock()
	d.muted = true
	d.queue = slices.DeleteFunc(d.queue, func(e event) bool { return !but(e.lane) })
	for i := range d.lanes {
		if !but(Lane(i)) {
			d.lanes[i].late = nil
		}
	}
	d.mu.Unlock()
}

func (d *Dispatcher) deliver() {
	var timer *time.Timer
	for {
		d.mu.Lock()
		if len(d.queue) == 0 {
			d.running = false
			d.queue = nil
			d.mu.Unlock()
			return
		}
		if d.lanes == nil {
			d.lanes = make([]laneState, lanes)
		}
		if d.queue[0].last && d.waitIdleLocked() {
			d.mu.Unlock()
			continue // it may have been muted meanwhile
		}
		ev := d.queue[0]
		d.queue[0] = event{}
		d.queue = d.queue[1:]
		ln := &d.lanes[ev.lane]
		if ln.busy {
			ln.late = append(ln.late, ev.call)
			d.mu.Unlock()
			continue
		}
		ln.busy = true
		d.mu.Unlock()

		// Its time begins when it does, which on a busy machine may be later.
		begun, done := make(chan struct{}), make(chan struct{})
		go func() {
			close(begun)
			d.runLane(ev.lane, ev.call, done)
		}()
		<-begun
		if timer == nil {
			timer = time.NewTimer(patience)
			defer timer.Stop()
		} else {
			timer.Reset(patience)
		}
		select {
		case <-done:
		case <-timer.C:
		}
	}
}

// waitIdleLocked waits until a lane has got through, if any is busy. It is called
// and returns with the lock held.
func (d *Dispatcher) waitIdleLocked() (waited bool) {
	if !slices.ContainsFunc(d.lanes, func(l laneState) bool { return l.busy }) {
		return false
	}
	idle := make(chan struct{})
	d.idle = idle
	d.mu.Unlock()
	<-idle
	d.mu.Lock()
	return true
}

// runLane makes one call and then those that gathered behind it.
func (d *Dispatcher) runLane(l Lane, call func(), done chan struct{}) {
	for {
		call()
		d.mu.Lock()
		ln := &d.lanes[l]
		if len(ln.late) == 0 {
			ln.busy = false
			ln.late = nil
			if d.idle != nil {
				close(d.idle)
				d.idle = nil
			}
			d.mu.Unlock()
			close(done)
			return
		}
		call = ln.late[0]
		ln.late = ln.late[1:]
		d.mu.Unlock()
	}
}

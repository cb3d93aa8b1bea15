package nats

import (
	"sync"
	"time"
)

// lane is the queue of one handler.
type lane uint8

const (
	laneClosed lane = iota
	laneDisconnected
	laneReconnected
	laneConnected
	laneDiscovered
	laneError
	laneAttemptFailed
	laneLameDuck
	laneInDoubt
	laneDropped
	laneBarrier
	lanes
)

// patience is how long the dispatcher waits for a handler before it goes on with
// the next event. Handlers that return sooner run strictly one after another, as
// programs that share variables between their handlers expect; a slower one
// delays only its own later events.
const patience = 50 * time.Millisecond

// dispatcher delivers events to the user's handlers: in order, each handler's
// calls one after another. Its goroutine exists only while there are events.
type dispatcher struct {
	mu      sync.Mutex
	queue   []event
	running bool
	muted   bool
	drop    *DroppedMsg // of the last report in the queue, as long as it can be added to
	lanes   []laneState // of each lane; nil before the first event: most connections have none
}

type laneState struct {
	busy bool
	late []func()
}

type event struct {
	lane lane
	call func()
}

// post queues a call; it never waits.
func (d *dispatcher) post(l lane, call func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.muted {
		return
	}
	d.queue = append(d.queue, event{l, call})
	if !d.running {
		d.running = true
		go d.run()
	}
}

// mute drops what is queued and whatever is posted later.
func (d *dispatcher) mute() {
	d.mu.Lock()
	d.muted = true
	d.queue = nil
	for i := range d.lanes {
		d.lanes[i].late = nil
	}
	d.mu.Unlock()
}

func (d *dispatcher) run() {
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

// runLane makes one call and then those that gathered behind it.
func (d *dispatcher) runLane(l lane, call func(), done chan struct{}) {
	for {
		call()
		d.mu.Lock()
		ln := &d.lanes[l]
		if len(ln.late) == 0 {
			ln.busy = false
			ln.late = nil
			d.mu.Unlock()
			close(done)
			return
		}
		call = ln.late[0]
		ln.late = ln.late[1:]
		d.mu.Unlock()
	}
}

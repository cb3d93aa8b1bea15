package notify

// Run is a number of messages that were given up for one reason.
type Run struct {
	Msgs, Size int
	Err        error
}

// AddToRun adds to the last run that was posted, while that waits for its handler and
// if its reason is the same. So giving up at full speed takes no memory. It returns
// false when there is none: then the run is one to post.
func (d *Dispatcher) AddToRun(r Run) (added bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.run == nil || d.run.Err != r.Err {
		return false
	}
	d.run.Msgs += r.Msgs
	d.run.Size += r.Size
	return true
}

// PostRun queues the report of a run, which gets what was added until its turn comes.
func (d *Dispatcher) PostRun(l Lane, r Run, call func(Run)) {
	d.setRun(&r)
	d.Post(l, func() {
		d.mu.Lock()
		if d.run == &r {
			d.run = nil // no longer ours to change
		}
		d.mu.Unlock()
		call(r)
	})
}

// PostSingle queues the report of one message that was given up. Runs before it are
// not added to any more, so that the order stays.
func (d *Dispatcher) PostSingle(l Lane, call func()) {
	d.setRun(nil)
	d.Post(l, call)
}

func (d *Dispatcher) setRun(r *Run) {
	d.mu.Lock()
	d.run = r
	d.mu.Unlock()
}

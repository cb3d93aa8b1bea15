package session

import "sync"

// driver runs what is posted to it one after another, in order, on a goroutine
// that exists only while there is something to run. All control of a connection
// goes through it: it feeds the machine and carries out what the machine says.
type driver struct {
	mu      sync.Mutex
	running bool
	queue   []func()
}

// post hands f to the driver; it never waits.
func (d *driver) post(f func()) {
	d.mu.Lock()
	d.queue = append(d.queue, f)
	if !d.running {
		d.running = true
		go d.run()
	}
	d.mu.Unlock()
}

func (d *driver) run() {
	var todo []func()
	for {
		d.mu.Lock()
		if len(d.queue) == 0 {
			d.running = false
			d.queue = nil
			d.mu.Unlock()
			return
		}
		todo, d.queue = d.queue, todo[:0]
		d.mu.Unlock()
		for i, f := range todo {
			f()
			todo[i] = nil
		}
	}
}

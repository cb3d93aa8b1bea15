package micro

import "sync"

// notices calls a service's handlers one after the other, on a goroutine that
// lives while there is something to call.
type notices struct {
	mu      sync.Mutex
	queue   []func()
	running bool
}

// post queues a call; it never waits. The channel is closed when the call has returned.
func (n *notices) post(call func()) <-chan struct{} {
	done := make(chan struct{})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queue = append(n.queue, func() {
		defer close(done)
		call()
	})
	if !n.running {
		n.running = true
		go n.run()
	}
	return done
}

func (n *notices) run() {
	for {
		n.mu.Lock()
		if len(n.queue) == 0 {
			n.running = false
			n.queue = nil
			n.mu.Unlock()
			return
		}
		call := n.queue[0]
		n.queue = n.queue[1:]
		n.mu.Unlock()
		call()
	}
}

package micro

import "sync"

// notices calls a service's handlers one after the other, on a goroutine that
// lives while there is something to call.
type notices struct {
	mu      sync.Mutex
	queue   []func()
	running bool
}

// post queues a call; it never waits.
func (n *notices) post(call func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queue = append(n.queue, call)
	if !n.running {
		n.running = true
		go n.run()
	}
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

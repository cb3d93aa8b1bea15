package nats

// StatusListeners is how many channels are told of the connection's status.
func StatusListeners(nc *Conn) int {
	nc.statuses.mu.Lock()
	defer nc.statuses.mu.Unlock()
	return len(nc.statuses.all)
}

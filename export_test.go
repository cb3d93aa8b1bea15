package nats

// StatusListeners is how many channels are told of the connection's status.
func StatusListeners(nc *Conn) int {
	return nc.statuses.Listeners()
}

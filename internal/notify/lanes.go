package notify

// Lane is the queue of one kind of event: its calls are made one after another. Those
// that programs written for nats.go expect to be told one by one, up to Barrier, are
// one queue, unless [Dispatcher.Parallel] was called.
type Lane uint8

// The lanes.
const (
	Closed Lane = iota // the last event: it waits for all lanes
	Disconnected
	Reconnected
	Connected
	Discovered
	Error
	ReconnectFailed
	LameDuck
	Barrier
	Attempt // from here on each has its own
	InDoubt
	Dropped

	lanes = int(iota)
)

// queue is the lane whose queue the calls of l go to.
func (l Lane) queue(parallel bool) Lane {
	if l < Attempt && !parallel {
		return Closed
	}
	return l
}

package notify

// listenerSize is the promised capacity of a StatusChanged channel.
const listenerSize = 10

// Listener is a channel on which some statuses are announced.
type Listener[S ~int] struct {
	ch   chan S
	want map[S]bool
}

// NewListener makes a channel for the wanted statuses.
func NewListener[S ~int](wanted []S) Listener[S] {
	l := Listener[S]{ch: make(chan S, listenerSize), want: make(map[S]bool)}
	for _, st := range wanted {
		l.want[st] = true
	}
	return l
}

// C is the channel. It holds 10 announcements.
func (l *Listener[S]) C() chan S { return l.ch }

// Tell announces a status, if it is wanted: a full channel loses its oldest
// announcement, so this never waits. It returns false for a channel that the
// program has closed.
func (l *Listener[S]) Tell(st S) (open bool) {
	if !l.want[st] {
		return true
	}
	defer func() { _ = recover() }()
	for {
		select {
		case l.ch <- st:
			return true
		default:
		}
		select {
		case <-l.ch:
		default:
		}
	}
}

// Close closes the channel, unless the program has.
func (l *Listener[S]) Close() { closeOnce(l.ch) }

// closeOnce closes a channel that may be closed already, or nil.
func closeOnce[S any](ch chan S) {
	defer func() { _ = recover() }() // nobody can ask whether it is closed
	close(ch)
}

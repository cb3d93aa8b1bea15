package receive

// Host is the connection that a table belongs to.
type Host[S any] interface {
	// Control queues SUB and UNSUB lines for the link in use; without one they are
	// forgotten. The connection has so many subscriptions. The table's lock is held.
	Control(lines []byte, subs int)

	// Fence asks the server to answer when it has been through what is queued by now.
	// The answer is nil, or why there won't be one; forget is called by who waits no
	// more. An error says that the connection is closed.
	Fence() (answer <-chan error, forget func(), err error)

	// Post calls f behind what was posted before, one at a time: see Table.
	Post(f func())

	// Draining says whether the connection is: it takes no more subscriptions.
	Draining() bool

	// Closed is closed with the connection, when everything has ended.
	Closed() <-chan struct{}

	// Gone tells that a subscription is.
	Gone()

	// SlowConsumer, BadHeader and Poison tell of errors: messages are being dropped; a
	// message has headers that can't be read; a subscription was taken out because
	// connections ended over it.
	SlowConsumer(sub *S)
	BadHeader(sub *S, subject string, err error)
	Poison(sub *S)

	// Recovered tells that messages are taken again, of which so many were dropped so
	// far. The subscription's lock is held.
	Recovered(sub *S, dropped int)
}

// Link is what a reader reads, and who is told of what comes in besides messages. Its
// values are compared: two that are equal are the same link. All but InUse are called
// by the link's reader alone.
type Link interface {
	// Read waits for the next bytes.
	Read(b []byte) (n int, err error)

	// Rest gives away what was read before, behind the handshake.
	Rest() []byte

	// Count counts messages that came in, and bytes of headers and data in them.
	Count(msgs, bytes uint64)

	// Ping, Pong, OK, Info and Err are operations of those names. The results of Pong
	// and OK say whether that is the answer to something. What Info is given is valid
	// during the call only.
	Ping()
	Pong() (asked bool)
	OK() (asked bool)
	Info(arg []byte)
	Err(text string)

	// Lost says that reading has ended, and nothing of this link will be told any more.
	// With nonsense it is because of what the server sent.
	Lost(err error, nonsense bool)

	// InUse says whether it is the connection's link.
	InUse() bool
}

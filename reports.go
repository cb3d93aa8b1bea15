package nats

import (
	"fmt"
	"sync/atomic"
)

const (
	// reportsWaiting bounds what reports of a server's doings may take that wait for
	// a handler: 20,000 refused subscriptions and more are told one by one.
	reportsWaiting = 16 << 20
	reportSize     = 512     // what each takes besides its text
	longestText    = 4 << 10 // of an error of the server's that is shown
)

// reports counts what waits to be told of a server: it can say what it likes as often
// as it likes, and the program's handlers take their time.
type reports struct {
	waiting atomic.Int64 // bytes
	left    atomic.Int64 // reports that found no room
}

// post is the dispatcher's, for what a server can cause at will. Without room the
// report is left out, and counted.
func (r *reports) post(d *dispatcher, l lane, text int, call func()) {
	size := int64(reportSize + text)
	if r.waiting.Add(size) > reportsWaiting {
		r.waiting.Add(-size)
		r.left.Add(1)
		return
	}
	d.post(l, func() {
		r.waiting.Add(-size)
		call()
	})
}

// serverError records an error that the server caused, and tells the error handler.
func (d *dispatcher) serverError(nc *Conn, sub *Subscription, err error) {
	nc.state.setErr(err)
	nc.reports.post(d, laneError, len(err.Error()), func() {
		nc.tellError(sub, err)
		if n := nc.reports.left.Swap(0); n > 0 {
			nc.tellError(nil, fmt.Errorf("nats: reports left out, since the handlers are slower than the server's errors come in: %d", n))
		}
	})
}

// shown is the part of a text from a server that goes into an error.
func shown(text string) string {
	if len(text) <= longestText {
		return text
	}
	return fmt.Sprintf("%s … (%d bytes)", text[:longestText], len(text))
}

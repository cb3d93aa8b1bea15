package notify

import "sync/atomic"

const (
	// reportsWaiting bounds what reports of a server's doings may take that wait for
	// a handler: 20,000 refused subscriptions and more are told one by one.
	reportsWaiting = 16 << 20
	reportSize     = 512 // what each takes besides its text
)

// reports counts what waits to be told of a server: it can say what it likes as often
// as it likes, and the program's handlers take their time.
type reports struct {
	waiting atomic.Int64 // bytes
	left    atomic.Int64 // reports that found no room
}

// PostBounded is Post for what a server can cause at will; text is how many bytes of
// the server's the call keeps. Without room it is left out, and counted.
func (d *Dispatcher) PostBounded(l Lane, text int, call func()) {
	r := &d.reports
	size := int64(reportSize + text)
	if r.waiting.Add(size) > reportsWaiting {
		r.waiting.Add(-size)
		r.left.Add(1)
		return
	}
	d.Post(l, func() {
		r.waiting.Add(-size)
		call()
	})
}

// LeftOut is how many calls have found no room since it was asked last.
func (d *Dispatcher) LeftOut() int64 { return d.reports.left.Swap(0) }

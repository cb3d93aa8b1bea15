package nats

import "github.com/evernats/nats/internal/notify"

// Barrier calls f once every message that the client has received so far has
// been handled by its subscription's handler. Subscriptions without a handler
// don't count. It returns at once; f runs on a goroutine of the client's, or
// before Barrier returns when there is no subscription with a handler.
// [ErrConnectionClosed] says that f will not be called, [ErrInvalidArg] that it is
// nil.
func (nc *Conn) Barrier(f func()) error {
	if nc.IsClosed() {
		return ErrConnectionClosed
	}
	if f == nil {
		return ErrInvalidArg
	}
	if !nc.subs.Barrier(func() { nc.events.Post(notify.Barrier, f) }) {
		f()
	}
	return nil
}

package nats

import (
	"context"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/notify"
	"github.com/evernats/nats/internal/send"
)

// flushLimit is how long Flush waits.
const flushLimit = 10 * time.Second

// Flush waits until the server has processed everything that was published and
// every subscription that was made before the call, at most 10 seconds. See
// [Conn.FlushTimeout].
func (nc *Conn) Flush() error {
	return nc.FlushTimeout(flushLimit)
}

// FlushTimeout is [Conn.Flush] with a limit of its own; a limit of zero or less
// is [ErrBadTimeout]. It works through a reconnect: what was still queued is
// flushed on the next connection. When messages were on their way as the
// connection died the answer can't be known, and the error is [ErrInDoubt]
// (never with [AtLeastOnce], which sends them again). When the time is up the
// error is [ErrTimeout]; when the connection is closed, [ErrConnectionClosed].
func (nc *Conn) FlushTimeout(timeout time.Duration) (err error) {
	if nc == nil {
		return ErrInvalidConnection
	}
	if timeout <= 0 {
		return ErrBadTimeout
	}
	w, err := nc.fence()
	if err != nil {
		return err
	}
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case err := <-w.Done():
		return ofSend(err)
	case <-t.C:
		nc.out.Forget(w)
		return ErrTimeout
	}
}

// FlushWithContext is [Conn.FlushTimeout] with the deadline of ctx, which must
// have one ([ErrNoDeadlineContext]). When ctx is done its error is returned.
func (nc *Conn) FlushWithContext(ctx context.Context) error {
	if nc == nil {
		return ErrInvalidConnection
	}
	if ctx == nil {
		return ErrInvalidContext
	}
	if _, ok := ctx.Deadline(); !ok {
		return ErrNoDeadlineContext
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := nc.fence()
	if err != nil {
		return err
	}
	return nc.await(ctx, w)
}

// fence registers a waiter for everything queued so far.
func (nc *Conn) fence() (*send.Waiter, error) {
	w, err := nc.out.Fence()
	return w, ofSend(err)
}

func (nc *Conn) await(ctx context.Context, w *send.Waiter) error {
	select {
	case err := <-w.Done():
		return ofSend(err)
	case <-ctx.Done():
		nc.out.Forget(w)
		return ctx.Err()
	}
}

// RTT measures the time a PING takes to the server and back, behind whatever is
// queued. While there is no connection it is [ErrDisconnected], and
// [ErrConnectionClosed] after the end; after 10 seconds it is [ErrTimeout].
func (nc *Conn) RTT() (time.Duration, error) {
	if nc.IsClosed() {
		return 0, ErrConnectionClosed
	}
	if nc.IsReconnecting() {
		return 0, ErrDisconnected
	}
	begin := time.Now()
	if err := nc.Flush(); err != nil {
		return 0, err
	}
	return time.Since(begin), nil
}

// PublishConfirmed publishes m and returns when the server has processed it. It
// waits through a reconnect as long as ctx allows. An error that is [ErrInDoubt]
// says that the message was sent but the connection died before the server
// confirmed it: publish it again if handling it twice is harmless. With
// [AtLeastOnce] that happens by itself. When ctx is done first, the message may
// still go out; the error is ctx's, wrapped. The other errors are those of
// [Conn.PublishMsg], and the reason when the message was given up, see
// [MessageDroppedHandler]. While there is no room for it, it waits for that too.
//
// Many goroutines that wait at the same time share the round trips.
func (nc *Conn) PublishConfirmed(ctx context.Context, m *Msg) error {
	if ctx == nil {
		return ErrInvalidContext
	}
	if err := ctx.Err(); err != nil {
		return err // nothing is published
	}
	p := send.Publication{Ctx: ctx, Always: true, Confirm: true, Urgent: true}
	if _, err := nc.publishMsg(&p, m); err != nil {
		return err
	}
	if err := nc.await(ctx, p.Waiter); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("nats: no confirmation for the message to %q: %w", m.Subject, err)
		}
		return err
	}
	return nil
}

// Buffered returns the number of bytes that were published, subscribed or
// otherwise queued and not yet written to a socket. [ErrConnectionClosed] says
// that the connection is closed.
func (nc *Conn) Buffered() (int, error) {
	if nc == nil || nc.IsClosed() {
		return -1, ErrConnectionClosed
	}
	return nc.out.Size(), nil
}

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

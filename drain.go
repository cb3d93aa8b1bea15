package nats

import (
	"context"
	"errors"
	"sync"

	"github.com/evernats/nats/internal/send"
)

// drainState says how far the drain of a connection is.
type drainState struct {
	mu    sync.Mutex
	begun bool
	owes  bool          // the error handler will be told of what is left over
	ended chan struct{} // poked when a subscription ends, or the link is gone
}

func (d *drainState) active() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.begun
}

// begin says whether it is the first. owes makes the drain report to the error
// handler.
func (d *drainState) begin(owes bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.begun {
		return false
	}
	d.begun, d.owes = true, owes
	d.ended = make(chan struct{}, 1)
	return true
}

// due says that the report is to be made now, once: by the drain, or before the
// closed handler is called, when the program closes a connection that drains.
func (d *drainState) due() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	due := d.owes
	d.owes = false
	return due
}

// poke has the drain look whether there is something left to wait for.
func (d *drainState) poke() {
	d.mu.Lock()
	ch := d.ended
	d.mu.Unlock()
	if ch != nil {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Drain ends the connection in good order: every subscription is unsubscribed
// and its last messages are handled, then what was published is sent, then the
// connection is closed. It returns at once; [ClosedHandler] tells of the end.
// Publishing works until the subscriptions are through, so handlers can still
// answer; new subscriptions are refused with [ErrConnectionDraining].
//
// A drain survives the loss of the connection: it goes on after the reconnect,
// until [DrainTimeout] is over. What could not be finished by then is reported to
// the error handler as [ErrDrainTimeout]. When there is no connection, nothing that
// waits to be sent and nothing to be handled, the drain is over at once.
//
// Calling it again does nothing.
//
// Errors: [ErrConnectionClosed], [ErrInvalidConnection].
func (nc *Conn) Drain() error {
	if nc == nil {
		return ErrInvalidConnection
	}
	if nc.IsClosed() {
		return ErrConnectionClosed
	}
	if !nc.drain.begin(true) {
		return nil
	}
	nc.state.set(nc, DRAINING_SUBS)
	nc.session.Stay(ErrConnectionDraining)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), nc.Opts.drainLimit())
		defer cancel()
		if left := nc.drainAll(ctx); nc.drain.due() && left != nil {
			nc.events.asyncError(nc, nil, left)
		}
		nc.Close()
	}()
	return nil
}

// DrainWithContext is [Conn.Drain] that waits for the end, at most until ctx is
// done, and then closes the connection in any case. It returns nil when
// everything was handled and sent; otherwise an error that is [ErrDrainTimeout],
// or [ErrInDoubt] when a connection was lost on the way with messages that the
// server hadn't confirmed, and says how many messages were not handled and how
// many bytes not sent.
// [DrainTimeout] plays no part in it. When a drain is under way already the error
// is [ErrConnectionDraining], and when Close ends it before everything was handled
// and sent [ErrConnectionClosed].
//
// A handler of one of the connection's subscriptions must not call it: it would wait
// for the end of that very call, until ctx is done. [Conn.Drain] is for handlers.
func (nc *Conn) DrainWithContext(ctx context.Context) error {
	if nc == nil {
		return ErrInvalidConnection
	}
	if ctx == nil {
		return ErrInvalidContext
	}
	if nc.IsClosed() {
		return ErrConnectionClosed
	}
	if !nc.drain.begin(false) {
		return ErrConnectionDraining
	}
	left := nc.drainAll(ctx)
	nc.Close()
	return left
}

// drainAll does the work of a drain until it is done or ctx is.
func (nc *Conn) drainAll(ctx context.Context) error {
	nc.state.set(nc, DRAINING_SUBS)
	nc.session.Stay(ErrConnectionDraining)
	nc.subs.Drain() // the client's own stay: requests may be under way
	for nc.subs.Draining() > 0 {
		select {
		case <-nc.drain.ended:
		case <-nc.session.Done():
			return nc.leftAtClose(ctx)
		case <-ctx.Done():
			return nc.leftOver(ErrDrainTimeout)
		}
	}
	nc.state.set(nc, DRAINING_PUBS)
	nc.out.Refuse(send.Draining)
	return nc.drainPubs(ctx)
}

// drainPubs waits until the server has processed what was published. A loss on
// the way can leave messages in doubt, which is no reason to give up those that
// are still queued.
func (nc *Conn) drainPubs(ctx context.Context) error {
	var doubt error
	for {
		w, err := nc.fence()
		if err != nil {
			return nc.leftAtClose(ctx)
		}
		for waiting := true; waiting; {
			if nc.nothingToSave() {
				select {
				case err = <-w.Done():
					err = ofSend(err)
				default:
				}
				break
			}
			select {
			case err = <-w.Done():
				err = ofSend(err)
				waiting = false
			case <-nc.drain.ended:
			case <-ctx.Done():
				nc.out.Forget(w)
				return nc.leftOver(ErrDrainTimeout)
			}
		}
		nc.out.Forget(w)
		switch {
		case errors.Is(err, ErrInDoubt):
			doubt = err
		case err != nil:
			return nc.leftAtClose(ctx)
		case doubt != nil:
			return nc.leftOver(doubt)
		default:
			return nil
		}
	}
}

// nothingToSave says that there is no connection, that whoever waited for the last one
// knows what became of his messages, and that none waits for the next.
func (nc *Conn) nothingToSave() bool {
	if nc.session.Linked() {
		return false
	}
	return nc.out.Through()
}

// leftOver says what a drain could not finish.
func (nc *Conn) leftOver(cause error) error {
	msgs := nc.subs.Waiting()
	bytes, _ := nc.Buffered()
	if msgs == 0 && bytes <= 0 && cause == ErrDrainTimeout {
		return detailed(cause, "%w: everything was handled and sent, and the server has not confirmed it", cause)
	}
	return leftError(cause, msgs, uint64(max(bytes, 0)))
}

// leftAtClose says what a drain could not finish because the program closed the
// connection; nil when there was nothing.
func (nc *Conn) leftAtClose(ctx context.Context) error {
	select {
	case <-nc.session.Done(): // it goes on sending for a moment
	case <-ctx.Done():
	}
	return nc.discarded()
}

// discarded says what a connection that has ended left behind.
func (nc *Conn) discarded() error {
	msgs := nc.subs.Left()
	bytes := nc.out.Leftover()
	if msgs == 0 && bytes == 0 {
		return nil
	}
	return leftError(ErrConnectionClosed, msgs, bytes)
}

func leftError(cause error, msgs int64, bytes uint64) error {
	return detailed(cause, "%w: %d received messages were not handled and %d bytes were not sent", cause, msgs, bytes)
}

// Drain ends the subscription in good order: the server is told, and the
// messages that come until it knows are still handled. It returns at once;
// [Subscription.IsValid] turns false, and the closed handler is called, at the
// end. A subscription on a channel ends when the channel has been emptied. On one
// that has ended, or is draining already, it does nothing.
//
// Errors: [ErrBadSubscription] for a nil or zero Subscription,
// [ErrConnectionClosed].
func (s *Subscription) Drain() error {
	if _, err := s.usable(); err != nil {
		if s != nil && s.conn() != nil && err == ErrBadSubscription {
			return nil
		}
		return err
	}
	s.in.Drain()
	return nil
}

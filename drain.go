package nats

import (
	"context"
	"errors"

	"github.com/evernats/nats/internal/drain"
	"github.com/evernats/nats/internal/send"
)

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
	if !nc.drain.Begin(true) {
		return nil
	}
	nc.state.set(nc, DRAINING_SUBS)
	nc.session.Stay(ErrConnectionDraining)
	nc.drain.Start(nc.Opts.drainLimit(), draining{nc}, func(ctx context.Context, o drain.Outcome, doubt error) {
		if left := nc.left(ctx, o, doubt); nc.drain.Due() && left != nil {
			nc.events.asyncError(nc, nil, left)
		}
		nc.Close()
	})
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
	if !nc.drain.Begin(false) {
		return ErrConnectionDraining
	}
	nc.state.set(nc, DRAINING_SUBS)
	nc.session.Stay(ErrConnectionDraining)
	o, doubt := nc.drain.Run(ctx, draining{nc})
	left := nc.left(ctx, o, doubt)
	nc.Close()
	return left
}

// draining is what internal/drain needs of a connection.
type draining struct{ nc *Conn }

// DrainSubscriptions leaves the client's own: requests may be under way.
func (d draining) DrainSubscriptions() { d.nc.subs.Drain() }

// Draining counts consumers that are being removed, too: they go with the connection, and not
// some time later. Without a link that would be waiting for one.
func (d draining) Draining() int {
	n := d.nc.subs.Draining()
	if d.nc.session.Linked() {
		n += int(d.nc.owned.Load())
	}
	return n
}

func (d draining) SubscriptionsEnded() {
	d.nc.state.set(d.nc, DRAINING_PUBS)
	d.nc.out.Refuse(send.Draining)
}

func (d draining) Fence() (answer <-chan error, forget func(), err error) {
	return receiving(d).Fence()
}

func (d draining) InDoubt(answer error) bool { return errors.Is(ofSend(answer), ErrInDoubt) }

func (d draining) NothingToSave() bool { return !d.nc.session.Linked() && d.nc.out.Through() }

func (d draining) Closed() <-chan struct{} { return d.nc.session.Done() }

// left says what a drain could not finish, nil when there is nothing.
func (nc *Conn) left(ctx context.Context, o drain.Outcome, doubt error) (left error) {
	defer func() { nc.events.drained(nc, left) }()
	switch o {
	case drain.OutOfTime:
		return nc.leftOver(ErrDrainTimeout)
	case drain.InDoubt:
		return nc.leftOver(ofSend(doubt))
	case drain.Ended:
		return nc.leftAtClose(ctx)
	}
	return nil
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

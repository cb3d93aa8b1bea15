package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// drainState says how far the drain of a connection is.
type drainState struct {
	mu    sync.Mutex
	begun bool
	ended chan struct{} // poked when a subscription ends
}

func (d *drainState) active() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.begun
}

func (d *drainState) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.begun {
		return false
	}
	d.begun = true
	d.ended = make(chan struct{}, 1)
	return true
}

func (d *drainState) subEnded() {
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
// the error handler as [ErrDrainTimeout].
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
	if !nc.drain.begin() {
		return nil
	}
	nc.state.set(nc, DRAINING_SUBS)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), nc.drainLimit())
		defer cancel()
		if left := nc.drainAll(ctx); left != nil {
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
// is [ErrConnectionDraining].
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
	if !nc.drain.begin() {
		return ErrConnectionDraining
	}
	left := nc.drainAll(ctx)
	nc.Close()
	return left
}

func (nc *Conn) drainLimit() time.Duration {
	if d := nc.Opts.DrainTimeout; d > 0 {
		return d
	}
	return DefaultDrainTimeout
}

// drainAll does the work of a drain until it is done or ctx is.
func (nc *Conn) drainAll(ctx context.Context) error {
	nc.state.set(nc, DRAINING_SUBS)
	for _, s := range nc.subs.all() {
		if s.drains() {
			nc.drainSub(s)
		}
	}
	for nc.subsLeft() > 0 {
		select {
		case <-nc.drain.ended:
		case <-nc.ended:
			return nc.leftOver(ErrConnectionClosed)
		case <-ctx.Done():
			return nc.leftOver(ErrDrainTimeout)
		}
	}
	nc.state.set(nc, DRAINING_PUBS)
	nc.out.refuse(ErrConnectionDraining)
	return nc.drainPubs(ctx)
}

// drainPubs waits until the server has processed what was published. A loss on
// the way can leave messages in doubt, which is no reason to give up those that
// are still queued.
func (nc *Conn) drainPubs(ctx context.Context) error {
	var doubt error
	for {
		w, err := nc.out.fence()
		if err != nil {
			return nc.leftOver(err)
		}
		select {
		case err = <-w.done:
		case <-ctx.Done():
			nc.out.forget(w)
			return nc.leftOver(ErrDrainTimeout)
		}
		switch {
		case err == nil && doubt == nil:
			return nil
		case err == nil:
			return nc.leftOver(doubt)
		case !errors.Is(err, ErrInDoubt):
			return nc.leftOver(err)
		}
		doubt = err
	}
}

// subsLeft counts the subscriptions that a drain still waits for.
func (nc *Conn) subsLeft() int {
	n := 0
	for _, s := range nc.subs.all() {
		if s.drains() {
			n++
		}
	}
	return n
}

// leftOver says what a drain could not finish.
func (nc *Conn) leftOver(cause error) error {
	var msgs int64
	for _, s := range nc.subs.all() {
		msgs += s.waiting()
	}
	bytes, _ := nc.Buffered()
	return fmt.Errorf("%w: %d received messages were not handled and %d bytes were not sent", cause, msgs, max(bytes, 0))
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
	nc, err := s.usable()
	if err != nil {
		if s != nil && s.conn != nil && err == ErrBadSubscription {
			return nil
		}
		return err
	}
	nc.drainSub(s)
	return nil
}

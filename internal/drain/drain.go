// Package drain is how a connection ends in good order: its subscriptions bring in what
// the server has sent them and have it handled, then what was published is confirmed.
//
// What it promises:
//
//   - A connection drains once, whoever asks.
//   - It waits for what there is to save and for nothing else: with no link, nothing that
//     waits to be sent and nothing to be handled it is over at once. A link that is lost
//     on the way is no end; the fence behind what was published is asked for again on the
//     next one.
//   - Its end has one path, the return of [Drain.Run]: all is done, its context is, or the
//     connection was closed. What was left over is reported once ([Drain.Due]).
//
// Who may call it: everybody at any time; Run is called once, by who was the first to
// [Drain.Begin]. It runs on its caller's goroutine, or on one of its own with
// [Drain.Start]. Its lock is a leaf; nothing of the [Host] is called under it.
package drain

import (
	"context"
	"sync"
	"time"
)

// Host is the connection that drains.
type Host interface {
	// DrainSubscriptions has all of the program's subscriptions drain.
	DrainSubscriptions()
	// Draining is how many haven't come to their end. The drain is poked at each end.
	Draining() int
	// SubscriptionsEnded tells that they have.
	SubscriptionsEnded()

	// Fence asks the server to answer when it has been through what is queued by now.
	// The answer is nil, or why there won't be one; forget is called by who waits no
	// more. An error says that the connection is closed.
	Fence() (answer <-chan error, forget func(), err error)
	// InDoubt says of such an answer that the link has ended before the server's.
	InDoubt(answer error) bool
	// NothingToSave says that there is no link, that whoever waited for the last one knows
	// what became of his messages, and that none waits for the next.
	NothingToSave() bool

	// Closed is closed with the connection.
	Closed() <-chan struct{}
}

// Outcome is how a drain has ended.
type Outcome uint8

const (
	Done      Outcome = iota // everything was handled and confirmed
	OutOfTime                // the context was done first
	Ended                    // the connection was closed first
	InDoubt                  // a link has ended with messages that weren't confirmed
)

// Drain is the drain of a connection. The zero value is one that hasn't begun.
type Drain struct {
	mu    sync.Mutex
	begun bool
	owes  bool          // what is left over is still to be reported
	seen  bool          // listeners heard of the begin, and not of the end yet
	since time.Duration // when that begin was
	ended chan struct{} // poked when a subscription ends, or the link is gone
}

// Active says whether it has begun.
func (d *Drain) Active() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.begun
}

// Begin says whether it is the first. owes says that what is left over is to be
// reported, see Due.
func (d *Drain) Begin(owes bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.begun {
		return false
	}
	d.begun, d.owes = true, owes
	d.ended = make(chan struct{}, 1)
	return true
}

// Due says that the report is to be made now, once: when the drain is over, or when the
// program closes a connection that drains.
func (d *Drain) Due() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	due := d.owes
	d.owes = false
	return due
}

// Told notes that listeners were told of the begin, at such a time.
func (d *Drain) Told(at time.Duration) {
	d.mu.Lock()
	d.since, d.seen = at, true
	d.mu.Unlock()
}

// Over says when that was, and whether they are to be told of the end now, once.
func (d *Drain) Over() (since time.Duration, due bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	due = d.seen
	d.seen = false
	return d.since, due
}

// Poke has the drain look whether there is something left to wait for.
func (d *Drain) Poke() {
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

// Start runs the drain on a goroutine, for so long at most, and calls over, with a
// context that is done when that time is.
func (d *Drain) Start(limit time.Duration, h Host, over func(ctx context.Context, o Outcome, doubt error)) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		o, doubt := d.Run(ctx, h)
		over(ctx, o, doubt)
	}()
}

// Run does the work until it is done or ctx is. doubt is the fence's answer if the
// outcome is InDoubt.
func (d *Drain) Run(ctx context.Context, h Host) (o Outcome, doubt error) {
	h.DrainSubscriptions()
	for h.Draining() > 0 {
		select {
		case <-d.ended:
		case <-h.Closed():
			return Ended, nil
		case <-ctx.Done():
			return OutOfTime, nil
		}
	}
	h.SubscriptionsEnded()
	// A loss on the way can leave messages in doubt, which is no reason to give up those
	// that are still queued.
	for {
		answer, forget, err := h.Fence()
		if err != nil {
			return Ended, nil
		}
		err, done := d.await(ctx, h, answer)
		forget()
		switch {
		case !done:
			return OutOfTime, nil
		case err == nil && doubt == nil:
			return Done, nil
		case err == nil:
			return InDoubt, doubt
		case !h.InDoubt(err):
			return Ended, nil
		}
		doubt = err
	}
}

// await waits for a fence's answer, or until there is nothing to wait for. It returns
// false when ctx was done first.
func (d *Drain) await(ctx context.Context, h Host, answer <-chan error) (err error, done bool) {
	for {
		if h.NothingToSave() {
			select {
			case err = <-answer:
			default:
			}
			return err, true
		}
		select {
		case err = <-answer:
			return err, true
		case <-d.ended:
		case <-ctx.Done():
			return nil, false
		}
	}
}

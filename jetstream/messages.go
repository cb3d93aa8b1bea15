package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/pull"
)

// MessagesContext gives one message after another. It is safe for concurrent use:
// each message goes to one call of Next.
type MessagesContext interface {
	// Next waits for the next message, until the context or the time of an option ends
	// it, for ever without one.
	//
	// Errors: [ErrMsgIteratorClosed] behind Stop, and behind the last message after
	// Drain; [ErrConsumerDeleted], [ErrBadRequest], and [ErrConnectionClosed] (which then
	// is also [ErrMsgIteratorClosed]), which end the iterator; [ErrNoHeartbeat], see [WithMessagesErrOnMissingHeartbeat], after
	// which it goes on; the context's; [nats.ErrTimeout]. What ended it is told once, and is
	// [ErrMsgIteratorClosed] from then on.
	//
	// The first call asks for messages, and each says that the program is done with the one
	// before: with [PullMaxMessages] of 1 none is on its way meanwhile.
	Next(opts ...NextOpt) (Msg, error)
	// Stop ends it at once: messages that wait are dropped, and will be delivered again
	// after their AckWait.
	Stop()
	// Drain asks for no more. Next gives what was on its way or waited.
	Drain()
}

// NextOpt is an option of MessagesContext.Next.
type NextOpt interface{ configureNext(*nextOptions) error }

type nextOptions struct {
	ctx  context.Context
	wait time.Duration
}

type nextOpt func(*nextOptions) error

func (f nextOpt) configureNext(o *nextOptions) error { return f(o) }

// NextMaxWait bounds how long Next waits, after which it returns [nats.ErrTimeout]. It
// must be positive, and excludes [NextContext].
func NextMaxWait(timeout time.Duration) NextOpt {
	return nextOpt(func(o *nextOptions) error {
		if timeout <= 0 {
			return invalid("a wait of %v is not positive", timeout)
		}
		if o.ctx != nil {
			return invalid("cannot specify both NextMaxWait and NextContext")
		}
		o.wait = timeout
		return nil
	})
}

// NextContext ends Next with the context, whose error it then returns. It excludes
// [NextMaxWait].
func NextContext(ctx context.Context) NextOpt {
	return nextOpt(func(o *nextOptions) error {
		if ctx == nil {
			return invalid("a nil context")
		}
		if o.wait > 0 {
			return invalid("cannot specify both NextMaxWait and NextContext")
		}
		o.ctx = ctx
		return nil
	})
}

// iterating is a Messages.
type iterating struct {
	in    *intake
	js    *jetStream
	hbErr bool
	wake  chan struct{} // one token: something changed
	// handled is called with each message that Next gives; nil for none.
	handled func(*nats.Msg)

	every int // so many are handled before the machine hears of them

	// Under the intake's lock.
	queue   []item // messages
	head    int
	wrap    wrappers
	begun   bool  // Next was called
	done    int   // given, which the machine hasn't heard of
	bytes   int   // of these
	warning error // told once
	final   error // told behind the queue
	stopped bool
}

func (c *consumer) Messages(opts ...PullMessagesOpt) (MessagesContext, error) {
	it, err := c.iterate(opts, nil)
	if err != nil {
		return nil, err // not an iterator that is nil
	}
	return it, nil
}

// iterate is Messages; oc is the ordered consumer that it is for, or nil.
func (c *consumer) iterate(opts []PullMessagesOpt, oc *ordered) (*iterating, error) {
	o := pullOptions{heartbeatErr: true}
	for _, opt := range opts {
		if err := opt.configureMessages(&o); err != nil {
			return nil, err
		}
	}
	if err := o.finish(); err != nil {
		return nil, err
	}
	if err := o.group.check(&c.info.Load().Config); err != nil {
		return nil, err
	}
	o.held = true
	it := &iterating{js: c.js, hbErr: o.heartbeatErr, wake: make(chan struct{}, 1), every: o.every()}
	if oc == nil {
		it.in = newIntake(c, o.config(), o.group, it)
		it.in.lease = o.lease(c)
	} else {
		it.handled = oc.handled
		it.in = oc.intake(c, &o, it)
	}
	if err := it.in.start(c.replicated()); err != nil {
		return nil, err
	}
	return it, nil
}

func (it *iterating) message(m *nats.Msg) bool {
	if it.head > len(it.queue)/2 && len(it.queue) == cap(it.queue) {
		// It may never be empty as long as it is read slowly.
		n := copy(it.queue, it.queue[it.head:])
		clear(it.queue[n:])
		it.queue, it.head = it.queue[:n], 0
	}
	it.queue = append(it.queue, item{msg: m, came: it.in.came})
	return true
}

func (it *iterating) came() {
	if it.head < len(it.queue) {
		it.signal()
	}
}

func (it *iterating) missing() bool { return false }

func (it *iterating) trouble(err error) {
	if err == ErrNoHeartbeat && it.hbErr {
		it.warning = err
		it.signal()
	}
}

func (it *iterating) end(a pull.Action) bool {
	if a.Why == pull.Done {
		it.finish(ErrMsgIteratorClosed)
	} else {
		it.finish(troubleOf(a.Why, a.Info))
	}
	return true
}

func (it *iterating) closed() {
	if it.head == len(it.queue) {
		go it.in.shut()
	}
	if !it.in.closing && it.js.nc.IsClosed() {
		it.finish(errIteratorLost)
		return
	}
	it.finish(ErrMsgIteratorClosed)
}

// errIteratorLost is what an iterator ends with whose connection was closed.
var errIteratorLost = fmt.Errorf("%w: %w", ErrMsgIteratorClosed, ErrConnectionClosed)

func (it *iterating) finish(err error) {
	if it.final == nil {
		it.final = err
	}
	it.signal()
}

func (it *iterating) signal() {
	select {
	case it.wake <- struct{}{}:
	default:
	}
}

func (it *iterating) Stop() {
	it.in.mu.Lock()
	it.stopped = true
	it.queue, it.head = nil, 0
	it.final = ErrMsgIteratorClosed
	it.signal()
	it.in.mu.Unlock()
	it.in.stop()
}

func (it *iterating) Drain() { it.in.drain() }

// next takes what there is; neither a message nor an error says that there is nothing.
func (it *iterating) next() (Msg, error) {
	it.in.mu.Lock()
	defer it.in.mu.Unlock()
	if !it.begun {
		it.begun = true
		it.in.acts = it.in.m.Go(it.in.js.now(), it.in.acts[:0])
		it.in.act(nil)
	}
	for it.head < len(it.queue) {
		if it.done >= it.every {
			it.report()
		}
		m, came := it.queue[it.head].msg, it.queue[it.head].came
		it.queue[it.head] = item{}
		if it.head++; it.head == len(it.queue) {
			it.queue, it.head = it.queue[:0], 0
		} else {
			it.signal() // for others that wait
		}
		it.done++
		it.bytes += sizeOf(m)
		if it.final != nil && len(it.queue) == 0 {
			go it.in.shut()
		}
		if !it.in.lease.holds(it.js, m, came) {
			continue
		}
		if it.handled != nil {
			it.handled(m)
		}
		return it.wrap.of(it.js, m, len(it.queue)-it.head), nil
	}
	if it.done > 0 {
		it.report()
	}
	if err := it.final; err != nil {
		it.signal()
		if !errors.Is(err, ErrMsgIteratorClosed) {
			it.final = ErrMsgIteratorClosed
		}
		return nil, err
	}
	err := it.warning
	it.warning = nil
	return nil, err
}

// report says that the program is done with what it was given.
func (it *iterating) report() {
	it.in.handledLocked(it.done, it.bytes)
	it.done, it.bytes = 0, 0
}

func (it *iterating) Next(opts ...NextOpt) (Msg, error) {
	if len(opts) == 0 {
		return it.wait(nextOptions{})
	}
	var o nextOptions
	for _, opt := range opts {
		if err := opt.configureNext(&o); err != nil {
			return nil, err
		}
	}
	return it.wait(o)
}

// wait is Next with its options.
func (it *iterating) wait(o nextOptions) (Msg, error) {
	if o.ctx != nil && o.ctx.Err() != nil {
		return nil, o.ctx.Err()
	}
	var done <-chan struct{}
	if o.ctx != nil {
		done = o.ctx.Done()
	}
	var expired <-chan time.Time
	for {
		m, err := it.next()
		if m != nil || err != nil {
			return m, err
		}
		if o.wait > 0 && expired == nil {
			t := time.NewTimer(o.wait)
			defer t.Stop()
			expired = t.C
		}
		select {
		case <-it.wake:
		case <-done:
			return nil, o.ctx.Err()
		case <-expired:
			return nil, nats.ErrTimeout
		}
	}
}

package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// MessageBatch is what [Subscription.FetchBatch] gets.
type MessageBatch interface {
	// Messages gives the messages as they come, and is closed behind the last.
	Messages() <-chan *Msg
	// Error is what kept it from getting all, once Done is closed; nil when it got them, or
	// its time was over and nothing was wrong.
	Error() error
	// Done is closed when it has ended.
	Done() <-chan struct{}
}

// errFetchEnded is for fetches of a subscription that has ended.
var errFetchEnded = fmt.Errorf("%w: %w", ErrBadSubscription, ErrSubscriptionClosed)

// fetching begins a fetch of a subscription to a pull consumer.
func (s *Subscription) fetching(batch int, opts []PullOpt, first bool, put func(*Msg)) (*jsFetch, jsPullOpts, error) {
	var o jsPullOpts
	if s == nil {
		return nil, o, ErrBadSubscription
	}
	if batch < 1 {
		return nil, o, ErrInvalidArg
	}
	j, err := s.jsPart()
	if err != nil || j.pull == nil {
		return nil, o, ErrTypeSubscription
	}
	if o, err = j.js.pullOptions(opts); err != nil {
		return nil, o, err
	}
	if _, err := s.usable(); err != nil {
		return nil, o, errFetchEnded
	}
	f := &jsFetch{
		p: j.pull, want: batch, bytes: o.bytes, ttl: o.ttl, hb: o.heartbeat, first: first && batch > 1,
		put: put, done: make(chan struct{}),
	}
	j.mu.Lock()
	if j.ended {
		j.mu.Unlock()
		return nil, o, errFetchEnded
	}
	f.start()
	last := j.pull.over && len(j.pull.left) == 0
	j.mu.Unlock()
	if last {
		s.in.Remove(false) // it drains, and this was the rest
	}
	return f, o, nil
}

// cancel ends the fetch with its context.
func (f *jsFetch) cancel(err error) {
	f.p.j.mu.Lock()
	f.finish(err)
	f.p.j.mu.Unlock()
}

// Fetch gets up to batch messages of a pull consumer: those that are there, or if there are
// none what comes within 5 s, or the time or context of the options. It goes on when the
// connection or the consumer's leader is lost meanwhile. What comes too late stays for the
// next fetch. There is no error when it has got some.
//
// Errors: [ErrTimeout], or that of the context, when there was none; [ErrFetchDisconnected]
// when the connection was away then; [ErrNoResponders] when nobody answers for the consumer;
// [ErrConsumerDeleted], [ErrNoHeartbeat], [ErrConsumerLeadershipChanged];
// [ErrTypeSubscription] for other subscriptions; [ErrInvalidArg], [ErrContextAndTimeout],
// [ErrNoDeadlineContext] for a context that never ends; [ErrSubscriptionClosed],
// [ErrBadSubscription], [ErrConnectionClosed].
func (s *Subscription) Fetch(batch int, opts ...PullOpt) ([]*Msg, error) {
	var msgs []*Msg
	f, o, err := s.fetching(batch, opts, true, func(m *Msg) { msgs = append(msgs, m) })
	if err != nil {
		return nil, err
	}
	var canceled <-chan struct{}
	if o.ctx != nil {
		canceled = o.ctx.Done()
	}
	select {
	case <-f.done:
	case <-canceled:
		f.cancel(o.ctx.Err())
		<-f.done
	}
	if len(msgs) > 0 {
		return msgs, nil
	}
	return nil, o.shown(f.err)
}

// shown is an error of a fetch in the words of its options.
func (o *jsPullOpts) shown(err error) error {
	if (err == nil || errors.Is(err, ErrTimeout)) && o.ctx != nil {
		if o.ctx.Err() != nil {
			return o.ctx.Err()
		}
		return context.DeadlineExceeded
	}
	if err == nil {
		return ErrTimeout
	}
	return err
}

type jsBatch struct {
	ch   chan *Msg
	done chan struct{}
	mu   sync.Mutex
	err  error
}

func (b *jsBatch) Messages() <-chan *Msg { return b.ch }
func (b *jsBatch) Done() <-chan struct{} { return b.done }

func (b *jsBatch) Error() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// FetchBatch is [Subscription.Fetch] that returns at once and gives messages as they come,
// until it has batch messages or its time is over. The errors of the call are those that can
// be said at once.
func (s *Subscription) FetchBatch(batch int, opts ...PullOpt) (MessageBatch, error) {
	if batch < 1 {
		return nil, ErrInvalidArg
	}
	b := &jsBatch{ch: make(chan *Msg, batch), done: make(chan struct{})}
	f, o, err := s.fetching(batch, opts, false, func(m *Msg) { b.ch <- m })
	if err != nil {
		return nil, err
	}
	end := func() {
		b.mu.Lock()
		if f.err != ErrTimeout && f.err != context.DeadlineExceeded {
			b.err = f.err
		}
		b.mu.Unlock()
		close(b.ch)
		close(b.done)
	}
	select {
	case <-f.done:
		end()
		return b, nil
	default:
	}
	go func() {
		var canceled <-chan struct{}
		if o.ctx != nil {
			canceled = o.ctx.Done()
		}
		select {
		case <-f.done:
		case <-canceled:
			f.cancel(o.ctx.Err())
		}
		<-f.done
		end()
	}()
	return b, nil
}

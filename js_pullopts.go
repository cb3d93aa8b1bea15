package nats

import (
	"context"
	"fmt"
	"time"
)

// PullOpt is an option of [Subscription.Fetch] and [Subscription.FetchBatch]: [MaxWait],
// [Context], [PullMaxBytes] and [PullHeartbeat].
type PullOpt interface {
	configurePull(opts *jsPullOpts) error
}

type jsPullOpts struct {
	bytes     int
	ttl       time.Duration
	ctx       context.Context
	heartbeat time.Duration
}

// PullMaxBytes bounds the bytes that a fetch gets, subjects and headers included; what comes
// first, the number or the bytes, ends it. 0 is no bound, negative an error.
type PullMaxBytes int

// PullHeartbeat is how often the server says that a fetch still waits: less than half of its
// time. When two are missed the messages are asked for anew; a fetch that ends without having
// heard anything since has the error [ErrNoHeartbeat]. 0: never.
type PullHeartbeat time.Duration

func (n PullMaxBytes) configurePull(o *jsPullOpts) error {
	if n < 0 {
		return ErrInvalidArg
	}
	o.bytes = int(n)
	return nil
}

func (d PullHeartbeat) configurePull(o *jsPullOpts) error {
	if d <= 0 {
		return ErrInvalidArg
	}
	o.heartbeat = time.Duration(d)
	return nil
}

func (d MaxWait) configurePull(o *jsPullOpts) error {
	o.ttl = time.Duration(d)
	return nil
}

func (ctx ContextOpt) configurePull(o *jsPullOpts) error {
	o.ctx = ctx.Context
	return nil
}

func (js *jsContext) pullOptions(opts []PullOpt) (jsPullOpts, error) {
	var o jsPullOpts
	for _, opt := range opts {
		if err := opt.configurePull(&o); err != nil {
			return o, err
		}
	}
	switch {
	case o.ctx != nil && o.ttl != 0:
		return o, ErrContextAndTimeout
	case o.ctx == context.Background():
		return o, ErrNoDeadlineContext
	}
	if o.ttl == 0 {
		o.ttl = js.opts.wait
	}
	if o.ctx != nil {
		if at, ok := o.ctx.Deadline(); ok {
			o.ttl = time.Until(at)
		}
		if err := o.ctx.Err(); err != nil {
			return o, err
		}
	}
	if o.heartbeat > 0 && o.heartbeat >= o.ttl/2 {
		return o, fmt.Errorf("%w: a heartbeat of %v isn't less than half of %v", ErrInvalidArg, o.heartbeat, o.ttl)
	}
	return o, nil
}

package jetstream

import (
	"context"
	"time"

	"github.com/evernats/nats/internal/js/pull"
)

// renew has the consumer made anew, which is gone, within the time of the fetch. Where it
// can't be the fetch ends with what it would have ended with.
func (o *orderedBatch) renew(a pull.Action) {
	if o.renewing {
		return
	}
	o.renewing = true
	o.spoil()
	go o.makeAnew(a, o.in.js.now()+o.in.m.Rest(o.in.js.now()))
}

func (o *orderedBatch) makeAnew(a pull.Action, until time.Duration) {
	js, limit := o.in.js, o.oc.cfg.MaxResetAttempts
	for attempt := 1; ; attempt++ {
		o.oc.mu.Lock()
		cursor := o.oc.cursor
		o.oc.mu.Unlock()
		// A little at least, since it may have been found out at the end of the time.
		try := max(min(until-js.now(), js.opts.DefaultTimeout), quickTry)
		ctx, cancel := context.WithTimeout(context.Background(), try)
		c, err := o.oc.create(ctx, o.oc.newName(), cursor)
		cancel()
		if err == nil {
			o.goOn(c, cursor)
			return
		}
		over := err == ErrStreamNotFound || limit > 0 && attempt >= limit || js.now() >= until || js.nc.IsClosed()
		o.in.mu.Lock()
		over = over || o.over
		if over {
			o.giveUp(a)
		}
		o.in.mu.Unlock()
		if over {
			o.in.shut()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// goOn continues with another consumer.
func (o *orderedBatch) goOn(c *consumer, cursor uint64) {
	in := o.in
	in.mu.Lock()
	if o.over || o.released {
		in.mu.Unlock()
		o.oc.remove(c.name)
		return
	}
	o.oc.use(c, cursor, false)
	o.renewing, o.last = false, 0
	in.name, in.subject = c.name, in.js.api.MsgNext(in.stream, c.name)
	in.acts = in.m.Renew(in.js.now(), in.acts[:0])
	in.act(nil)
	over := in.over
	in.mu.Unlock()
	if over {
		in.shut()
	}
}

// giveUp ends it without another consumer. It is called with the intake's lock held.
func (o *orderedBatch) giveUp(a pull.Action) {
	o.in.over = true
	o.release()
	o.batch.end(a)
}

package jetstream

import (
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
	go o.makeAnew(a, o.in.js.now()+o.in.m.(*pull.Machine).Rest(o.in.js.now()))
}

func (o *orderedBatch) makeAnew(a pull.Action, until time.Duration) {
	c, cursor, lost, _ := o.oc.anew(func() (uint64, bool) {
		o.in.mu.Lock()
		defer o.in.mu.Unlock()
		return 0, o.over
	}, until)
	if c != nil {
		o.goOn(c, cursor, lost)
		return
	}
	o.in.mu.Lock()
	o.giveUp(a)
	o.in.mu.Unlock()
	o.in.shut()
}

// goOn continues with another consumer. Those that were lost aren't needed.
func (o *orderedBatch) goOn(c *consumer, cursor uint64, lost []string) {
	in := o.in
	in.mu.Lock()
	if o.over || o.released {
		in.mu.Unlock()
		o.oc.remove(append(lost, c.name)...)
		return
	}
	o.oc.use(c, cursor, false)
	if len(lost) > 0 {
		go o.oc.remove(lost...)
	}
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

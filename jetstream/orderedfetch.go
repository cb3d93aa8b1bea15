package jetstream

import (
	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/pull"
)

func (oc *ordered) Fetch(n int, opts ...FetchOpt) (MessageBatch, error) {
	if n <= 0 {
		return nil, invalid("a batch of %d is not positive", n)
	}
	return oc.fetch(func(c *consumer) (*batch, error) { return c.fetch(pullRequest{Batch: n, ordered: oc}, opts) })
}

func (oc *ordered) FetchBytes(maxBytes int, opts ...FetchOpt) (MessageBatch, error) {
	if maxBytes <= 0 {
		return nil, invalid("a maximum of %d bytes is not positive", maxBytes)
	}
	return oc.fetch(func(c *consumer) (*batch, error) {
		return c.fetch(pullRequest{Batch: manyMessages, MaxBytes: maxBytes, ordered: oc}, opts)
	})
}

func (oc *ordered) FetchNoWait(n int) (MessageBatch, error) {
	if n <= 0 {
		return nil, invalid("a batch of %d is not positive", n)
	}
	return oc.fetch(func(c *consumer) (*batch, error) {
		return c.fetch(pullRequest{Batch: n, NoWait: true, ordered: oc}, nil)
	})
}

func (oc *ordered) Next(opts ...FetchOpt) (Msg, error) {
	b, err := oc.fetch(func(c *consumer) (*batch, error) {
		return c.fetch(pullRequest{Batch: 1, ordered: oc}, append([]FetchOpt{}, opts...), single)
	})
	if err != nil {
		return nil, err
	}
	if m := <-b.Messages(); m != nil {
		return m, nil
	}
	if err := b.Error(); err != nil {
		return nil, err
	}
	return nil, nats.ErrTimeout
}

func (oc *ordered) fetch(do func(*consumer) (*batch, error)) (MessageBatch, error) {
	c, err := oc.begin(byFetch)
	if err != nil {
		return nil, err
	}
	b, err := do(c)
	if err != nil {
		oc.end()
		return nil, err
	}
	return b, nil
}

// orderedBatch stands between an intake and a fetch: it ends it before a message that
// isn't the next one, and the fetch after it begins with another consumer. Where the
// consumer is gone it goes on with another one.
type orderedBatch struct {
	*batch
	oc       *ordered
	last     uint64
	renewing bool
	released bool
}

func (oc *ordered) batch(b *batch) sink {
	oc.mu.Lock()
	defer oc.mu.Unlock()
	return &orderedBatch{batch: b, oc: oc, last: oc.next}
}

func (o *orderedBatch) message(m *nats.Msg) bool {
	d, ok := api.ParseAck(m.Reply)
	if ok && (o.renewing || d.Consumer != o.in.name) {
		return false // of one that was before, which the next gives again
	}
	if o.over || !ok || d.ConsumerSeq != o.last+1 {
		o.cut()
		return false
	}
	o.last = d.ConsumerSeq
	o.oc.mu.Lock()
	o.oc.next, o.oc.cursor, o.oc.more = o.last, d.StreamSeq, o.oc.more && d.Pending > 0
	o.oc.mu.Unlock()
	return o.batch.message(m)
}

// cut ends it here: something is missing.
func (o *orderedBatch) cut() {
	o.spoil()
	if !o.over {
		o.finish(nil)
		o.release()
		go o.in.shut()
	}
}

// delivered takes how many messages the consumer has sent: those that didn't come are lost.
func (o *orderedBatch) delivered(n uint64) {
	if n > o.last && !o.over && !o.renewing {
		o.cut()
	}
}

// linkLost is called when a link is gone, and maybe messages with it. Last values are then
// left out without a trace, see orderedRun.linkLost.
func (o *orderedBatch) linkLost() {
	switch {
	case o.released || o.renewing:
	case o.oc.givesLast():
		o.cut()
	default:
		o.spoil()
	}
}

// spoil notes that messages were delivered that the program isn't given.
func (o *orderedBatch) spoil() {
	o.oc.mu.Lock()
	o.oc.used = true
	o.oc.mu.Unlock()
}

func (o *orderedBatch) release() {
	if !o.released {
		o.released = true
		o.oc.end()
	}
}

func (o *orderedBatch) missing() bool {
	o.in.m.Stop()
	o.renew(pull.Action{Kind: pull.End, Why: pull.Deleted})
	return true
}

func (o *orderedBatch) end(a pull.Action) bool {
	if !o.released && (a.Why == pull.Deleted || a.Why == pull.NoResponders) {
		o.renew(a)
		return false
	}
	if a.Why != pull.Done {
		o.spoil()
	}
	o.release()
	return o.batch.end(a)
}

func (o *orderedBatch) closed() {
	o.stopped()
	o.batch.closed()
}

// stopped is called when it is over before its end: what came then may be lost.
func (o *orderedBatch) stopped() {
	if !o.released {
		o.spoil()
		o.release()
	}
}

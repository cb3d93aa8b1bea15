package jetstream

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/pull"
)

// ordered is an ordered consumer: one consumer on the server after another, each
// beginning behind the last message that the program was given.
type ordered struct {
	js     *jetStream
	stream string
	cfg    OrderedConsumerConfig
	prefix string
	// plan says what the next consumer is to deliver, where that isn't all behind the
	// cursor; nil: it is.
	plan func(ctx context.Context, name string) (ConsumerConfig, error)

	mu     sync.Mutex
	serial int
	cur    *consumer // the one on the server
	used   bool      // cur has delivered messages that the program wasn't given
	next   uint64    // number of cur's last delivery, of fetches
	cursor uint64    // number of the last message that the program was given
	kind   string
	busy   bool
}

// What an ordered consumer is used by.
const (
	byConsume = "consume"
	byFetch   = "fetch"
)

func (js *jetStream) OrderedConsumer(ctx context.Context, stream string, cfg OrderedConsumerConfig) (Consumer, error) {
	if err := checkStream(stream); err != nil {
		return nil, err
	}
	oc := &ordered{js: js, stream: stream, cfg: cfg, prefix: cfg.NamePrefix}
	if oc.prefix == "" {
		oc.prefix = nuid.Next()
	}
	if _, err := oc.create(ctx, 0); err != nil {
		return nil, err
	}
	return oc, nil
}

// create makes the next consumer, and removes the one before.
func (oc *ordered) create(ctx context.Context, cursor uint64) (*consumer, error) {
	oc.mu.Lock()
	serial := oc.serial + 1
	name := fmt.Sprint(oc.prefix, "_", serial)
	old := oc.cur
	oc.mu.Unlock()
	cfg, err := oc.cfg.config(name, cursor), error(nil)
	if oc.plan != nil {
		cfg, err = oc.plan(ctx, name)
	}
	var made Consumer
	if err == nil {
		made, err = oc.js.CreateOrUpdateConsumer(ctx, oc.stream, cfg)
	}
	if err != nil {
		// One whose answer was lost is there or comes to be, and is asked for again. What
		// a server has against it may be just that.
		if _, said := err.(JetStreamError); said {
			oc.mu.Lock()
			oc.serial = serial
			oc.mu.Unlock()
		}
		return nil, err
	}
	c := made.(*consumer)
	oc.mu.Lock()
	oc.serial = serial
	oc.cur, oc.used, oc.next = c, false, 0
	if oc.cursor == 0 && cursor == 0 && oc.cfg.DeliverPolicy != DeliverLastPerSubjectPolicy {
		// Where it began, so that one that is made anew before the first message
		// begins there too.
		oc.cursor = c.info.Load().Delivered.Stream
	}
	oc.mu.Unlock()
	if old != nil {
		go oc.remove(old.name)
	}
	return c, nil
}

// remove removes a consumer that isn't needed any more. If it can't, the server does
// after the inactive threshold.
func (oc *ordered) remove(name string) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	oc.js.DeleteConsumer(ctx, oc.stream, name)
}

// handled notes that the program was given a message.
func (oc *ordered) handled(m *nats.Msg) {
	if d, ok := api.ParseAck(m.Reply); ok {
		oc.mu.Lock()
		oc.cursor = d.StreamSeq
		oc.mu.Unlock()
	}
}

// begin takes the consumer for one use. It makes it anew when it has delivered what the
// program wasn't given.
func (oc *ordered) begin(kind string) (*consumer, error) {
	oc.mu.Lock()
	var err error
	switch {
	case oc.kind == byConsume && kind == byFetch:
		err = ErrOrderConsumerUsedAsConsume
	case oc.kind == byFetch && kind == byConsume:
		err = ErrOrderConsumerUsedAsFetch
	case oc.busy:
		err = ErrOrderedConsumerConcurrentRequests
	}
	if err != nil {
		oc.mu.Unlock()
		return nil, err
	}
	oc.kind, oc.busy = kind, true
	cur, used, cursor := oc.cur, oc.used, oc.cursor
	oc.mu.Unlock()
	if cur != nil && !used {
		return cur, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), oc.js.opts.DefaultTimeout)
	defer cancel()
	c, err := oc.create(ctx, cursor)
	if err != nil {
		oc.end()
	}
	return c, err
}

func (oc *ordered) end() {
	oc.mu.Lock()
	oc.busy = false
	oc.mu.Unlock()
}

// orderedHeartbeat is the default for ordered consumers: they live on one server, whose
// end nobody tells.
const orderedHeartbeat = 2 * time.Second

// intake is the intake of Consume and Messages.
func (oc *ordered) intake(c *consumer, o *pullOptions, inner sink) *intake {
	cfg := o.config()
	cfg.Heartbeat = min(cfg.Heartbeat, orderedHeartbeat)
	oc.mu.Lock()
	oc.used = true
	run := &orderedRun{sink: inner, oc: oc, cursor: oc.cursor}
	oc.mu.Unlock()
	run.in = newIntake(c, cfg, o.group, run)
	return run.in
}

func (oc *ordered) Consume(handler MessageHandler, opts ...PullConsumeOpt) (ConsumeContext, error) {
	if handler == nil {
		return nil, ErrHandlerRequired
	}
	c, err := oc.begin(byConsume)
	if err != nil {
		return nil, err
	}
	cc, err := c.consume(handler, opts, oc)
	if err != nil {
		oc.end()
		return nil, err
	}
	return cc, nil
}

func (oc *ordered) Messages(opts ...PullMessagesOpt) (MessagesContext, error) {
	c, err := oc.begin(byConsume)
	if err != nil {
		return nil, err
	}
	it, err := c.iterate(opts, oc)
	if err != nil {
		oc.end()
		return nil, err
	}
	return it, nil
}

func (oc *ordered) CachedInfo() *ConsumerInfo {
	oc.mu.Lock()
	defer oc.mu.Unlock()
	if oc.cur == nil {
		return nil
	}
	return oc.cur.CachedInfo()
}

func (oc *ordered) Info(ctx context.Context) (*ConsumerInfo, error) {
	oc.mu.Lock()
	cur := oc.cur
	oc.mu.Unlock()
	if cur == nil {
		return nil, ErrOrderedConsumerNotCreated
	}
	return cur.Info(ctx)
}

// orderedRun stands between an intake and Consume or Messages: it lets through what
// comes next, and has the consumer made anew when something is missing. Its fields are
// under the intake's lock.
type orderedRun struct {
	sink
	oc        *ordered
	in        *intake
	last      uint64 // number of the last delivery
	cursor    uint64 // number of the last message that was let through
	resetting bool
	resetAt   time.Duration // when it was reset last; 0: never
	released  bool
}

// renewer is a sink that wants to know of each consumer that takes the place of one that
// was lost, before anything of it comes. It is called with the intake's lock held.
type renewer interface{ renewed(*ConsumerInfo) }

func (r *orderedRun) message(m *nats.Msg) bool {
	d, ok := api.ParseAck(m.Reply)
	if !ok || d.Consumer != r.in.name || r.resetting {
		return false // of one that was before
	}
	if d.ConsumerSeq != r.last+1 {
		r.reset()
		return false
	}
	r.last, r.cursor = d.ConsumerSeq, d.StreamSeq
	return r.sink.message(m)
}

// hasty is how soon after a reset another may follow for a consumer that isn't there.
const hasty = time.Second

// trouble takes what goes wrong. Where nobody answers there is no consumer: it lives on one
// server, so nobody else will lead it.
func (r *orderedRun) trouble(err error) {
	r.sink.trouble(err)
	if _, ok := r.sink.(renewer); !ok {
		return // it waits for the pulls' own patience
	}
	if now := r.in.js.now(); err == nats.ErrNoResponders && (r.resetAt == 0 || now-r.resetAt > hasty) {
		r.reset()
	}
}

func (r *orderedRun) missing() bool {
	r.reset()
	return true
}

func (r *orderedRun) end(a pull.Action) bool {
	if a.Why == pull.Deleted {
		r.reset()
		return false
	}
	r.release()
	return r.sink.end(a)
}

func (r *orderedRun) closed() {
	r.release()
	r.sink.closed()
}

// release lets the ordered consumer be used again.
func (r *orderedRun) release() {
	if !r.released {
		r.released = true
		r.oc.end()
	}
}

func (r *orderedRun) stopped() { r.release() }

// reset has the consumer made anew.
func (r *orderedRun) reset() {
	if r.resetting || r.in.closing {
		return
	}
	r.resetting, r.resetAt = true, r.in.js.now()
	r.in.m.Stop()
	r.sink.trouble(ErrOrderedConsumerReset)
	go r.renew()
}

// quickTry is how long an attempt to make a consumer anew waits for an answer. Who asks
// while nobody leads isn't answered at all, and the next one mustn't wait for that. After
// quickTries, some 30 s, it has more patience.
const (
	quickTry   = 400 * time.Millisecond
	quickTries = 60
)

// surelyGone is for how long the stream must not be there: a server that has just started
// may not know it yet, and a program that finds it gone may make it anew.
const surelyGone = 500 * time.Millisecond

// renew makes the consumer anew, as often as it takes.
func (r *orderedRun) renew() {
	wait := 50 * time.Millisecond
	limit, patience := r.oc.cfg.MaxResetAttempts, r.in.js.opts.DefaultTimeout
	var gone time.Duration // since when; 0: it isn't
	for attempt := 1; ; attempt++ {
		r.in.mu.Lock()
		cursor, over := r.cursor, r.in.closing || r.in.over
		r.in.mu.Unlock()
		if over {
			return
		}
		if cursor == 0 {
			r.oc.mu.Lock()
			cursor = r.oc.cursor
			r.oc.mu.Unlock()
		}
		if nc := r.in.js.nc; !nc.IsConnected() && !nc.IsClosed() {
			attempt-- // it hasn't been tried
			time.Sleep(wait)
			continue
		}
		try := patience
		if limit <= 0 && attempt <= quickTries {
			try = min(quickTry, patience)
		}
		ctx, cancel := context.WithTimeout(context.Background(), try)
		c, err := r.oc.create(ctx, cursor)
		cancel()
		if err == nil {
			r.goOn(c)
			return
		}
		now := r.in.js.now()
		if err != ErrStreamNotFound {
			gone = 0
		} else if gone == 0 {
			gone = now
		}
		if gone > 0 && now-gone >= surelyGone || r.in.js.nc.IsClosed() || limit > 0 && attempt >= limit {
			r.giveUp(err)
			return
		}
		time.Sleep(wait - time.Duration(rand.Int64N(int64(wait)/4)))
		if attempt > 3 {
			wait = 200 * time.Millisecond
		}
		if attempt > 150 { // some 30 s
			wait = 2 * time.Second
		}
	}
}

// goOn continues with another consumer.
func (r *orderedRun) goOn(c *consumer) {
	r.oc.mu.Lock()
	r.oc.used = true
	r.oc.mu.Unlock()
	in := r.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closing || in.over {
		go r.oc.remove(c.name)
		return
	}
	r.resetting, r.last = false, 0
	if s, ok := r.sink.(renewer); ok {
		s.renewed(c.info.Load())
	}
	in.name, in.subject = c.name, in.js.api.MsgNext(in.stream, c.name)
	in.acts = in.m.Renew(in.js.now(), in.acts[:0])
	in.act(nil)
}

func (r *orderedRun) giveUp(err error) {
	r.in.mu.Lock()
	if r.in.over || r.in.closing {
		r.in.mu.Unlock()
		return
	}
	r.in.over = true
	r.sink.trouble(err)
	r.sink.end(pull.Action{Kind: pull.End, Why: pull.Deleted})
	r.release()
	r.in.mu.Unlock()
	r.in.shut()
}

package jetstream

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
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
	plan   func(ctx context.Context, name string) (ConsumerConfig, error)
	pushed *intake // where its messages are pushed to; nil: they are pulled

	mu     sync.Mutex
	serial int
	cur    *consumer // the one on the server
	more   bool      // cur gives last values, and hasn't given all that there were at its beginning
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
	c, err := oc.create(ctx, oc.newName(), 0)
	if err != nil {
		return nil, err
	}
	oc.use(c, 0, false)
	return oc, nil
}

// newName is the name of the next consumer.
func (oc *ordered) newName() string {
	oc.mu.Lock()
	defer oc.mu.Unlock()
	oc.serial++
	return fmt.Sprint(oc.prefix, "_", oc.serial)
}

// create makes a consumer of that name.
func (oc *ordered) create(ctx context.Context, name string, cursor uint64) (*consumer, error) {
	cfg, err := oc.cfg.config(name, cursor), error(nil)
	if oc.plan != nil {
		if cfg, err = oc.plan(ctx, name); err != nil {
			return nil, err
		}
	}
	if oc.pushed != nil {
		if err := oc.pushed.await(&cfg); err != nil {
			return nil, err
		}
	}
	c, err := oc.js.CreateOrUpdateConsumer(ctx, oc.stream, cfg)
	if err != nil {
		return nil, err
	}
	return c.(*consumer), nil
}

// use takes a consumer, which was made to begin behind the cursor, in place of the one
// before, which is removed.
func (oc *ordered) use(c *consumer, cursor uint64, used bool) {
	oc.mu.Lock()
	defer oc.mu.Unlock()
	if oc.cur != nil {
		go oc.remove(oc.cur.name)
	}
	oc.cur, oc.used, oc.next = c, used, 0
	oc.more = oc.cfg.DeliverPolicy == DeliverLastPerSubjectPolicy && oc.plan == nil && cursor == 0 && atFirst(c.info.Load()) > 0
	if oc.cursor == 0 && cursor == 0 && oc.cfg.DeliverPolicy != DeliverLastPerSubjectPolicy {
		// Where it began, so that one that is made anew before the first message
		// begins there too.
		oc.cursor = behind(c.info.Load())
	}
}

// givesLast says whether the consumer has last values left to give.
func (oc *ordered) givesLast() bool {
	oc.mu.Lock()
	defer oc.mu.Unlock()
	return oc.more
}

// remove removes consumers that aren't needed any more. What it can't, the server does
// after the inactive threshold.
func (oc *ordered) remove(names ...string) {
	for _, name := range names {
		ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
		var resp response
		oc.js.ask(ctx, oc.js.api.ConsumerDelete(oc.stream, name), nil, &resp, safe)
		cancel()
	}
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
	c, err := oc.create(ctx, oc.newName(), cursor)
	if err != nil {
		oc.end()
		return nil, err
	}
	oc.use(c, cursor, false)
	return c, nil
}

func (oc *ordered) end() {
	oc.mu.Lock()
	oc.busy = false
	oc.mu.Unlock()
}

// orderedLook is after how long a silence the server is asked: heartbeats are rarer, and they
// live on one server, whose end nobody tells.
const orderedLook = 2 * time.Second

// intake is the intake of Consume and Messages.
func (oc *ordered) intake(c *consumer, o *pullOptions, inner sink) *intake {
	cfg := o.config()
	if cfg.Heartbeat > orderedLook && cfg.Total == 0 {
		cfg.Look = orderedLook
	}
	oc.mu.Lock()
	oc.used = true
	run := &orderedRun{sink: inner, oc: oc, cursor: oc.cursor, more: oc.more}
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

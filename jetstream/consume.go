package jetstream

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/pull"
)

// ConsumeContext is a Consume at work.
type ConsumeContext interface {
	// Stop ends it at once: messages that wait for the handler are dropped, and will
	// be delivered again after their AckWait.
	Stop()
	// Drain asks for no more, and ends it when the handler is done with all that was
	// on its way or waited.
	Drain()
	// Closed is closed when it has ended and the handler is not called again.
	Closed() <-chan struct{}
}

// consuming is a Consume: messages and errors wait in order for one goroutine, which
// is there only while something waits.
type consuming struct {
	in      *intake
	js      *jetStream
	handler MessageHandler
	onErr   ConsumeErrHandler
	handled func(*nats.Msg) // called behind the handler; nil for none
	stopped atomic.Bool
	done    chan struct{}
	once    sync.Once
	wrap    wrappers // of the goroutine
	every   int

	// Under the intake's lock.
	queue   []item
	spare   []item // room for a queue
	running bool
	last    bool // nothing more comes
}

// item is a message, or an error.
type item struct {
	msg  *nats.Msg
	err  error
	came time.Duration
}

func (c *consumer) Consume(handler MessageHandler, opts ...PullConsumeOpt) (ConsumeContext, error) {
	cc, err := c.consume(handler, opts, nil)
	if err != nil {
		return nil, err // not a context that is nil
	}
	return cc, nil
}

// consume is Consume; oc is the ordered consumer that it is for, or nil.
func (c *consumer) consume(handler MessageHandler, opts []PullConsumeOpt, oc *ordered) (*consuming, error) {
	if handler == nil {
		return nil, ErrHandlerRequired
	}
	var o pullOptions
	for _, opt := range opts {
		if err := opt.configureConsume(&o); err != nil {
			return nil, err
		}
	}
	if err := o.finish(); err != nil {
		return nil, err
	}
	if err := o.group.check(&c.info.Load().Config); err != nil {
		return nil, err
	}
	cc := &consuming{js: c.js, handler: handler, onErr: o.errHandler, done: make(chan struct{}), every: o.every()}
	if oc == nil {
		cc.in = newIntake(c, o.config(), o.group, cc)
		cc.in.lease = o.lease(c)
	} else {
		cc.handled = oc.handled
		cc.in = oc.intake(c, &o, cc)
	}
	if err := cc.in.start(c.replicated()); err != nil {
		return nil, err
	}
	return cc, nil
}

// config is what the machine needs of the options.
func (o *pullOptions) config() pull.Config {
	// Programs count a threshold as what there must be less than.
	return pull.Config{
		Messages: o.messages, Bytes: o.bytes, LowMessages: o.lowMessages - 1, LowBytes: max(o.lowBytes-1, 0), Each: o.both, Held: o.held,
		Expires: o.expires, Heartbeat: o.heartbeat, Total: o.stopAfter,
	}
}

// every is how many messages are handled before the machine hears of them: where few are
// asked for ahead each counts.
func (o *pullOptions) every() int {
	if o.bytes > 0 {
		return 1
	}
	return max(1, min(o.messages/8, report))
}

// lease is what holds for messages that wait. Where so many are to be handled and no more,
// each of them counts.
func (o *pullOptions) lease(c *consumer) *lease {
	if o.stopAfter > 0 {
		return nil
	}
	return leaseOf(&c.info.Load().Config)
}

func (cc *consuming) Closed() <-chan struct{} { return cc.done }

func (cc *consuming) Stop() {
	if cc.stopped.CompareAndSwap(false, true) {
		cc.in.stop()
	}
}

func (cc *consuming) Drain() {
	if !cc.stopped.Load() {
		cc.in.drain()
	}
}

func (cc *consuming) message(m *nats.Msg) bool {
	cc.queue = append(cc.queue, item{msg: m, came: cc.in.came})
	return true
}

func (cc *consuming) came() {
	if len(cc.queue) > 0 {
		cc.rouse()
	}
}

func (cc *consuming) missing() bool { return false }

func (cc *consuming) trouble(err error) {
	if cc.onErr != nil {
		cc.add(item{err: err})
	}
}

func (cc *consuming) end(a pull.Action) bool {
	if a.Why != pull.Done {
		cc.trouble(troubleOf(a.Why, a.Info))
	}
	cc.last = true
	cc.rouse()
	return true
}

func (cc *consuming) closed() {
	if !cc.last && !cc.in.closing && cc.js.nc.IsClosed() {
		cc.trouble(ErrConnectionClosed)
	}
	cc.last = true
	cc.rouse()
}

func (cc *consuming) add(i item) {
	cc.queue = append(cc.queue, i)
	cc.rouse()
}

func (cc *consuming) rouse() {
	if !cc.running {
		cc.running = true
		go cc.run()
	}
}

// report is how many messages are handled at most before the machine hears of them.
const report = 32

// keptItems is how long a queue may be that is kept for messages to come.
const keptItems = 1024

func (cc *consuming) run() {
	cc.in.mu.Lock()
	todo := cc.spare
	cc.spare = nil
	cc.in.mu.Unlock()
	for {
		cc.in.mu.Lock()
		if len(cc.queue) == 0 || cc.stopped.Load() {
			cc.running = false
			last := cc.last || cc.stopped.Load()
			if last || cap(cc.queue) > keptItems {
				cc.queue = nil
			}
			if !last && cap(todo) <= keptItems {
				cc.spare = todo[:0]
			}
			cc.in.mu.Unlock()
			if last {
				cc.once.Do(func() {
					cc.in.shut()
					close(cc.done)
				})
			}
			return
		}
		todo, cc.queue = cc.queue, todo[:0]
		cc.in.mu.Unlock()
		cc.handle(todo)
		clear(todo)
	}
}

func (cc *consuming) handle(todo []item) {
	n, bytes := 0, 0
	for i, it := range todo {
		if cc.stopped.Load() {
			return
		}
		if it.err != nil {
			cc.onErr(cc, it.err)
			continue
		}
		bytes += sizeOf(it.msg)
		if cc.in.lease.holds(cc.js, it.msg, it.came) {
			cc.handler(cc.wrap.of(cc.js, it.msg, len(todo)-i-1))
			if cc.handled != nil {
				cc.handled(it.msg)
			}
		}
		if n++; n == cc.every {
			cc.in.handled(n, bytes)
			n, bytes = 0, 0
		}
	}
	if n > 0 {
		cc.in.handled(n, bytes)
	}
}

package jetstream

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats"
)

// What waits for the handler at most, of a push consumer without flow control.
const (
	pushMessages = 512 << 10
	pushBytes    = 64 << 20
)

// pushing is a Consume of a push consumer: messages, errors and answers to flow control
// wait in order for one goroutine, which is there only while something waits.
type pushing struct {
	p       *pushConsumer
	in      *pushIntake
	handler MessageHandler
	onErr   ConsumeErrHandler
	lease   *lease
	stopped atomic.Bool
	drains  atomic.Bool
	done    chan struct{}
	once    sync.Once

	// Under the intake's lock.
	queue         []pushItem
	msgs, bytes   int // that wait or are being handled
	running, slow bool
	last          bool // nothing more comes
}

// pushItem is a message, an error, or a subject that wants an answer when what came before
// is handled.
type pushItem struct {
	msg   *nats.Msg
	came  time.Duration
	err   error
	reply string
}

func (p *pushConsumer) Consume(handler MessageHandler, opts ...PushConsumeOpt) (ConsumeContext, error) {
	if handler == nil {
		return nil, ErrHandlerRequired
	}
	var o pushOptions
	for _, opt := range opts {
		if err := opt.configurePushConsume(&o); err != nil {
			return nil, err
		}
	}
	if !p.busy.CompareAndSwap(false, true) {
		return nil, ErrConsumerAlreadyConsuming
	}
	cfg := &p.c.info.Load().Config
	pc := &pushing{p: p, handler: handler, onErr: o.errHandler, lease: leaseOf(cfg), done: make(chan struct{})}
	pc.in = &pushIntake{
		js: p.c.js, stream: p.c.stream, name: p.c.name,
		message: pc.message, asked: func(reply string) { pc.add(pushItem{reply: reply}) },
		trouble: pc.trouble, closed: pc.closed,
	}
	if err := pc.in.start(cfg); err != nil {
		p.busy.Store(false)
		return nil, err
	}
	return pc, nil
}

func (pc *pushing) Closed() <-chan struct{} { return pc.done }

func (pc *pushing) Stop() {
	if !pc.stopped.CompareAndSwap(false, true) {
		return
	}
	pc.in.shut()
	pc.in.mu.Lock()
	pc.rouse()
	pc.in.mu.Unlock()
}

func (pc *pushing) Drain() {
	if pc.stopped.Load() || !pc.drains.CompareAndSwap(false, true) {
		return
	}
	pc.in.drain()
}

func (pc *pushing) message(m *nats.Msg) {
	size := sizeOf(m)
	if pc.msgs >= pushMessages || pc.bytes+size > pushBytes && pc.msgs > 0 {
		if !pc.slow {
			pc.slow = true
			pc.trouble(nats.ErrSlowConsumer)
		}
		return
	}
	pc.slow = false
	pc.msgs++
	pc.bytes += size
	pc.add(pushItem{msg: m, came: pc.in.came})
}

func (pc *pushing) trouble(err error) {
	if pc.onErr != nil {
		pc.add(pushItem{err: err})
	}
}

func (pc *pushing) closed() {
	pc.last = true
	pc.rouse()
}

func (pc *pushing) add(i pushItem) {
	pc.queue = append(pc.queue, i)
	pc.rouse()
}

func (pc *pushing) rouse() {
	if !pc.running {
		pc.running = true
		go pc.run()
	}
}

func (pc *pushing) run() {
	var todo []pushItem
	for {
		pc.in.mu.Lock()
		if len(pc.queue) == 0 || pc.stopped.Load() {
			pc.running = false
			last := pc.last || pc.stopped.Load()
			pc.queue = nil
			pc.in.mu.Unlock()
			if last {
				pc.once.Do(pc.end)
			}
			return
		}
		todo, pc.queue = pc.queue, todo[:0]
		pc.in.mu.Unlock()
		pc.handle(todo)
		clear(todo)
	}
}

// end says that the handler isn't called again.
func (pc *pushing) end() {
	pc.in.shut()
	pc.p.busy.Store(false)
	close(pc.done)
}

func (pc *pushing) handle(todo []pushItem) {
	var slab []message
	js, n, bytes := pc.p.c.js, 0, 0
	for _, it := range todo {
		if pc.stopped.Load() {
			return
		}
		switch {
		case it.err != nil:
			pc.onErr(pc, it.err)
			continue
		case it.reply != "":
			// One that finds no room is asked for again by a heartbeat.
			js.port.Publish(it.reply, "", nil, nil)
			continue
		case len(slab) == 0:
			slab = make([]message, min(len(todo), report))
		}
		bytes += sizeOf(it.msg)
		if pc.lease.holds(js, it.msg, it.came) {
			m := &slab[0]
			slab = slab[1:]
			m.msg, m.js = it.msg, js
			pc.handler(m)
		}
		if n++; n == report {
			pc.handled(n, bytes)
			n, bytes = 0, 0
		}
	}
	pc.handled(n, bytes)
}

func (pc *pushing) handled(n, bytes int) {
	pc.in.mu.Lock()
	pc.msgs -= n
	pc.bytes -= bytes
	pc.in.mu.Unlock()
}

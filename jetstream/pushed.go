package jetstream

import (
	"context"
	"strconv"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/pull"
)

// What this package reads for itself, watches and objects, is pushed: to permissions, and to
// an account that imports the API, that is what such a consumer always was. It is asked for
// nothing, and so needs no leave to ask; and each message is one, not an answer to a request.

// pushHeartbeat is how often the server says that such a consumer lives. That of a server
// which dies is missed before the stream has another leader.
const pushHeartbeat = 1500 * time.Millisecond

// pushed is what an intake has of consumers that push, besides. It is under its lock.
type pushed struct {
	run    *pull.Pushed
	awaits string // the consumer that is being made
	next   *ear   // for it
	// early is what it has sent before it is known what it had at its beginning.
	early []*nats.Msg
}

// ear is the subscription to one consumer's subject. Each has its own: a server sends to none
// that only a wildcard names.
type ear struct {
	port.Sub
	left bool // its end doesn't matter
}

// pushTo is the intake of ordered consumers that push, which lets through what comes next. It
// begins with first.
func (oc *ordered) pushTo(inner sink, memory func(size int) []byte) *orderedRun {
	oc.kind, oc.busy, oc.used = byConsume, true, true
	run := &orderedRun{sink: inner, oc: oc, resetting: true}
	p := &pushed{run: pull.NewPushed(pushHeartbeat)}
	run.in = &intake{
		js: oc.js, stream: oc.stream, inbox: oc.js.nc.NewInbox() + ".", sink: run, memory: memory, pins: &pins{}, m: p.run, pushed: p,
	}
	oc.pushed = run.in
	return run
}

// first makes the first consumer, and lets it come.
func (r *orderedRun) first(ctx context.Context) (*ConsumerInfo, error) {
	r.in.watch()
	c, err := r.oc.create(ctx, r.oc.newName(), 0)
	if err != nil {
		r.in.stop()
		return nil, err
	}
	r.goOn(c, 0, nil)
	return c.info.Load(), nil
}

// push gives the messages of an ordered consumer that pushes, one after another.
func (oc *ordered) push(ctx context.Context, memory func(size int) []byte) (*iterating, *ConsumerInfo, error) {
	it := &iterating{js: oc.js, wake: make(chan struct{}, 1), handled: oc.handled, every: 1, begun: true}
	run := oc.pushTo(it, memory)
	it.in = run.in
	info, err := run.first(ctx)
	return it, info, err
}

// atFirst is how many messages a consumer that pushes had at its beginning.
func atFirst(info *ConsumerInfo) uint64 { return info.NumPending + info.Delivered.Consumer }

// behind is the message that it began behind; 0: none, or it has sent some already.
func behind(info *ConsumerInfo) uint64 {
	if info.Delivered.Consumer > 0 {
		return 0
	}
	return info.Delivered.Stream
}

// await listens to a consumer that is about to be made, and completes its configuration.
func (in *intake) await(cfg *ConsumerConfig) error {
	cfg.DeliverSubject, cfg.FlowControl, cfg.IdleHeartbeat = in.inbox+cfg.Name, true, pushHeartbeat
	e := &ear{}
	unless := func(do func()) func() {
		return func() {
			in.mu.Lock()
			left := e.left
			in.mu.Unlock()
			if !left {
				do()
			}
		}
	}
	in.mu.Lock()
	before := in.pushed.next
	if before != nil {
		before.left = true
	}
	in.pushed.awaits, in.pushed.next, in.pushed.early = cfg.Name, nil, nil
	in.mu.Unlock()
	if before != nil {
		before.Stop()
	}
	sub, err := in.js.port.InlineRuns(cfg.DeliverSubject, in.take, in.memory, unless(in.drained), unless(in.ended))
	if err != nil {
		return err
	}
	in.mu.Lock()
	e.Sub, in.pushed.next = sub, e
	over := in.closing || in.over
	in.mu.Unlock()
	if over {
		in.deafen()
	}
	return nil
}

// hear listens to the consumer that was awaited, in place of the one before. It is called with
// the lock held.
func (in *intake) hear() {
	if e, ok := in.sub.(*ear); ok {
		e.left = true
		go e.Stop() // which may wait for who waits for the lock
	}
	in.sub, in.pushed.next = in.pushed.next, nil
}

// deaf says that it doesn't listen to a consumer that was made, since it has ended meanwhile.
func (in *intake) deaf() bool { return in.pushed != nil && in.pushed.next == nil }

// deafen ends what is awaited.
func (in *intake) deafen() {
	in.mu.Lock()
	e := in.pushed.next
	in.pushed.awaits, in.pushed.next, in.pushed.early = "", nil, nil
	if e != nil {
		e.left = true
	}
	in.mu.Unlock()
	if e != nil {
		e.Stop()
	}
}

// takeEarly takes what came of a consumer before it was known.
func (in *intake) takeEarly() {
	early := in.pushed.early
	in.pushed.awaits, in.pushed.early = "", nil
	now := in.js.now()
	for _, m := range early {
		in.takeOne(now, m)
	}
	if len(early) > 0 {
		in.sink.came()
	}
}

// controlOrEarly takes what isn't a message of the consumer of by now.
func (in *intake) controlOrEarly(now time.Duration, m *nats.Msg) (taken bool) {
	p := in.pushed
	if in.over {
		return true
	}
	d, isMessage := api.ParseAck(m.Reply)
	of := d.Consumer
	if !isMessage && len(m.Subject) > len(in.inbox) {
		of = m.Subject[len(in.inbox):]
	}
	switch {
	case p.awaits != "" && of == p.awaits:
		p.early = append(p.early, m)
		return true
	case isMessage:
		return false // the run knows those of others
	case of != in.name || controlOf(m) == "":
		return true
	}
	info := api.ParseStatus(m.Header.Get("Status"), m.Header.Get("Description"))
	in.acts = in.m.Status(now, 0, info, in.acts)
	reply := m.Reply
	if reply == "" {
		reply = m.Header.Get("Nats-Consumer-Stalled")
	}
	if reply != "" {
		in.acts = p.run.Flow(reply, in.acts)
	}
	if s, ok := in.sink.(counter); ok {
		if n, err := strconv.ParseUint(m.Header.Get(api.LastDelivery), 10, 64); err == nil {
			s.delivered(n)
		}
	}
	in.do(nil)
	return true
}

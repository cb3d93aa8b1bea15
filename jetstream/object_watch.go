package jetstream

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/object"
	"github.com/evernats/nats/internal/js/objectstore"
)

// watchAhead is how many updates wait for a program that is slow, beside those that
// the consumer has ahead.
const watchAhead = 32

// objectWatcher is a Watch: one goroutine hands over what an ordered consumer delivers.
type objectWatcher struct {
	updates chan *ObjectInfo
	stop    context.CancelFunc
	stopped atomic.Bool
	err     error // why it ended; set before updates is closed
}

func (w *objectWatcher) Updates() <-chan *ObjectInfo { return w.updates }

func (w *objectWatcher) Stop() error {
	if !w.stopped.CompareAndSwap(false, true) {
		return nats.ErrBadSubscription
	}
	w.stop()
	return nil
}

func (s *objectStore) Watch(ctx context.Context, opts ...WatchOpt) (ObjectWatcher, error) {
	var o watchOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt.configureWatcher(&o); err != nil {
				return nil, err
			}
		}
	}
	w, err := s.watch(ctx, &o)
	if err != nil {
		return nil, err // not a watcher that is nil
	}
	return w, nil
}

func (s *objectStore) watch(ctx context.Context, o *watchOpts) (*objectWatcher, error) {
	cfg := OrderedConsumerConfig{FilterSubjects: []string{object.AllMeta(s.bucket)}, DeliverPolicy: DeliverLastPerSubjectPolicy}
	switch {
	case o.includeHistory:
		cfg.DeliverPolicy = DeliverAllPolicy
	case o.updatesOnly:
		cfg.DeliverPolicy = DeliverNewPolicy
	}
	oc := &ordered{js: s.js, stream: object.StreamOf(s.bucket), cfg: cfg, prefix: nuid.Next()}
	it, _, err := oc.push(ctx, nil)
	if err != nil {
		return nil, err
	}
	w := &objectWatcher{updates: make(chan *ObjectInfo, watchAhead)}
	ctx, w.stop = context.WithCancel(ctx)
	run := watchRun{objectWatcher: w, store: s.store, ctx: ctx, o: o, oc: oc, it: it, initial: !o.updatesOnly}
	go run.run()
	return w, nil
}

// watchRun is the goroutine of a watch.
type watchRun struct {
	*objectWatcher
	store   *objectstore.Store
	ctx     context.Context
	o       *watchOpts
	oc      *ordered
	it      *iterating
	initial bool // the end of what was there at the beginning isn't marked yet
}

func (w *watchRun) run() {
	w.err = w.loop()
	w.it.Stop()
	w.oc.discard()
	w.stop()
	close(w.updates)
}

func (w *watchRun) loop() error {
	for {
		nothing := w.initial && w.nothing()
		m, err := w.it.next()
		switch {
		case err != nil:
			return err
		case m == nil && nothing:
			err = w.mark()
		case m == nil:
			err = w.wait()
		default:
			err = w.update(m)
		}
		if err != nil {
			return err
		}
	}
}

// update hands over what a message says, and the mark where it belongs.
func (w *watchRun) update(m Msg) error {
	d, ok := api.ParseAck(m.Reply())
	if !ok {
		return nil
	}
	if w.initial && w.nothing() && d.Consumer == w.name() {
		if err := w.mark(); err != nil {
			return err
		}
	}
	info, err := objectInfo(w.store.Parse(m.Data(), d.Time()))
	if err == nil && !(w.o.ignoreDeletes && info.Deleted) {
		if err := w.hand(info); err != nil {
			return err
		}
	}
	if w.initial && d.Pending == 0 {
		return w.mark()
	}
	return nil
}

// mark says that all came that was there at the beginning.
func (w *watchRun) mark() error {
	w.initial = false
	return w.hand(nil)
}

func (w *watchRun) consumer() *consumer {
	w.oc.mu.Lock()
	defer w.oc.mu.Unlock()
	return w.oc.cur
}

func (w *watchRun) name() string { return w.consumer().name }

// nothing says whether the consumer had nothing to deliver when it was made, and so
// never says that the last of them came. What was delivered before waits for the
// program.
func (w *watchRun) nothing() bool { return atFirst(w.consumer().CachedInfo()) == 0 }

// watchLook is how often is looked whether the consumer was made anew, until the
// beginning is over.
const watchLook = 50 * time.Millisecond

// wait waits for a message, or until it is time to look.
func (w *watchRun) wait() error {
	var look <-chan time.Time
	if w.initial {
		timer := time.NewTimer(watchLook)
		defer timer.Stop()
		look = timer.C
	}
	select {
	case <-w.it.wake:
	case <-look:
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
	return nil
}

func (w *watchRun) hand(info *ObjectInfo) error {
	select {
	case w.updates <- info:
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}

func (s *objectStore) List(ctx context.Context, opts ...ListObjectsOpt) ([]*ObjectInfo, error) {
	var o listObjectOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt(&o); err != nil {
				return nil, err
			}
		}
	}
	ctx, cancel := s.js.withTimeout(ctx)
	defer cancel()
	w, err := s.watch(ctx, &watchOpts{ignoreDeletes: !o.showDeleted})
	if err != nil {
		return nil, err
	}
	defer w.stop()
	var all []*ObjectInfo
	for info := range w.updates {
		if info == nil {
			if len(all) == 0 {
				return nil, ErrNoObjectsFound
			}
			return all, nil
		}
		all = append(all, info)
	}
	return nil, fmt.Errorf("%w: the list of objects isn't whole, %d came", w.err, len(all))
}

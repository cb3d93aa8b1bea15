package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/kv"
	"github.com/evernats/nats/internal/js/pull"
)

const (
	// watchRoom is how many entries wait in the channel of a watch.
	watchRoom = 256
	// watchIdle is when the server removes a consumer whose subject nobody subscribes to: the
	// program is gone.
	watchIdle = time.Minute
	// watchQuiet is after which silence the server is asked whether the first part has
	// more: what was to come may have been removed.
	watchQuiet = 250 * time.Millisecond
)

// kvWatcher is a watch. Entries wait in order for one goroutine, which is there only
// while something waits, and sends them on the channel.
type kvWatcher struct {
	b       *keyValue
	oc      *ordered
	in      *intake
	updates chan KeyValueEntry
	halt    chan struct{} // closed when the program doesn't want any more
	halted  atomic.Bool

	// Under the intake's lock.
	watch   *kv.Watch
	forget  func() bool // ends what waits for the context
	queue   []kvItem
	running bool
	last    bool // nothing more comes
	sealed  bool // updates is closed, or about to be
	quiet   *time.Timer
	lately  error // the last that was told
	err     error // why it ended
}

// kvItem is an entry, the marker, or what is only to be counted.
type kvItem struct {
	entry  *keyValueEntry
	marker bool
	size   int // of the message; 0: none
}

func (b *keyValue) Watch(ctx context.Context, keys string, opts ...WatchOpt) (KeyWatcher, error) {
	return b.WatchFiltered(ctx, []string{keys}, opts...)
}

func (b *keyValue) WatchAll(ctx context.Context, opts ...WatchOpt) (KeyWatcher, error) {
	return b.WatchFiltered(ctx, nil, opts...)
}

func (b *keyValue) WatchFiltered(ctx context.Context, keys []string, opts ...WatchOpt) (KeyWatcher, error) {
	w, err := b.newWatch(ctx, keys, opts)
	if err != nil {
		return nil, err // not a watcher that is nil
	}
	return w, nil
}

// watchOptions reads the options of a watch.
func watchOptions(opts []WatchOpt) (o watchOpts, err error) {
	for _, opt := range opts {
		if opt != nil {
			if err := opt.configureWatcher(&o); err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

func (b *keyValue) newWatch(ctx context.Context, keys []string, opts []WatchOpt) (*kvWatcher, error) {
	o, err := watchOptions(opts)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		keys = []string{AllKeys}
	}
	cfg := OrderedConsumerConfig{HeadersOnly: o.metaOnly, InactiveThreshold: watchIdle}
	for _, k := range keys {
		if err := checkPattern(k); err != nil {
			return nil, err
		}
		cfg.FilterSubjects = append(cfg.FilterSubjects, b.space.Read+k)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &kvWatcher{b: b, updates: make(chan KeyValueEntry, watchRoom), halt: make(chan struct{})}
	w.watch = kv.NewWatch(kv.WatchConfig{
		History: o.includeHistory, UpdatesOnly: o.updatesOnly, IgnoreDeletes: o.ignoreDeletes, From: o.resumeFrom,
	}, nanos(b.stream.CachedInfo().Created))
	w.oc = &ordered{js: b.js, stream: b.stream.name, cfg: cfg, prefix: nuid.Next(), plan: w.plan}
	run := w.oc.pushTo(w, nil)
	w.in = run.in
	within, cancel := b.js.withTimeout(ctx)
	defer cancel()
	if _, err := run.first(within); err != nil {
		return nil, err
	}
	forget := context.AfterFunc(ctx, func() { w.finish(ctx.Err()) })
	w.in.mu.Lock()
	w.forget = forget
	sealed := w.sealed
	w.in.mu.Unlock()
	if sealed {
		forget()
	}
	return w, nil
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// errStale has a consumer asked for again: the bucket's leader doesn't know all yet.
var errStale = errors.New("nats: the bucket has less than the watch has seen")

// plan is what the next consumer delivers.
func (w *kvWatcher) plan(ctx context.Context, name string) (ConsumerConfig, error) {
	w.in.mu.Lock()
	begun := w.watch.Begun()
	w.in.mu.Unlock()
	var state kv.State
	if begun {
		// The bucket may have been made anew, and its numbers begin again.
		info, err := w.b.js.streamInfo(ctx, w.b.stream.name)
		if err != nil {
			return ConsumerConfig{}, err
		}
		state = kv.State{
			Created: nanos(info.Created), First: info.State.FirstSeq, Last: info.State.LastSeq, FirstTime: nanos(info.State.FirstTime),
		}
		w.in.mu.Lock()
		defer w.in.mu.Unlock()
		if w.watch.Stale(w.b.js.now(), state) {
			return ConsumerConfig{}, errStale
		}
		w.watch.Resume(state)
	}
	cfg := w.oc.cfg.config(name, 0)
	start := w.watch.Start()
	switch start.Policy {
	case kv.LastPerKey:
		cfg.DeliverPolicy = DeliverLastPerSubjectPolicy
	case kv.Everything:
		cfg.DeliverPolicy = DeliverAllPolicy
	case kv.OnlyNew:
		cfg.DeliverPolicy = DeliverNewPolicy
	case kv.FromRevision:
		cfg.DeliverPolicy, cfg.OptStartSeq = DeliverByStartSequencePolicy, start.Revision
	}
	return cfg, nil
}

// renewed says that there is a consumer, the first or another.
func (w *kvWatcher) renewed(info *ConsumerInfo) {
	w.progress(w.watch.Begin(nanos(info.Created), behind(info), atFirst(info)))
}

// progress takes what became of the first part.
func (w *kvWatcher) progress(p kv.Progress) {
	switch p {
	case kv.Completed:
		w.add(kvItem{marker: true})
	case kv.Again:
		w.in.sink.missing() // which has another consumer made
	}
	w.lookLater()
}

func (w *kvWatcher) came() {}

// message takes a message of the consumer, in order.
func (w *kvWatcher) message(m *nats.Msg) bool {
	d, ok := api.ParseAck(m.Reply)
	if !ok {
		return false
	}
	op := kv.OpOf(m.Header)
	key, ok := w.b.space.Key(m.Subject)
	about := kv.Message{Key: key, Revision: d.StreamSeq, At: d.Timestamp, Delta: d.Pending, Op: op}
	if w.watch.Fragile() {
		about.Key = strings.Clone(key) // which is kept for longer than the message
	}
	give, progress := w.watch.Message(about)
	it := kvItem{size: sizeOf(m)}
	if ok && give {
		w.b.floors.saw(key, d.StreamSeq)
		it.entry = &keyValueEntry{
			bucket: w.b.bucket, key: key, value: m.Data, revision: d.StreamSeq, created: d.Time(), delta: d.Pending, op: KeyValueOp(op),
		}
	}
	w.add(it)
	w.progress(progress)
	return true
}

// lookLater looks later whether the first part is complete, if nothing comes until then.
func (w *kvWatcher) lookLater() {
	switch {
	case w.watch.Complete() || w.last:
		if w.quiet != nil {
			w.quiet.Stop()
		}
	case w.quiet == nil:
		w.quiet = time.AfterFunc(watchQuiet, w.look)
	default:
		w.quiet.Reset(watchQuiet)
	}
}

// look asks the server whether the consumer has anything more.
func (w *kvWatcher) look() {
	w.in.mu.Lock()
	name := w.in.name
	over := w.watch.Complete() || w.last
	w.in.mu.Unlock()
	if over {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	info, err := w.b.js.consumerInfo(ctx, w.b.stream.name, name)
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	p := kv.Going
	if err == nil && name == w.in.name {
		p = w.watch.Quiet(info.Delivered.Consumer, info.NumPending)
	}
	w.progress(p)
}

func (w *kvWatcher) trouble(err error) { w.lately = err }

func (w *kvWatcher) missing() bool { return true }

// end is called when the bucket is gone, or what was asked can't be.
func (w *kvWatcher) end(a pull.Action) bool {
	switch {
	case w.lately == ErrStreamNotFound:
		w.err = fmt.Errorf("%w: %w", ErrBucketNotFound, ErrStreamNotFound)
	case w.b.js.nc.IsClosed():
		w.err = ErrConnectionClosed
	default:
		w.err = troubleOf(a.Why, a.Info)
	}
	w.over()
	return true
}

// closed is called when nothing comes any more, because of the connection or of finish.
func (w *kvWatcher) closed() {
	if w.halted.Load() {
		return
	}
	if !w.last {
		w.err = ErrConnectionClosed
	}
	w.over()
}

// over lets the channel be closed behind what waits.
func (w *kvWatcher) over() {
	w.last = true
	if w.quiet != nil {
		w.quiet.Stop()
	}
	w.rouse()
}

func (w *kvWatcher) add(it kvItem) {
	w.queue = append(w.queue, it)
	w.rouse()
}

func (w *kvWatcher) rouse() {
	if !w.running && !w.sealed {
		w.running = true
		go w.run()
	}
}

func (w *kvWatcher) run() {
	var todo []kvItem
	for {
		w.in.mu.Lock()
		if len(w.queue) == 0 || w.halted.Load() {
			w.running = false
			w.queue = nil
			if !w.last {
				w.in.mu.Unlock()
				return
			}
			w.sealed = true
			forget := w.forget
			w.in.mu.Unlock()
			close(w.updates)
			if forget != nil {
				forget()
			}
			w.dispose()
			return
		}
		todo, w.queue = w.queue, todo[:0]
		w.in.mu.Unlock()
		w.hand(todo)
		clear(todo)
	}
}

// hand sends on the channel, as quickly as the program reads.
func (w *kvWatcher) hand(todo []kvItem) {
	n, bytes := 0, 0
	for _, it := range todo {
		var e KeyValueEntry
		switch {
		case it.entry != nil:
			e = it.entry
		case !it.marker:
			n, bytes = n+1, bytes+it.size
			continue
		}
		select {
		case w.updates <- e:
		case <-w.halt:
			return
		}
		if !it.marker {
			if n, bytes = n+1, bytes+it.size; n >= report {
				w.in.handled(n, bytes)
				n, bytes = 0, 0
			}
		}
	}
	if n > 0 {
		w.in.handled(n, bytes)
	}
}

// dispose lets go of everything, the consumer on the server included.
func (w *kvWatcher) dispose() {
	w.in.shut()
	if w.b.js.nc.IsClosed() {
		return
	}
	w.oc.discard()
}

// finish ends it, because the program or its context says so. It returns whether it had
// ended.
func (w *kvWatcher) finish(why error) (again bool) {
	if !w.halted.CompareAndSwap(false, true) {
		return true
	}
	close(w.halt)
	w.in.stop()
	w.in.mu.Lock()
	again = w.last
	if !again {
		w.err = why
	}
	w.over()
	w.in.mu.Unlock()
	return again
}

func (w *kvWatcher) Updates() <-chan KeyValueEntry { return w.updates }

func (w *kvWatcher) Stop() error {
	if !w.finish(nil) {
		return nil
	}
	if w.b.js.nc.IsClosed() {
		return nats.ErrConnectionClosed
	}
	return nats.ErrBadSubscription
}

// Error is why it ended: the context's, [ErrConnectionClosed], [ErrBucketNotFound]; nil
// when it has not, or after Stop.
func (w *kvWatcher) Error() error {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	if !w.last {
		return nil
	}
	return w.err
}

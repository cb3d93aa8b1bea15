package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/kv"
)

const (
	// kvRoom is how many entries wait in the channel of a watch.
	kvRoom = 256
	// kvQuiet is after which silence the server is asked whether the first part has more:
	// what was to come may have been removed.
	kvQuiet = 250 * time.Millisecond
)

// kvWatcher is a watch: an ordered subscription, whose handler sends entries on the channel.
// Its subscription's flow control holds the server back when the program is slow.
type kvWatcher struct {
	b       *kvBucket
	ctx     context.Context // the program's; nil: none
	sub     *Subscription
	updates chan KeyValueEntry
	errs    chan error
	done    chan struct{} // closed with the subscription

	mu      sync.Mutex
	changed sync.Cond // name, next or over
	watch   *kv.Watch
	name    string // of the consumer that messages are taken of; empty: none yet
	awaits  string // of the one that is being made in its place
	due     bool   // the marker is to be sent
	doubted bool   // the consumer isn't believed, and another is to be made
	over    bool
	stopped bool
	quiet   *time.Timer
	err     error // why it can't go on
}

func (b *kvBucket) Watch(keys string, opts ...WatchOpt) (KeyWatcher, error) {
	return b.WatchFiltered([]string{keys}, opts...)
}

func (b *kvBucket) WatchAll(opts ...WatchOpt) (KeyWatcher, error) {
	return b.WatchFiltered(nil, opts...)
}

func (b *kvBucket) WatchFiltered(keys []string, opts ...WatchOpt) (KeyWatcher, error) {
	w, err := b.newWatch(keys, opts)
	if err != nil {
		return nil, err // not a watcher that is nil
	}
	return w, nil
}

func (b *kvBucket) newWatch(keys []string, opts []WatchOpt) (*kvWatcher, error) {
	var o kvWatchOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt.configureWatcher(&o); err != nil {
				return nil, err
			}
		}
	}
	if len(keys) == 0 {
		keys = []string{AllKeys}
	}
	subjects := make([]string, len(keys))
	for i, k := range keys {
		if err := kvCheckPattern(k); err != nil {
			return nil, err
		}
		subjects[i] = b.space.Read + k
	}
	w := &kvWatcher{b: b, ctx: o.ctx, updates: make(chan KeyValueEntry, kvRoom), errs: make(chan error, 1), done: make(chan struct{})}
	w.changed.L = &w.mu
	w.watch = kv.NewWatch(kv.WatchConfig{History: o.history, UpdatesOnly: o.updatesOnly, IgnoreDeletes: o.ignoreDeletes}, kvNanos(b.created))
	subject, several := subjects[0], []string(nil)
	if len(subjects) > 1 { // which servers before 2.10 don't know
		subject, several = "", subjects
	}
	sub, err := b.js.Subscribe(subject, w.message, OrderedConsumer(), BindStream(b.stream), jsSubOptFn(func(so *jsSubOpts) error {
		so.cfg.FilterSubjects, so.cfg.HeadersOnly = several, o.metaOnly
		kvBegin(&so.cfg, w.watch.Start())
		so.plan, so.closed, so.ctx = w, w.closed, o.ctx
		return nil
	}))
	if err != nil {
		w.ended() // a message may wait to learn what became of its consumer
		return nil, err
	}
	w.mu.Lock()
	w.sub = sub
	w.renewLocked()
	w.mu.Unlock()
	return w, nil
}

func kvNanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// kvBegin has a consumer begin there.
func kvBegin(cfg *ConsumerConfig, start kv.Start) {
	cfg.OptStartSeq, cfg.OptStartTime = 0, nil
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
}

// errKVStale has a consumer asked for again: the bucket's leader doesn't know all yet.
var errKVStale = errors.New("nats: the bucket has less than the watch has seen")

// next waits for what came of the last consumer to be handled, and says where the next one
// begins. The bucket may have been made anew, and its numbers begin again.
func (w *kvWatcher) next(cfg *ConsumerConfig, patience time.Duration) error {
	w.mu.Lock()
	w.awaits = cfg.Name
	w.changed.Broadcast() // who waits for another needn't any more
	sub := w.sub
	w.mu.Unlock()
	if sub != nil {
		through := make(chan struct{})
		sub.in.AfterPending(func() { close(through) })
		<-through
	}
	info, err := w.b.js.StreamInfo(w.b.stream, MaxWait(patience))
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	state := kv.State{
		Created: kvNanos(info.Created), First: info.State.FirstSeq, Last: info.State.LastSeq, FirstTime: kvNanos(info.State.FirstTime),
	}
	if w.watch.Stale(w.b.js.now(), state) {
		return errKVStale
	}
	w.watch.Resume(state)
	kvBegin(cfg, w.watch.Start())
	return nil
}

// made says that there is a consumer, the first or another.
func (w *kvWatcher) made(info *ConsumerInfo) {
	w.mu.Lock()
	w.name = info.Name
	w.progressLocked(w.watch.Begin(kvNanos(info.Created), info.Delivered.Stream, info.NumPending))
	w.changed.Broadcast()
	w.lookLaterLocked()
	w.mu.Unlock()
}

// progressLocked takes what became of the first part.
func (w *kvWatcher) progressLocked(p kv.Progress) {
	switch p {
	case kv.Completed:
		w.due = true
	case kv.Again:
		w.doubted = true
		w.renewLocked()
	}
}

// renewLocked has another consumer made, if it must be and Subscribe has returned.
func (w *kvWatcher) renewLocked() {
	if w.doubted && w.sub != nil {
		w.doubted = false
		go w.sub.in.Gate().(*jsSub).renew()
	}
}

// message is the subscription's handler.
func (w *kvWatcher) message(m *Msg) {
	d, ok := api.ParseAck(m.Reply)
	if !ok {
		return
	}
	w.mu.Lock()
	// It may be here before what its consumer has at its beginning is known.
	for !w.over && w.name != d.Consumer && (w.name == "" && w.awaits == "" || w.awaits == d.Consumer) {
		w.changed.Wait()
	}
	if w.over || w.name != d.Consumer {
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	w.flush()
	op := kv.OpOf(m.Header)
	key, ok := w.b.space.Key(m.Subject)
	w.mu.Lock()
	about := kv.Message{Key: key, Revision: d.StreamSeq, At: d.Timestamp, Delta: d.Pending, Op: op}
	if w.watch.Fragile() {
		about.Key = strings.Clone(key) // which is kept for longer than the message
	}
	give, progress := w.watch.Message(about)
	w.progressLocked(progress)
	w.lookLaterLocked()
	w.mu.Unlock()
	if ok && give {
		w.send(&kvEntry{
			bucket: w.b.bucket, key: key, value: m.Data, revision: d.StreamSeq, created: d.Time(), delta: d.Pending, op: KeyValueOp(op),
		})
	}
	w.flush()
}

// flush sends the marker, if it is due.
func (w *kvWatcher) flush() {
	w.mu.Lock()
	due := w.due && !w.over
	w.due = w.due && !due
	w.mu.Unlock()
	if due {
		w.send(nil)
	}
}

// send is called on the handler's goroutine, behind which closed comes.
func (w *kvWatcher) send(e KeyValueEntry) {
	select {
	case w.updates <- e:
	case <-w.done:
	}
}

// lookLaterLocked looks later whether the first part is complete, or at once sends the
// marker that is due, if no message does.
func (w *kvWatcher) lookLaterLocked() {
	d := kvQuiet
	switch {
	case w.over || w.watch.Complete() && !w.due:
		if w.quiet != nil {
			w.quiet.Stop()
		}
		return
	case w.due:
		d = 0
	}
	if w.quiet == nil {
		w.quiet = time.AfterFunc(d, w.look)
	} else {
		w.quiet.Reset(d)
	}
}

// look asks the server whether the consumer has anything more.
func (w *kvWatcher) look() {
	w.mu.Lock()
	name, sub := w.name, w.sub
	ask := !w.over && !w.watch.Complete()
	w.mu.Unlock()
	if ask {
		info, err := w.b.js.ConsumerInfo(w.b.stream, name, MaxWait(jsLookupTimeout))
		w.mu.Lock()
		if err == nil && name == w.name {
			w.progressLocked(w.watch.Quiet(info.Delivered.Consumer, info.NumPending))
		}
		w.mu.Unlock()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.over:
	case !w.due:
		w.lookLaterLocked()
	case sub == nil: // Subscribe hasn't returned
		w.quiet.Reset(time.Millisecond)
	default:
		go sub.in.AfterPending(func() {
			if sub.IsValid() { // on the handler's goroutine
				w.flush()
			}
		})
	}
}

// failed is called when the bucket is gone.
func (w *kvWatcher) failed(err error) {
	w.mu.Lock()
	w.err = fmt.Errorf("%w: %w", ErrBucketNotFound, err)
	w.mu.Unlock()
}

// ended is called when the subscription has.
func (w *kvWatcher) ended() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.over = true
	if w.quiet != nil {
		w.quiet.Stop()
	}
	w.changed.Broadcast()
	close(w.done)
}

// closed is called by the handler's goroutine behind its last message.
func (w *kvWatcher) closed(string) {
	if err := w.why(); err != nil {
		w.errs <- err
	}
	close(w.errs)
	close(w.updates)
}

// why is why it ended; nil: it was stopped.
func (w *kvWatcher) why() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.stopped:
		return nil
	case w.err != nil:
		return w.err
	case w.ctx != nil && w.ctx.Err() != nil:
		return w.ctx.Err()
	}
	return ErrConnectionClosed
}

func (w *kvWatcher) Context() context.Context      { return w.ctx }
func (w *kvWatcher) Updates() <-chan KeyValueEntry { return w.updates }
func (w *kvWatcher) Error() <-chan error           { return w.errs }

func (w *kvWatcher) Stop() error {
	w.mu.Lock()
	w.stopped = w.stopped || !w.over
	w.mu.Unlock()
	if err := w.sub.unsubscribe(0); err != nil {
		return err
	}
	j := w.sub.in.Gate().(*jsSub)
	go j.remove() // what can't be removed its server removes
	return nil
}

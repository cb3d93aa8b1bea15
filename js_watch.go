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
	// jsWatchRoom is how many entries wait in the channel of a watch.
	jsWatchRoom = 256
	// jsWatchQuiet is after which silence the server is asked whether the first part has
	// more: what was to come may have been removed.
	jsWatchQuiet = 250 * time.Millisecond
)

// jsWatched is what is watched: what a bucket says last of each of its keys, and then
// whatever it says.
type jsWatched[E any] struct {
	js       *jsContext
	stream   string
	created  time.Time
	ctx      context.Context // ends it; nil: none does
	making   context.Context // of the making alone, in place of ctx; nil: none
	subjects []string
	cfg      kv.WatchConfig
	metaOnly bool
	// read is what a message says of which key; ok is false when the program isn't told.
	read func(m *Msg, d *api.Delivery) (key string, op kv.Op, e E, ok bool)
}

// jsWatcher is a watch: an ordered subscription, whose handler sends entries on the channel,
// and the zero one as the marker of the end of the first part. Its subscription's flow
// control holds the server back when the program is slow.
type jsWatcher[E comparable] struct {
	jsWatched[E]
	sub     *Subscription
	updates chan E
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

func jsWatch[E comparable](of jsWatched[E]) (*jsWatcher[E], error) {
	w := &jsWatcher[E]{jsWatched: of, updates: make(chan E, jsWatchRoom), errs: make(chan error, 1), done: make(chan struct{})}
	w.changed.L = &w.mu
	w.watch = kv.NewWatch(of.cfg, kvNanos(of.created))
	subject, several := of.subjects[0], []string(nil)
	if len(of.subjects) > 1 { // which servers before 2.10 don't know
		subject, several = "", of.subjects
	}
	sub, err := of.js.Subscribe(subject, w.message, OrderedConsumer(), BindStream(of.stream), jsSubOptFn(func(so *jsSubOpts) error {
		so.cfg.FilterSubjects, so.cfg.HeadersOnly = several, of.metaOnly
		kvBegin(&so.cfg, w.watch.Start())
		so.plan, so.closed, so.ctx, so.beginning = w, w.closed, of.ctx, of.making
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
func (w *jsWatcher[E]) next(cfg *ConsumerConfig, patience time.Duration) error {
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
	info, err := w.js.StreamInfo(w.stream, MaxWait(patience))
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	state := kv.State{
		Created: kvNanos(info.Created), First: info.State.FirstSeq, Last: info.State.LastSeq, FirstTime: kvNanos(info.State.FirstTime),
	}
	if w.watch.Stale(w.js.now(), state) {
		return errKVStale
	}
	w.watch.Resume(state)
	kvBegin(cfg, w.watch.Start())
	return nil
}

// made says that there is a consumer, the first or another.
func (w *jsWatcher[E]) made(info *ConsumerInfo) {
	w.mu.Lock()
	w.name = info.Name
	w.progressLocked(w.watch.Begin(kvNanos(info.Created), info.Delivered.Stream, info.NumPending))
	w.changed.Broadcast()
	w.lookLaterLocked()
	w.mu.Unlock()
}

// progressLocked takes what became of the first part.
func (w *jsWatcher[E]) progressLocked(p kv.Progress) {
	switch p {
	case kv.Completed:
		w.due = true
	case kv.Again:
		w.doubted = true
		w.renewLocked()
	}
}

// renewLocked has another consumer made, if it must be and Subscribe has returned.
func (w *jsWatcher[E]) renewLocked() {
	if w.doubted && w.sub != nil {
		w.doubted = false
		go w.sub.in.Gate().(*jsSub).renew()
	}
}

// message is the subscription's handler.
func (w *jsWatcher[E]) message(m *Msg) {
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
	key, op, e, ok := w.read(m, &d)
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
		w.send(e)
	}
	w.flush()
}

// flush sends the marker, if it is due.
func (w *jsWatcher[E]) flush() {
	w.mu.Lock()
	due := w.due && !w.over
	w.due = w.due && !due
	w.mu.Unlock()
	if due {
		var marker E
		w.send(marker)
	}
}

// send is called on the handler's goroutine, behind which closed comes.
func (w *jsWatcher[E]) send(e E) {
	select {
	case w.updates <- e:
	case <-w.done:
	}
}

// lookLaterLocked looks later whether the first part is complete, or at once sends the
// marker that is due, if no message does.
func (w *jsWatcher[E]) lookLaterLocked() {
	d := jsWatchQuiet
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
func (w *jsWatcher[E]) look() {
	w.mu.Lock()
	name, sub := w.name, w.sub
	ask := !w.over && !w.watch.Complete()
	w.mu.Unlock()
	if ask {
		info, err := w.js.ConsumerInfo(w.stream, name, MaxWait(jsLookupTimeout))
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
func (w *jsWatcher[E]) failed(err error) {
	w.mu.Lock()
	w.err = fmt.Errorf("%w: %w", ErrBucketNotFound, err)
	w.mu.Unlock()
}

// ended is called when the subscription has.
func (w *jsWatcher[E]) ended() {
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
func (w *jsWatcher[E]) closed(string) {
	if err := w.why(); err != nil {
		w.errs <- err
	}
	close(w.errs)
	close(w.updates)
}

// why is why it ended; nil: it was stopped.
func (w *jsWatcher[E]) why() error {
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

func (w *jsWatcher[E]) Stop() error {
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

// list calls each with the entries up to the marker, for as long as it returns true. It
// waits for each as long as a request may take, or returns late.
func (w *jsWatcher[E]) list(late error, each func(E) bool) error {
	var marker E
	wait := w.js.opts.wait
	t := time.NewTimer(wait)
	defer t.Stop()
	for {
		select {
		case e, open := <-w.updates:
			switch {
			case !open:
				err := w.why()
				if err == nil {
					err = context.Canceled // it was stopped
				}
				return fmt.Errorf("%w: the list isn't whole", err)
			case e == marker || !each(e):
				return nil
			}
			t.Reset(wait)
		case <-t.C:
			return late
		}
	}
}

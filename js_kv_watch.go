package nats

import (
	"context"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/kv"
)

// kvWatcher is a watch of keys.
type kvWatcher struct{ *jsWatcher[KeyValueEntry] }

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
	w, err := jsWatch(jsWatched[KeyValueEntry]{
		js: b.js, stream: b.stream, created: b.created, ctx: o.ctx, subjects: subjects, metaOnly: o.metaOnly, read: b.readEntry,
		cfg: kv.WatchConfig{History: o.history, UpdatesOnly: o.updatesOnly, IgnoreDeletes: o.ignoreDeletes},
	})
	if err != nil {
		return nil, err
	}
	return &kvWatcher{w}, nil
}

// readEntry is what a message says of a key.
func (b *kvBucket) readEntry(m *Msg, d *api.Delivery) (string, kv.Op, KeyValueEntry, bool) {
	op := kv.OpOf(m.Header)
	key, ok := b.space.Key(m.Subject)
	return key, op, &kvEntry{
		bucket: b.bucket, key: key, value: m.Data, revision: d.StreamSeq, created: d.Time(), delta: d.Pending, op: KeyValueOp(op),
	}, ok
}

func (w *kvWatcher) Context() context.Context      { return w.ctx }
func (w *kvWatcher) Updates() <-chan KeyValueEntry { return w.updates }
func (w *kvWatcher) Error() <-chan error           { return w.errs }

package nats

import (
	"context"
	"fmt"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/kv"
	"github.com/evernats/nats/internal/js/object"
)

// objectWatcher is a watch of what is said of objects: each has a subject, as keys have.
type objectWatcher struct{ *jsWatcher[*ObjectInfo] }

func (w *objectWatcher) Updates() <-chan *ObjectInfo { return w.updates }

func (s *objectBucket) Watch(opts ...WatchOpt) (ObjectWatcher, error) {
	var o kvWatchOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt.configureWatcher(&o); err != nil {
				return nil, err
			}
		}
	}
	w, err := s.watch(&o, nil, o.ctx)
	if err != nil {
		return nil, err // not a watcher that is nil
	}
	return w, nil
}

// watch begins a watch, which the one context ends, and the other bounds the making of.
func (s *objectBucket) watch(o *kvWatchOpts, ctx, making context.Context) (*objectWatcher, error) {
	w, err := jsWatch(jsWatched[*ObjectInfo]{
		js: s.js, stream: s.stream, created: s.created, ctx: ctx, making: making,
		subjects: []string{object.AllMeta(s.store.Bucket)}, read: s.readInfo,
		cfg: kv.WatchConfig{History: o.history, UpdatesOnly: o.updatesOnly, IgnoreDeletes: o.ignoreDeletes},
	})
	if err != nil {
		return nil, err
	}
	return &objectWatcher{w}, nil
}

// readInfo is what a message says of an object.
func (s *objectBucket) readInfo(m *Msg, d *api.Delivery) (string, kv.Op, *ObjectInfo, bool) {
	said, err := s.store.Parse(m.Data, d.Time())
	if err != nil {
		return m.Subject, kv.Put, nil, false
	}
	op := kv.Put
	if said.Deleted {
		op = kv.Delete
	}
	return m.Subject, op, objectInfoOf(said), true
}

func (s *objectBucket) List(opts ...ListObjectsOpt) ([]*ObjectInfo, error) {
	o, err := objectCall(s.js, opts, ListObjectsOpt.configureListObjects)
	if err != nil {
		return nil, err
	}
	w, err := s.watch(&kvWatchOpts{ignoreDeletes: !o.showDeleted}, o.ctx, nil)
	if err != nil {
		return nil, err
	}
	defer w.Stop()
	var all []*ObjectInfo
	late := fmt.Errorf("%w: the list of objects isn't whole", ErrTimeout)
	err = w.list(late, func(i *ObjectInfo) bool {
		all = append(all, i)
		return true
	})
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, ErrNoObjectsFound
	}
	return all, nil
}

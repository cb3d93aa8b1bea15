package nats

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/evernats/nats/internal/js/kv"
)

// collect calls each with what a watch of the keys gives up to its marker. It is all of
// that, or there is an error.
func (b *kvBucket) collect(keys []string, opts []WatchOpt, each func(KeyValueEntry)) error {
	w, err := b.newList(keys, opts)
	if err != nil {
		return err
	}
	defer w.Stop()
	return w.list(ErrKeyWatcherTimeout, func(e KeyValueEntry) bool { each(e); return true })
}

// newList is a watch for what is there.
func (b *kvBucket) newList(keys []string, opts []WatchOpt) (*kvWatcher, error) {
	noUpdates := kvWatchOptFn(func(o *kvWatchOpts) error {
		if o.updatesOnly {
			return errors.New("nats: a list is of what is there, and not of updates only")
		}
		return nil
	})
	return b.newWatch(keys, append(opts[:len(opts):len(opts)], noUpdates))
}

// kvKeysOnly are the options of a list of keys, the program's behind them.
func kvKeysOnly(opts []WatchOpt) []WatchOpt {
	return append([]WatchOpt{IgnoreDeletes(), MetaOnly()}, opts...)
}

func (b *kvBucket) Keys(opts ...WatchOpt) ([]string, error) {
	var keys []string
	seen := map[string]bool{}
	err := b.collect(nil, kvKeysOnly(opts), func(e KeyValueEntry) {
		if key := e.Key(); !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	})
	switch {
	case err != nil:
		return nil, err
	case len(keys) == 0:
		return nil, ErrNoKeysFound
	}
	return keys, nil
}

func (b *kvBucket) History(key string, opts ...WatchOpt) ([]KeyValueEntry, error) {
	var all []KeyValueEntry
	opts = append([]WatchOpt{IncludeHistory()}, opts...)
	err := b.collect([]string{key}, opts, func(e KeyValueEntry) { all = append(all, e) })
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, ErrKeyNotFound
	}
	return all, nil
}

// kvLister is a list of keys: one goroutine hands over what a watch gives.
type kvLister struct {
	w    *kvWatcher
	keys chan string
	errs chan error
	stop chan struct{}
	once sync.Once
}

func (b *kvBucket) ListKeys(opts ...WatchOpt) (KeyLister, error) {
	w, err := b.newList(nil, kvKeysOnly(opts))
	if err != nil {
		return nil, err
	}
	l := &kvLister{w: w, keys: make(chan string, jsWatchRoom), errs: make(chan error, 1), stop: make(chan struct{})}
	go l.run()
	return l, nil
}

func (l *kvLister) run() {
	seen := map[string]bool{}
	err := l.w.list(ErrKeyWatcherTimeout, func(e KeyValueEntry) bool {
		key := e.Key()
		if seen[key] {
			return true
		}
		seen[key] = true
		select {
		case l.keys <- key:
			return true
		case <-l.stop:
		case <-l.w.done:
		}
		return false
	})
	select {
	case <-l.stop:
		err = nil
	default:
		if err == nil {
			select {
			case <-l.w.done: // before its marker, or just behind it
				err = l.w.why()
			default:
			}
		}
	}
	l.w.Stop()
	if err != nil {
		l.errs <- err
	}
	close(l.errs)
	close(l.keys)
}

func (l *kvLister) Keys() <-chan string { return l.keys }
func (l *kvLister) Error() <-chan error { return l.errs }

func (l *kvLister) Stop() error {
	l.once.Do(func() { close(l.stop) })
	return l.w.Stop()
}

func (b *kvBucket) PurgeDeletes(opts ...PurgeOpt) error {
	var o kvPurgeOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt.configurePurge(&o); err != nil {
				return err
			}
		}
	}
	watch, call := []WatchOpt{MetaOnly()}, []JSOpt(nil)
	if o.ctx != nil {
		watch, call = append(watch, Context(o.ctx)), []JSOpt{Context(o.ctx)}
	}
	var markers []KeyValueEntry
	err := b.collect(nil, watch, func(e KeyValueEntry) {
		if kv.Op(e.Operation()).Gone() {
			markers = append(markers, e)
		}
	})
	if err != nil {
		return err
	}
	now := time.Now()
	for _, e := range markers {
		p := kv.PurgeFor(b.space.Read+e.Key(), e.Revision(), kv.KeepMarker(now.Sub(e.Created()), o.olderThan))
		req := &StreamPurgeRequest{Subject: p.Subject, Sequence: p.Below}
		if err := b.js.PurgeStream(b.stream, append(call[:len(call):len(call)], req)...); err != nil {
			return fmt.Errorf("%w: the markers from %q on weren't looked at", err, e.Key())
		}
	}
	return nil
}

package jetstream

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/evernats/nats/internal/js/kv"
)

// collect calls each with what a watch of the keys gives up to its marker. It is all of
// that, or there is an error.
func (b *keyValue) collect(ctx context.Context, keys []string, opts []WatchOpt, each func(KeyValueEntry)) error {
	w, err := b.newList(ctx, keys, opts)
	if err != nil {
		return err
	}
	defer w.Stop()
	for e := range w.updates {
		if e == nil {
			return nil
		}
		each(e)
	}
	return w.cut()
}

// newList is a watch for what is there.
func (b *keyValue) newList(ctx context.Context, keys []string, opts []WatchOpt) (*kvWatcher, error) {
	o, err := watchOptions(opts)
	switch {
	case err != nil:
		return nil, err
	case o.updatesOnly:
		return nil, invalid("a list is of what is there, and not of updates only")
	}
	return b.newWatch(ctx, keys, opts)
}

// cut says why a list ended before its marker.
func (w *kvWatcher) cut() error {
	err := w.Error()
	if err == nil {
		err = context.Canceled // it was stopped
	}
	return fmt.Errorf("%w: the list isn't whole", err)
}

// keysOnly are the options of a list of keys, the program's behind them.
func keysOnly(opts []WatchOpt) []WatchOpt {
	return append([]WatchOpt{IgnoreDeletes(), MetaOnly()}, opts...)
}

func (b *keyValue) Keys(ctx context.Context, opts ...WatchOpt) ([]string, error) {
	var keys []string
	seen := map[string]bool{}
	err := b.collect(ctx, nil, keysOnly(opts), func(e KeyValueEntry) {
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
	slices.Sort(keys)
	return keys, nil
}

func (b *keyValue) History(ctx context.Context, key string, opts ...WatchOpt) ([]KeyValueEntry, error) {
	var all []KeyValueEntry
	opts = append([]WatchOpt{IncludeHistory()}, opts...)
	err := b.collect(ctx, []string{key}, opts, func(e KeyValueEntry) { all = append(all, e) })
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, ErrKeyNotFound
	}
	return all, nil
}

// keyLister is a list of keys: one goroutine hands over what a watch gives.
type keyLister struct {
	w    *kvWatcher
	keys chan string

	mu      sync.Mutex
	stopped bool
	over    bool
	err     error
}

func (b *keyValue) ListKeys(ctx context.Context, opts ...WatchOpt) (KeyLister, error) {
	return b.listKeys(ctx, nil, keysOnly(opts))
}

func (b *keyValue) ListKeysFiltered(ctx context.Context, filters ...string) (KeyLister, error) {
	return b.listKeys(ctx, filters, keysOnly(nil))
}

func (b *keyValue) listKeys(ctx context.Context, filters []string, opts []WatchOpt) (KeyLister, error) {
	w, err := b.newList(ctx, filters, opts)
	if err != nil {
		return nil, err
	}
	l := &keyLister{w: w, keys: make(chan string, watchRoom)}
	go l.run()
	return l, nil
}

func (l *keyLister) run() {
	err := l.hand()
	l.mu.Lock()
	l.over = true
	if !l.stopped {
		l.err = err
	}
	l.mu.Unlock()
	l.w.Stop()
	close(l.keys)
}

// hand hands over the keys, and returns why it can't go on, or nil behind the last.
func (l *keyLister) hand() error {
	seen := map[string]bool{}
	for e := range l.w.updates {
		if e == nil {
			return nil
		}
		key := e.Key()
		if seen[key] {
			continue
		}
		seen[key] = true
		select {
		case l.keys <- key:
		case <-l.w.halt:
			return l.w.cut()
		}
	}
	return l.w.cut()
}

func (l *keyLister) Keys() <-chan string { return l.keys }

func (l *keyLister) Stop() error {
	l.mu.Lock()
	if l.over || l.stopped {
		defer l.mu.Unlock()
		return l.err
	}
	l.stopped = true
	l.mu.Unlock()
	l.w.Stop()
	return nil
}

// Error is why the list isn't whole, behind the end of Keys; nil: it is, or was stopped.
func (l *keyLister) Error() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (b *keyValue) PurgeDeletes(ctx context.Context, opts ...KVPurgeOpt) error {
	var o kvPurgeOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt.configurePurge(&o); err != nil {
				return err
			}
		}
	}
	var markers []KeyValueEntry
	err := b.collect(ctx, nil, []WatchOpt{MetaOnly()}, func(e KeyValueEntry) {
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
		if err := b.stream.Purge(ctx, WithPurgeSubject(p.Subject), WithPurgeSequence(p.Below)); err != nil {
			return fmt.Errorf("%w: the markers from %q on weren't looked at", err, e.Key())
		}
	}
	return nil
}

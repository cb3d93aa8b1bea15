package jetstreamext

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/evernats/nats/jetstream"
)

// ErrEnded says that a watch or a list ended, where its implementation doesn't say why.
var ErrEnded = errors.New("nats: the watch has ended")

// failing is what package jetstream's watchers and listers have beside their interface.
type failing interface{ Error() error }

func why(x any) error {
	if f, ok := x.(failing); ok {
		return f.Error()
	}
	return nil
}

// WatchError says why a watch ended, once its channel is closed: the context's error,
// [jetstream.ErrConnectionClosed], or [jetstream.ErrBucketNotFound]. It is nil before,
// behind Stop, and for a watcher of another implementation.
func WatchError(w jetstream.KeyWatcher) error { return why(w) }

// ListError says why a list isn't whole, once its channel is closed. It is nil when it is
// whole, behind Stop, and for a lister of another implementation.
func ListError(l jetstream.KeyLister) error { return why(l) }

// Watch gives the entries of a watch of the keys that match the pattern, see
// [jetstream.KeyValue]: what is there, then one that is nil, without an error, and then
// every update. It ends when the loop does, or with an error, the last that it gives: the
// context's, [jetstream.ErrConnectionClosed], [jetstream.ErrBucketNotFound], or why it
// couldn't begin. Each range over it is a watch of its own.
func Watch(ctx context.Context, kv jetstream.KeyValue, keys string, opts ...jetstream.WatchOpt) iter.Seq2[jetstream.KeyValueEntry, error] {
	return WatchFiltered(ctx, kv, []string{keys}, opts...)
}

// WatchFiltered is [Watch] of keys that match one of several patterns, which must not
// overlap; none: all keys.
func WatchFiltered(ctx context.Context, kv jetstream.KeyValue, keys []string, opts ...jetstream.WatchOpt) iter.Seq2[jetstream.KeyValueEntry, error] {
	return func(yield func(jetstream.KeyValueEntry, error) bool) {
		w, err := kv.WatchFiltered(ctx, keys, opts...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer w.Stop()
		for e := range w.Updates() {
			if !yield(e, nil) {
				return
			}
		}
		yield(nil, ended(ctx, w))
	}
}

// ended is why a watch or a list ended that nobody stopped.
func ended(ctx context.Context, x any) error {
	if err := why(x); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return ErrEnded
}

// Keys gives the keys that match one of the patterns, each once, as they come; no pattern:
// all. Behind the last it ends without an error; a list that isn't whole ends with one,
// the last that it gives. No key is no error.
func Keys(ctx context.Context, kv jetstream.KeyValue, filters ...string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		// A lister can't say in its interface whether it is whole, a watch can.
		opts := []jetstream.WatchOpt{jetstream.IgnoreDeletes(), jetstream.MetaOnly()}
		seen := map[string]bool{}
		for e, err := range WatchFiltered(ctx, kv, filters, opts...) {
			switch {
			case err != nil:
				yield("", fmt.Errorf("%w: the list isn't whole", err))
				return
			case e == nil:
				return
			case seen[e.Key()]:
				continue
			}
			seen[e.Key()] = true
			if !yield(e.Key(), nil) {
				return
			}
		}
	}
}

// History gives what the bucket has of a key, or of the keys that match a pattern, the
// oldest first, as it comes. Behind the last it ends without an error; a list that isn't
// whole ends with one. Nothing is no error.
func History(ctx context.Context, kv jetstream.KeyValue, key string, opts ...jetstream.WatchOpt) iter.Seq2[jetstream.KeyValueEntry, error] {
	return func(yield func(jetstream.KeyValueEntry, error) bool) {
		opts := append([]jetstream.WatchOpt{jetstream.IncludeHistory()}, opts...)
		for e, err := range Watch(ctx, kv, key, opts...) {
			switch {
			case err != nil:
				yield(nil, fmt.Errorf("%w: the list isn't whole", err))
				return
			case e == nil:
				return
			case !yield(e, nil):
				return
			}
		}
	}
}

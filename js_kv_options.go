package nats

import (
	"context"
	"errors"
	"time"
)

// WatchOpt is an option of watching a key-value store, or objects, for which [MetaOnly] does
// nothing. A [Context] is one, too: it ends a watch of keys, and bounds the beginning of one
// of objects.
type WatchOpt interface {
	configureWatcher(opts *kvWatchOpts) error
}

type kvWatchOpts struct {
	ctx           context.Context
	ignoreDeletes bool
	history       bool
	updatesOnly   bool
	metaOnly      bool
}

type kvWatchOptFn func(opts *kvWatchOpts) error

func (f kvWatchOptFn) configureWatcher(o *kvWatchOpts) error { return f(o) }

func (ctx ContextOpt) configureWatcher(o *kvWatchOpts) error {
	o.ctx = ctx.Context
	return nil
}

// IncludeHistory begins with all that the bucket has of each key, not with the last alone. It
// excludes [UpdatesOnly].
func IncludeHistory() WatchOpt {
	return kvWatchOptFn(func(o *kvWatchOpts) error {
		if o.updatesOnly {
			return errors.New("nats: include history can not be used with updates only")
		}
		o.history = true
		return nil
	})
}

// UpdatesOnly begins with what changes from now on. It excludes [IncludeHistory].
func UpdatesOnly() WatchOpt {
	return kvWatchOptFn(func(o *kvWatchOpts) error {
		if o.history {
			return errors.New("nats: updates only can not be used with include history")
		}
		o.updatesOnly = true
		return nil
	})
}

// IgnoreDeletes leaves away what was deleted.
func IgnoreDeletes() WatchOpt {
	return kvWatchOptFn(func(o *kvWatchOpts) error {
		o.ignoreDeletes = true
		return nil
	})
}

// MetaOnly leaves the values away.
func MetaOnly() WatchOpt {
	return kvWatchOptFn(func(o *kvWatchOpts) error {
		o.metaOnly = true
		return nil
	})
}

// PurgeOpt is an option of KeyValue.PurgeDeletes: [DeleteMarkersOlderThan], and a [Context]
// that bounds it.
type PurgeOpt interface {
	configurePurge(opts *kvPurgeOpts) error
}

type kvPurgeOpts struct {
	ctx       context.Context
	olderThan time.Duration
}

func (ctx ContextOpt) configurePurge(o *kvPurgeOpts) error {
	o.ctx = ctx.Context
	return nil
}

// DeleteMarkersOlderThan is how old a marker must be for PurgeDeletes to remove it along
// with the values below it; of a younger one the values alone are removed. 0 is the
// default, 30 minutes; with a negative one every marker goes.
type DeleteMarkersOlderThan time.Duration

func (d DeleteMarkersOlderThan) configurePurge(o *kvPurgeOpts) error {
	o.olderThan = time.Duration(d)
	return nil
}

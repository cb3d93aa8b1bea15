package jetstream

// WatchOpt is an option of watching a key-value or an object store.
type WatchOpt interface {
	configureWatcher(opts *watchOpts) error
}

type watchOpts struct {
	ignoreDeletes  bool
	includeHistory bool
	updatesOnly    bool
	metaOnly       bool
	resumeFrom     uint64
}

type watchOptFn func(opts *watchOpts) error

func (f watchOptFn) configureWatcher(opts *watchOpts) error { return f(opts) }

// IncludeHistory begins with all that the store has of each key or object, not with the
// last alone. It excludes [UpdatesOnly].
func IncludeHistory() WatchOpt {
	return watchOptFn(func(o *watchOpts) error {
		if o.updatesOnly {
			return invalid("IncludeHistory and UpdatesOnly exclude each other")
		}
		o.includeHistory = true
		return nil
	})
}

// UpdatesOnly begins with what changes from now on. It excludes [IncludeHistory].
func UpdatesOnly() WatchOpt {
	return watchOptFn(func(o *watchOpts) error {
		if o.includeHistory {
			return invalid("IncludeHistory and UpdatesOnly exclude each other")
		}
		o.updatesOnly = true
		return nil
	})
}

// IgnoreDeletes leaves away what was deleted.
func IgnoreDeletes() WatchOpt {
	return watchOptFn(func(o *watchOpts) error {
		o.ignoreDeletes = true
		return nil
	})
}

package jetstream

import "time"

// MetaOnly leaves the values away.
func MetaOnly() WatchOpt {
	return watchOptFn(func(o *watchOpts) error {
		o.metaOnly = true
		return nil
	})
}

// ResumeFromRevision begins with that revision, and gives all that the bucket has of it
// and of later ones; 0 is no such beginning. Of the options that say where a watch
// begins it is the one that counts.
func ResumeFromRevision(revision uint64) WatchOpt {
	return watchOptFn(func(o *watchOpts) error {
		o.resumeFrom = revision
		return nil
	})
}

// KVCreateOpt is an option of KeyValue.Create.
type KVCreateOpt interface{ configureCreate(*kvCreateOpts) error }

type kvCreateOpts struct{ ttl time.Duration }

type kvCreateOpt func(*kvCreateOpts) error

func (f kvCreateOpt) configureCreate(o *kvCreateOpts) error { return f(o) }

// KeyTTL removes the key after that time, which leaves a marker that watches give. The
// bucket has to allow it, see [KeyValueConfig].LimitMarkerTTL. Updates have no such time. 0 or less: it stays.
func KeyTTL(ttl time.Duration) KVCreateOpt {
	return kvCreateOpt(func(o *kvCreateOpts) error {
		o.ttl = ttl
		return nil
	})
}

// KVDeleteOpt is an option of KeyValue.Delete and Purge.
type KVDeleteOpt interface{ configureDelete(*kvDeleteOpts) error }

type kvDeleteOpts struct {
	ttl      time.Duration
	revision uint64
}

type kvDeleteOpt func(*kvDeleteOpts) error

func (f kvDeleteOpt) configureDelete(o *kvDeleteOpts) error { return f(o) }

// LastRevision deletes or purges only if that is the key's last revision, or returns
// [ErrKeyRevisionMismatch]. 0 is the same as none.
func LastRevision(revision uint64) KVDeleteOpt {
	return kvDeleteOpt(func(o *kvDeleteOpts) error {
		o.revision = revision
		return nil
	})
}

// PurgeTTL removes the marker of a purge after that time. The bucket has to allow it, see
// [KeyValueConfig].LimitMarkerTTL. Delete refuses it with [ErrTTLOnDeleteNotSupported]. 0
// or less: the marker stays.
func PurgeTTL(ttl time.Duration) KVDeleteOpt {
	return kvDeleteOpt(func(o *kvDeleteOpts) error {
		o.ttl = ttl
		return nil
	})
}

// KVPurgeOpt is an option of KeyValue.PurgeDeletes.
type KVPurgeOpt interface{ configurePurge(*kvPurgeOpts) error }

type kvPurgeOpts struct{ olderThan time.Duration }

// DeleteMarkersOlderThan is how old a marker must be for PurgeDeletes to remove it along
// with the values below it; of a younger one the values alone are removed. 0 is the
// default, 30 minutes; with a negative one every marker goes.
type DeleteMarkersOlderThan time.Duration

func (d DeleteMarkersOlderThan) configurePurge(o *kvPurgeOpts) error {
	o.olderThan = time.Duration(d)
	return nil
}

// kvOptions are the options of a JetStream that are for its key-value stores.
type kvOptions struct {
	monotonic bool
	plain     bool
}

// WithMonotonicReads makes each [KeyValue] remember which revisions it wrote and saw: a
// read that gives an older one, as a server can that lags behind, is asked again, of the
// bucket's leader. It costs a map of up to 8,192 keys for each KeyValue, and a second
// request where a read is in doubt. A mirror lags by its nature: there what was seen
// counts, and not what was written.
func WithMonotonicReads() JetStreamOpt {
	return func(o *JetStreamOptions) error {
		o.kv.monotonic = true
		return nil
	}
}

// WithoutWriteIDs leaves the header KV-Write-Id away from the writes of key-value stores
// that depend on a revision: Create, Update, and Delete and Purge with [LastRevision]. By
// it a writer recognises its own write: one whose answer is lost is sent again, and ends
// with its true outcome. Without it such a write ends with the context, and it isn't known
// whether it is stored. It costs some 40 bytes a value.
func WithoutWriteIDs() JetStreamOpt {
	return func(o *JetStreamOptions) error {
		o.kv.plain = true
		return nil
	}
}

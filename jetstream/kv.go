package jetstream

import (
	"context"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/js/kv"
)

const (
	// KeyValueMaxHistory is how many values of a key a bucket keeps at most.
	KeyValueMaxHistory = kv.MaxHistory
	// AllKeys is the pattern of all keys.
	AllKeys = kv.All
)

// KeyValueOp is what an entry did to its key.
type KeyValueOp uint8

// The operations.
const (
	// KeyValuePut wrote a value,
	KeyValuePut KeyValueOp = iota
	// KeyValueDelete deleted the key; earlier values may still be in its history,
	KeyValueDelete
	// KeyValuePurge removed the key with its history.
	KeyValuePurge
)

// String names the operation.
func (op KeyValueOp) String() string {
	switch op {
	case KeyValuePut:
		return "KeyValuePutOp"
	case KeyValueDelete:
		return "KeyValueDeleteOp"
	case KeyValuePurge:
		return "KeyValuePurgeOp"
	}
	return "Unknown Operation"
}

// KeyValue is one bucket of keys with values. It is safe for concurrent use, and needs no
// closing.
//
// A key has letters, digits and the signs -/_=. with no dot at either end; all methods
// refuse others with [ErrInvalidKey]. Where keys can be chosen by a pattern, * stands for
// one token between dots, and > at the end for the rest.
//
// Errors of all methods that ask the server: [nats.ErrNoResponders] and
// [ErrNoStreamResponse] when nobody answers for the bucket, the context's, and an
// [APIError] for whatever else the server has against it. A context without a deadline
// gets the default timeout, but for watches and lists.
type KeyValue interface {
	// Get reads the last value of a key. [ErrKeyNotFound] says that there is none, or that
	// it was deleted. Any server with a copy may answer, which may not have the newest
	// value yet; see [WithMonotonicReads].
	Get(ctx context.Context, key string) (KeyValueEntry, error)
	// GetRevision reads a value that the bucket still has, by its revision, or returns
	// [ErrKeyNotFound].
	GetRevision(ctx context.Context, key string, revision uint64) (KeyValueEntry, error)
	// Put writes a value, whatever is there, and returns its revision. When the connection
	// is lost meanwhile, or no answer comes, it isn't known whether it is written: after
	// the context's error it may be, or be written later.
	Put(ctx context.Context, key string, value []byte) (uint64, error)
	// PutString is Put of a string.
	PutString(ctx context.Context, key string, value string) (uint64, error)
	// Create writes a value if the key has none, or was deleted, and returns its revision;
	// [ErrKeyExists] says that it has one. Whoever deletes the key meanwhile doesn't make
	// it fail. It is sent again when the connection or the answer is lost, and ends with
	// its true outcome, see [WithoutWriteIDs]. An error that is [nats.ErrInDoubt], too,
	// says that it may have been written, and replaced since; after the context's it may
	// be written, too.
	Create(ctx context.Context, key string, value []byte, opts ...KVCreateOpt) (uint64, error)
	// Update writes a value if revision is the key's last one; 0: it has none. It returns
	// the new revision, or [ErrKeyRevisionMismatch]. As Create it ends with its true
	// outcome, unless time is up first.
	Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
	// Delete marks the key as deleted. What was there before stays in its history. With
	// [LastRevision] it may return [ErrKeyRevisionMismatch].
	Delete(ctx context.Context, key string, opts ...KVDeleteOpt) error
	// Purge marks the key as purged and removes what was there before. With
	// [LastRevision] it may return [ErrKeyRevisionMismatch].
	Purge(ctx context.Context, key string, opts ...KVDeleteOpt) error
	// Watch gives the last value of each key that matches the pattern, then nil, and then
	// every update, until it is stopped or the context is done, see [KeyWatcher].
	Watch(ctx context.Context, keys string, opts ...WatchOpt) (KeyWatcher, error)
	// WatchAll is Watch of all keys.
	WatchAll(ctx context.Context, opts ...WatchOpt) (KeyWatcher, error)
	// WatchFiltered is Watch of keys that match one of several patterns, which must not
	// overlap; none: all keys.
	WatchFiltered(ctx context.Context, keys []string, opts ...WatchOpt) (KeyWatcher, error)
	// Keys are all keys, each once, sorted. [ErrNoKeysFound] says that there are none. The list is
	// whole, or there is an error.
	Keys(ctx context.Context, opts ...WatchOpt) ([]string, error)
	// ListKeys gives all keys by a channel, see [KeyLister].
	ListKeys(ctx context.Context, opts ...WatchOpt) (KeyLister, error)
	// ListKeysFiltered gives the keys that match one of several patterns; none: all.
	ListKeysFiltered(ctx context.Context, filters ...string) (KeyLister, error)
	// History is all that the bucket has of a key, the oldest first, or of the keys that
	// match a pattern. [ErrKeyNotFound] says that it has nothing. The list is whole, or
	// there is an error.
	History(ctx context.Context, key string, opts ...WatchOpt) ([]KeyValueEntry, error)
	// Bucket is the bucket's name.
	Bucket() string
	// PurgeDeletes removes what is below markers of deleted and purged keys, and the
	// markers that are old enough, see [DeleteMarkersOlderThan]. What is written meanwhile
	// stays.
	PurgeDeletes(ctx context.Context, opts ...KVPurgeOpt) error
	// Status asks for the bucket's state and configuration.
	Status(ctx context.Context) (KeyValueStatus, error)
}

// KeyValueEntry is a value, or a marker, of a key.
type KeyValueEntry interface {
	// Bucket is the bucket's name.
	Bucket() string
	// Key is the key.
	Key() string
	// Value is the value; empty with [MetaOnly], and of a marker.
	Value() []byte
	// Revision is its number in the bucket: one number for all keys.
	Revision() uint64
	// Created is when it was written.
	Created() time.Time
	// Delta is how many entries of the watch or list are behind it, as the server knew
	// when it sent it; 0 for Get.
	Delta() uint64
	// Operation is what it did to the key.
	Operation() KeyValueOp
}

// KeyWatcher gives the entries of a watch. It goes on by itself over lost connections,
// changes of leaders and restarts of servers, and neither loses an update that the bucket
// still has nor gives one twice. A bucket that was made anew meanwhile, or whose messages
// are gone with the memory of its server, it gives from its beginning.
//
// Entries come in the order of their revisions. After a loss in the middle of the last
// values, which are asked for again then, one of another key may come behind a higher one.
//
// A watch with [UpdatesOnly] has no nil. A program that is slow makes the server wait, which
// sends up to 32 MiB ahead.
type KeyWatcher interface {
	// Updates gives the entries, and nil behind the last that was there when the watch
	// began. It is closed when the watch ends: after Stop, with its context, with the
	// connection, and when the bucket is gone. Which of them it was says
	// WatchError in package jetstreamext.
	Updates() <-chan KeyValueEntry
	// Stop ends it. [nats.ErrBadSubscription] says that it had ended,
	// [nats.ErrConnectionClosed] that it had with the connection.
	Stop() error
}

// KeyLister gives the keys of a bucket.
type KeyLister interface {
	// Keys gives each key once, and is closed behind the last, or when the list ends
	// earlier.
	Keys() <-chan string
	// Stop ends it. Behind the end of Keys it says why the list isn't whole; nil: it is.
	Stop() error
}

type keyValueEntry struct {
	bucket, key string
	value       []byte
	revision    uint64
	created     time.Time
	delta       uint64
	op          KeyValueOp
}

func (e *keyValueEntry) Bucket() string        { return e.bucket }
func (e *keyValueEntry) Key() string           { return e.key }
func (e *keyValueEntry) Value() []byte         { return e.value }
func (e *keyValueEntry) Revision() uint64      { return e.revision }
func (e *keyValueEntry) Created() time.Time    { return e.created }
func (e *keyValueEntry) Delta() uint64         { return e.delta }
func (e *keyValueEntry) Operation() KeyValueOp { return e.op }

// keyValue is a bucket.
type keyValue struct {
	js     *jetStream
	bucket string
	space  kv.Space
	stream *stream
	mirror bool
	floors *floors // nil: they aren't kept
}

func (js *jetStream) bucket(s *stream) (*keyValue, error) {
	cfg := &s.CachedInfo().Config
	bucket, ok := kv.Bucket(cfg.Name)
	if !ok || cfg.MaxMsgsPerSubject < 1 {
		return nil, ErrBadBucket
	}
	b := &keyValue{js: js, bucket: bucket, stream: s, mirror: cfg.Mirror != nil}
	var m kv.Mirrored
	if cfg.Mirror != nil {
		m.Stream = cfg.Mirror.Name
		if x := cfg.Mirror.External; x != nil {
			m.APIPrefix = x.APIPrefix
		}
	}
	b.space = kv.SpaceOf(bucket, m, js.api.NotDefault())
	if js.opts.kv.monotonic {
		b.floors = newFloors()
	}
	return b, nil
}

func (b *keyValue) Bucket() string { return b.bucket }

func checkBucket(name string) error {
	if !kv.ValidBucket(name) {
		return ErrInvalidBucketName
	}
	return nil
}

// checkPattern is for keys with wildcards.
func checkPattern(pattern string) error {
	if !kv.ValidPattern(pattern) {
		return fmt.Errorf("%w: %q", ErrInvalidKey, pattern)
	}
	return nil
}

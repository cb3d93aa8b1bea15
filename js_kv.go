package nats

import (
	"context"
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

// KeyValueManager makes, finds and removes buckets.
type KeyValueManager interface {
	// KeyValue finds a bucket, or returns [ErrBucketNotFound]. [ErrInvalidBucketName] says
	// that none can have the name, [ErrBadBucket] that its stream isn't a bucket's.
	KeyValue(bucket string) (KeyValue, error)
	// CreateKeyValue makes a bucket. One that is there already with the same configuration
	// is fine; with another it is [ErrStreamNameAlreadyInUse]. [ErrHistoryToLarge] and
	// [ErrKeyValueConfigRequired] say what can't be.
	CreateKeyValue(cfg *KeyValueConfig) (KeyValue, error)
	// DeleteKeyValue removes a bucket with all that is in it, or returns
	// [ErrStreamNotFound]. Watches of it end.
	DeleteKeyValue(bucket string) error
	// KeyValueStoreNames gives the names of all buckets that aren't mirrors, or none when
	// they can't be had as a whole; the error handler is told why.
	KeyValueStoreNames() <-chan string
	// KeyValueStores gives the same buckets' states.
	KeyValueStores() <-chan KeyValueStatus
}

// KeyValue is one bucket of keys with values. It is safe for concurrent use, and needs no
// closing.
//
// A key has letters, digits and the signs -/_=. with no dot at either end nor
// two in a row; all methods refuse others with [ErrInvalidKey]. Where keys can be chosen by a pattern, * stands for
// one token between dots, and > at the end for the rest.
//
// Calls are bounded as [Conn.JetStream] says, by [MaxWait] or [Context], and by 5 s without
// either: [ErrTimeout]. [ErrNoResponders] and [ErrNoStreamResponse] say that nobody answers
// for the bucket, an [APIError] whatever else the server has against it.
type KeyValue interface {
	// Get reads the last value of a key. [ErrKeyNotFound] says that there is none, or that
	// it was deleted. Any server with a copy may answer, which may not have the newest
	// value yet.
	Get(key string) (entry KeyValueEntry, err error)
	// GetRevision reads a value that the bucket still has, by its revision, or returns
	// [ErrKeyNotFound]. 0 is the last one.
	GetRevision(key string, revision uint64) (entry KeyValueEntry, err error)
	// Put writes a value, whatever is there, and returns its revision. When the connection
	// is lost meanwhile, or no answer comes, it isn't known whether it is written: after
	// [ErrTimeout] and the context's error it may be, or be written later.
	Put(key string, value []byte) (revision uint64, err error)
	// PutString is Put of a string.
	PutString(key string, value string) (revision uint64, err error)
	// Create writes a value if the key has none, or was deleted, and returns its revision;
	// [ErrKeyExists] says that it has one. It is sent again when the connection or the
	// answer is lost, and ends with its true outcome. An error that is [ErrInDoubt], too,
	// says that it may have been written, and replaced since; after [ErrTimeout] and the
	// context's it may be written, too.
	Create(key string, value []byte) (revision uint64, err error)
	// Update writes a value if last is the key's last revision; 0: it has none. It returns
	// the new revision, or [ErrKeyRevisionMismatch]. As Create it ends with its true
	// outcome, unless time is up first.
	Update(key string, value []byte, last uint64) (revision uint64, err error)
	// Delete marks the key as deleted. What was there before stays in its history. With
	// [LastRevision] it may return [ErrKeyRevisionMismatch].
	Delete(key string, opts ...DeleteOpt) error
	// Purge marks the key as purged and removes what was there before. With
	// [LastRevision] it may return [ErrKeyRevisionMismatch].
	Purge(key string, opts ...DeleteOpt) error
	// Watch gives the last value of each key that matches the pattern, then nil, and then
	// every update, until it is stopped or its [Context] is done, see [KeyWatcher].
	Watch(keys string, opts ...WatchOpt) (KeyWatcher, error)
	// WatchAll is Watch of all keys.
	WatchAll(opts ...WatchOpt) (KeyWatcher, error)
	// WatchFiltered is Watch of keys that match one of several patterns, which must not
	// overlap; none: all keys.
	WatchFiltered(keys []string, opts ...WatchOpt) (KeyWatcher, error)
	// Keys are all keys, each once. [ErrNoKeysFound] says that there are none. The list is
	// whole, or there is an error.
	Keys(opts ...WatchOpt) ([]string, error)
	// ListKeys gives all keys by a channel, see [KeyLister].
	ListKeys(opts ...WatchOpt) (KeyLister, error)
	// History is all that the bucket has of a key, the oldest first, or of the keys that
	// match a pattern. [ErrKeyNotFound] says that it has nothing. The list is whole, or
	// there is an error.
	History(key string, opts ...WatchOpt) ([]KeyValueEntry, error)
	// Bucket is the bucket's name.
	Bucket() string
	// PurgeDeletes removes what is below markers of deleted and purged keys, and the
	// markers that are old enough, see [DeleteMarkersOlderThan]. What is written meanwhile
	// stays.
	PurgeDeletes(opts ...PurgeOpt) error
	// Status asks for the bucket's state and configuration.
	Status() (KeyValueStatus, error)
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
// A watch with [UpdatesOnly] has no nil. A program that is slow holds the server back.
type KeyWatcher interface {
	// Context is the one that [Context] gave the watch; nil: none.
	Context() context.Context
	// Updates gives the entries, and nil behind the last that was there when the watch
	// began. It is closed when the watch ends: after Stop, with its context, with the
	// connection, and when the bucket is gone.
	Updates() <-chan KeyValueEntry
	// Stop ends it. [ErrBadSubscription] says that it had ended, [ErrConnectionClosed]
	// that it had with the connection.
	Stop() error
	// Error gives why the watch ended, if it wasn't stopped, and is closed with it.
	Error() <-chan error
}

// KeyLister gives the keys of a bucket.
type KeyLister interface {
	// Keys gives each key once, and is closed behind the last, or when the list ends
	// earlier.
	Keys() <-chan string
	// Stop ends it.
	Stop() error
	// Error gives why the list isn't whole, and is closed with it.
	Error() <-chan error
}

type kvEntry struct {
	bucket, key string
	value       []byte
	revision    uint64
	created     time.Time
	delta       uint64
	op          KeyValueOp
}

func (e *kvEntry) Bucket() string        { return e.bucket }
func (e *kvEntry) Key() string           { return e.key }
func (e *kvEntry) Value() []byte         { return e.value }
func (e *kvEntry) Revision() uint64      { return e.revision }
func (e *kvEntry) Created() time.Time    { return e.created }
func (e *kvEntry) Delta() uint64         { return e.delta }
func (e *kvEntry) Operation() KeyValueOp { return e.op }

package nats

import "errors"

// What key-value stores have against what is asked of them.
var (
	// ErrKeyValueConfigRequired: a bucket can't be made without a configuration.
	ErrKeyValueConfigRequired = errors.New("nats: config required")
	// ErrInvalidBucketName: a bucket's name has letters, digits, - and _ alone, and one at least.
	ErrInvalidBucketName = errors.New("nats: invalid bucket name")
	// ErrInvalidKey: a key has letters, digits and -/_=. alone, one at least, and no dot at either end.
	ErrInvalidKey = errors.New("nats: invalid key")
	// ErrBucketNotFound: there is no such bucket.
	ErrBucketNotFound = errors.New("nats: bucket not found")
	// ErrBadBucket: the stream of that name isn't a bucket's.
	ErrBadBucket = errors.New("nats: bucket not valid key-value store")
	// ErrKeyNotFound: there is no such key, or it was deleted, or has no such revision.
	ErrKeyNotFound = errors.New("nats: key not found")
	// ErrKeyDeleted: the key was deleted.
	ErrKeyDeleted = errors.New("nats: key was deleted")
	// ErrHistoryToLarge: a bucket keeps at most [KeyValueMaxHistory] values of a key.
	ErrHistoryToLarge = errors.New("nats: history limited to a max of 64")
	// ErrNoKeysFound: there are no keys.
	ErrNoKeysFound = errors.New("nats: no keys found")
	// ErrKeyWatcherTimeout: a list waited too long for what is there.
	ErrKeyWatcherTimeout = errors.New("nats: key watcher timed out waiting for initial keys")
)

var (
	// ErrKeyExists: there is a value to be created already. It is equal, for errors.Is, to
	// every error with code 10071, which conflicts of revisions have too where a bucket
	// isn't replicated: ask for those with [ErrKeyRevisionMismatch].
	ErrKeyExists JetStreamError = &jsError{apiErr: &APIError{Code: 400, ErrorCode: JSErrCodeStreamWrongLastSequence}, message: "key exists"}
	// ErrKeyRevisionMismatch: the key's last revision isn't the expected one. Nothing was written.
	ErrKeyRevisionMismatch JetStreamError = &jsError{message: "key revision mismatch"}
)

// keyTaken is what the server said of a key that has a value, and [ErrKeyExists]. Its text is
// nats.go's, which programs compare.
type keyTaken struct{ said error }

func (e keyTaken) Error() string   { return e.said.Error() + ": key exists" }
func (e keyTaken) Unwrap() []error { return []error{e.said, ErrKeyExists} }

package jetstream

// What key-value stores have against what is asked of them.
var (
	// ErrBadBucket: the stream of that name isn't a bucket's.
	ErrBadBucket JetStreamError = &jsError{message: "bucket not valid key-value store"}
	// ErrHistoryTooLarge: a bucket keeps at most [KeyValueMaxHistory] values of a key.
	ErrHistoryTooLarge JetStreamError = &jsError{message: "history limited to a max of 64"}
	// ErrInvalidBucketName: a bucket's name has letters, digits, - and _ alone, and one at least.
	ErrInvalidBucketName JetStreamError = &jsError{message: "invalid bucket name"}
	// ErrInvalidKey: a key has letters, digits and -/_=. alone, one at least, and no dot at either end.
	ErrInvalidKey JetStreamError = &jsError{message: "invalid key"}
	// ErrKeyDeleted: the key was deleted.
	ErrKeyDeleted JetStreamError = &jsError{message: "key was deleted"}
	// ErrKeyExists: there is a value to be created already. It is equal, for errors.Is, to
	// every error with code 10071, which conflicts of revisions have too where a bucket
	// isn't replicated: ask for those with [ErrKeyRevisionMismatch].
	ErrKeyExists JetStreamError = &jsError{apiErr: &APIError{Code: 400, ErrorCode: JSErrCodeStreamWrongLastSequence}, message: "key exists"}
	// ErrKeyNotFound: there is no such key, or it was deleted, or has no such revision.
	ErrKeyNotFound JetStreamError = &jsError{message: "key not found"}
	// ErrKeyRevisionMismatch: the key's last revision isn't the expected one. Nothing was written.
	ErrKeyRevisionMismatch JetStreamError = &jsError{message: "key revision mismatch"}
	// ErrKeyValueConfigRequired: a bucket can't be made without a configuration.
	ErrKeyValueConfigRequired JetStreamError = &jsError{message: "config required"}
	// ErrLimitMarkerTTLNotSupported: the server doesn't know [KeyValueConfig].LimitMarkerTTL.
	ErrLimitMarkerTTLNotSupported JetStreamError = &jsError{message: "limit marker TTLs not supported by server"}
	// ErrNoKeysFound: there are no keys.
	ErrNoKeysFound JetStreamError = &jsError{message: "no keys found"}
	// ErrTTLOnDeleteNotSupported: [PurgeTTL] is for Purge.
	ErrTTLOnDeleteNotSupported JetStreamError = &jsError{message: "TTL is not supported on delete"}
)

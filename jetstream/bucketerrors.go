package jetstream

// What key-value and object stores say alike.
var (
	// ErrBucketExists: a bucket of that name is there already, with another configuration.
	ErrBucketExists JetStreamError = &jsError{message: "bucket name already in use"}
	// ErrBucketMalformed: what was given as a bucket isn't one of this package.
	ErrBucketMalformed JetStreamError = &jsError{message: "bucket malformed"}
	// ErrBucketNotFound: there is no such bucket.
	ErrBucketNotFound JetStreamError = &jsError{message: "bucket not found"}
	// ErrBucketRequired: no bucket was given.
	ErrBucketRequired JetStreamError = &jsError{message: "bucket required"}
)

package nats

import (
	"errors"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/objectstore"
)

// What object stores have against what is asked of them.
var (
	// ErrObjectConfigRequired: an object store needs a configuration.
	ErrObjectConfigRequired = errors.New("nats: object-store config required")
	// ErrBadObjectMeta: what is to be said of an object can't be; it has no name.
	ErrBadObjectMeta = errors.New("nats: object-store meta information invalid")
	// ErrObjectNotFound: the store has no such object, or it is deleted.
	ErrObjectNotFound = errors.New("nats: object not found")
	// ErrInvalidStoreName: an object store's name is empty, or has other characters than
	// letters, digits, _ and -.
	ErrInvalidStoreName = errors.New("nats: invalid object-store name")
	// ErrDigestMismatch: the bytes that came aren't those that were stored, or some are
	// missing.
	ErrDigestMismatch = errors.New("nats: received a corrupt object, digests do not match")
	// ErrInvalidDigestFormat: a digest isn't of the form SHA-256=….
	ErrInvalidDigestFormat = errors.New("nats: object digest hash has invalid format")
	// ErrNoObjectsFound: the store has none.
	ErrNoObjectsFound = errors.New("nats: no objects found")
	// ErrObjectAlreadyExists: an object that is no link has the name.
	ErrObjectAlreadyExists = errors.New("nats: an object already exists with that name")
	// ErrNameRequired: a name is needed.
	ErrNameRequired = errors.New("nats: name is required")
	// ErrNeeds262: the server is too old for object stores. Nothing returns it.
	ErrNeeds262 = errors.New("nats: object-store requires at least server version 2.6.2")
	// ErrLinkNotAllowed: Put was given a link; that is what AddLink is for.
	ErrLinkNotAllowed = errors.New("nats: link cannot be set when putting the object in bucket")
	// ErrObjectRequired: no object was given.
	ErrObjectRequired = errors.New("nats: object required")
	// ErrNoLinkToDeleted: the object to be linked to is deleted.
	ErrNoLinkToDeleted = errors.New("nats: not allowed to link to a deleted object")
	// ErrNoLinkToLink: the object to be linked to is a link itself.
	ErrNoLinkToLink = errors.New("nats: not allowed to link to another link")
	// ErrCantGetBucket: the object is a link to a bucket, which can't be read.
	ErrCantGetBucket = errors.New("nats: invalid Get, object is a link to a bucket")
	// ErrBucketRequired: no bucket was given.
	ErrBucketRequired = errors.New("nats: bucket required")
	// ErrBucketMalformed: what was given as a bucket isn't one of this package.
	ErrBucketMalformed = errors.New("nats: bucket malformed")
	// ErrUpdateMetaDeleted: there is no such object, or it is deleted, so that nothing
	// can be said of it.
	ErrUpdateMetaDeleted = errors.New("nats: cannot update meta for a deleted object")
)

// objectErrors are those that package objectstore returns.
var objectErrors = objectstore.Errors{
	BadMeta: ErrBadObjectMeta, CantGetBucket: ErrCantGetBucket, DigestMismatch: ErrDigestMismatch, LinkNotAllowed: ErrLinkNotAllowed,
	NameRequired: ErrNameRequired, NoLinkToDeleted: ErrNoLinkToDeleted, NoLinkToLink: ErrNoLinkToLink, AlreadyExists: ErrObjectAlreadyExists,
	NotFound: ErrObjectNotFound, ObjectRequired: ErrObjectRequired, UpdateDeleted: ErrUpdateMetaDeleted,
	NoMessage: ErrMsgNotFound, NoStream: ErrStreamNotFound, NoStreamResponse: ErrNoStreamResponse, InvalidAck: ErrInvalidJSAck,
	InDoubt: ErrInDoubt, MaxPayload: ErrMaxPayload, Timeout: ErrTimeout, Closed: ErrConnectionClosed,
	NoRoom:  []error{ErrReconnectBufExceeded, ErrOutboundFull},
	Passing: []error{ErrNoResponders, ErrDisconnected},
	Final:   []error{ErrMaxPayload, ErrHeadersNotSupported, ErrConnectionClosed, ErrConnectionDraining},
	Codes: func(err error) (code, errCode int, ok bool) {
		var e *APIError
		if !errors.As(err, &e) {
			return 0, 0, false
		}
		return e.Code, int(e.ErrorCode), true
	},
	Refused: func(e *api.Error) error { return apiErrorOf(e) },
}

package jetstream

import (
	"errors"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/objectstore"
)

// Errors of object stores.
var (
	// ErrBadObjectMeta: what is to be said of an object can't be; it has no name.
	ErrBadObjectMeta JetStreamError = &jsError{message: "object-store meta information invalid"}
	// ErrCantGetBucket: the object is a link to a bucket, which can't be read.
	ErrCantGetBucket JetStreamError = &jsError{message: "invalid Get, object is a link to a bucket"}
	// ErrDigestMismatch: the bytes that came aren't those that were stored, or some are
	// missing.
	ErrDigestMismatch JetStreamError = &jsError{message: "received a corrupt object, digests do not match"}
	// ErrInvalidDigestFormat: a digest isn't of the form SHA-256=….
	ErrInvalidDigestFormat JetStreamError = &jsError{message: "object digest hash has invalid format"}
	// ErrInvalidStoreName: an object store's name is empty, or has other characters than
	// letters, digits, _ and -.
	ErrInvalidStoreName JetStreamError = &jsError{message: "invalid object-store name"}
	// ErrLinkNotAllowed: Put was given a link; that is what AddLink is for.
	ErrLinkNotAllowed JetStreamError = &jsError{message: "link cannot be set when putting the object in bucket"}
	// ErrNoLinkToDeleted: the object to be linked to is deleted.
	ErrNoLinkToDeleted JetStreamError = &jsError{message: "not allowed to link to a deleted object"}
	// ErrNoLinkToLink: the object to be linked to is a link itself.
	ErrNoLinkToLink JetStreamError = &jsError{message: "not allowed to link to another link"}
	// ErrNoObjectsFound: the store has none.
	ErrNoObjectsFound JetStreamError = &jsError{message: "no objects found"}
	// ErrObjectAlreadyExists: an object that is no link has the name.
	ErrObjectAlreadyExists JetStreamError = &jsError{message: "an object already exists with that name"}
	// ErrObjectConfigRequired: an object store needs a configuration.
	ErrObjectConfigRequired JetStreamError = &jsError{message: "object-store config required"}
	// ErrObjectNotFound: the store has no such object, or it is deleted.
	ErrObjectNotFound JetStreamError = &jsError{message: "object not found"}
	// ErrObjectRequired: no object was given.
	ErrObjectRequired = &jsError{message: "object required"}
	// ErrUpdateMetaDeleted: there is no such object, or it is deleted, so that nothing
	// can be said of it.
	ErrUpdateMetaDeleted JetStreamError = &jsError{message: "cannot update meta for a deleted object"}
)

// objectErrors are those that package objectstore returns.
var objectErrors = objectstore.Errors{
	BadMeta: ErrBadObjectMeta, CantGetBucket: ErrCantGetBucket, DigestMismatch: ErrDigestMismatch, LinkNotAllowed: ErrLinkNotAllowed,
	NameRequired: ErrNameRequired, NoLinkToDeleted: ErrNoLinkToDeleted, NoLinkToLink: ErrNoLinkToLink, AlreadyExists: ErrObjectAlreadyExists,
	NotFound: ErrObjectNotFound, ObjectRequired: ErrObjectRequired, UpdateDeleted: ErrUpdateMetaDeleted,
	NoMessage: ErrMsgNotFound, NoStream: ErrStreamNotFound, NoStreamResponse: ErrNoStreamResponse, InvalidAck: ErrInvalidJSAck,
	InDoubt: nats.ErrInDoubt, MaxPayload: nats.ErrMaxPayload, Timeout: nats.ErrTimeout, Closed: nats.ErrConnectionClosed,
	NoRoom:  []error{nats.ErrReconnectBufExceeded, nats.ErrOutboundFull},
	Passing: []error{nats.ErrNoResponders, nats.ErrDisconnected},
	Final:   []error{nats.ErrMaxPayload, nats.ErrHeadersNotSupported, nats.ErrConnectionClosed, nats.ErrConnectionDraining},
	Codes: func(err error) (code, errCode int, ok bool) {
		var e *APIError
		if !errors.As(err, &e) {
			return 0, 0, false
		}
		return e.Code, int(e.ErrorCode), true
	},
	Refused: func(e *api.Error) error { return apiErrorOf(e) },
}

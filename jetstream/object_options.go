package jetstream

import (
	"hash"

	"github.com/evernats/nats/internal/js/object"
)

// GetObjectOpt is an option of reading an object.
type GetObjectOpt func(opts *getObjectOpts) error

type getObjectOpts struct{ showDeleted bool }

// GetObjectShowDeleted makes a deleted object an empty one, not [ErrObjectNotFound].
func GetObjectShowDeleted() GetObjectOpt {
	return func(o *getObjectOpts) error {
		o.showDeleted = true
		return nil
	}
}

// GetObjectInfoOpt is an option of GetInfo.
type GetObjectInfoOpt func(opts *getObjectInfoOpts) error

type getObjectInfoOpts struct{ showDeleted bool }

// GetObjectInfoShowDeleted gives the info of a deleted object, not [ErrObjectNotFound].
func GetObjectInfoShowDeleted() GetObjectInfoOpt {
	return func(o *getObjectInfoOpts) error {
		o.showDeleted = true
		return nil
	}
}

// ListObjectsOpt is an option of List.
type ListObjectsOpt func(opts *listObjectOpts) error

type listObjectOpts struct{ showDeleted bool }

// ListObjectsShowDeleted lists deleted objects too.
func ListObjectsShowDeleted() ListObjectsOpt {
	return func(o *listObjectOpts) error {
		o.showDeleted = true
		return nil
	}
}

// GetObjectDigestValue is what [ObjectInfo].Digest says of the bytes that were written
// to a SHA-256.
func GetObjectDigestValue(data hash.Hash) string { return object.DigestText(data) }

// DecodeObjectDigest gives the sum that [ObjectInfo].Digest says.
//
// Errors: [ErrInvalidDigestFormat], and those of decoding base64.
func DecodeObjectDigest(data string) ([]byte, error) {
	sum, ok, err := object.ParseDigest(data)
	if !ok {
		return nil, ErrInvalidDigestFormat
	}
	if err != nil {
		return nil, err
	}
	return sum, nil
}

package nats

import (
	"context"
	"hash"

	"github.com/evernats/nats/internal/js/object"
)

// ObjectOpt is an option of storing objects and of listing buckets: a [Context].
type ObjectOpt interface {
	configureObject(opts *objectOpts) error
}

// GetObjectOpt is an option of reading an object: [GetObjectShowDeleted], or a [Context].
type GetObjectOpt interface {
	configureGetObject(opts *objectOpts) error
}

// GetObjectInfoOpt is an option of GetInfo: [GetObjectInfoShowDeleted], or a [Context].
type GetObjectInfoOpt interface {
	configureGetInfo(opts *objectOpts) error
}

// ListObjectsOpt is an option of List: [ListObjectsShowDeleted], or a [Context].
type ListObjectsOpt interface {
	configureListObjects(opts *objectOpts) error
}

// objectOpts are those of one call.
type objectOpts struct {
	ctx         context.Context
	showDeleted bool
}

func (ctx ContextOpt) configureObject(o *objectOpts) error      { return o.within(ctx) }
func (ctx ContextOpt) configureGetObject(o *objectOpts) error   { return o.within(ctx) }
func (ctx ContextOpt) configureGetInfo(o *objectOpts) error     { return o.within(ctx) }
func (ctx ContextOpt) configureListObjects(o *objectOpts) error { return o.within(ctx) }

func (o *objectOpts) within(ctx ContextOpt) error {
	o.ctx = ctx.Context
	return nil
}

// objectShowDeleted is what shows deleted objects, wherever it is an option.
type objectShowDeleted struct{}

func (objectShowDeleted) configureGetObject(o *objectOpts) error   { return o.deletedToo() }
func (objectShowDeleted) configureGetInfo(o *objectOpts) error     { return o.deletedToo() }
func (objectShowDeleted) configureListObjects(o *objectOpts) error { return o.deletedToo() }

func (o *objectOpts) deletedToo() error {
	o.showDeleted = true
	return nil
}

// GetObjectShowDeleted makes a deleted object an empty one, not [ErrObjectNotFound].
func GetObjectShowDeleted() GetObjectOpt { return objectShowDeleted{} }

// GetObjectInfoShowDeleted gives the info of a deleted object, not [ErrObjectNotFound].
func GetObjectInfoShowDeleted() GetObjectInfoOpt { return objectShowDeleted{} }

// ListObjectsShowDeleted lists deleted objects too.
func ListObjectsShowDeleted() ListObjectsOpt { return objectShowDeleted{} }

// objectCall is the options of one call of a bucket's.
func objectCall[O comparable](js *jsContext, opts []O, configure func(O, *objectOpts) error) (o objectOpts, err error) {
	var none O
	for _, opt := range opts {
		if opt != none {
			if err := configure(opt, &o); err != nil {
				return o, err
			}
		}
	}
	if o.ctx == nil {
		o.ctx = js.context()
	}
	return o, nil
}

// context is that of calls without one.
func (js *jsContext) context() context.Context {
	if js.opts.ctx != nil {
		return js.opts.ctx
	}
	return context.Background()
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

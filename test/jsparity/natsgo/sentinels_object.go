package scenarios

import (
	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func objectSentinels() []env.Sentinel {
	return []env.Sentinel{
		{Name: "ErrBadObjectMeta", Err: jetstream.ErrBadObjectMeta},
		{Name: "ErrCantGetBucket", Err: jetstream.ErrCantGetBucket},
		{Name: "ErrDigestMismatch", Err: jetstream.ErrDigestMismatch},
		{Name: "ErrInvalidDigestFormat", Err: jetstream.ErrInvalidDigestFormat},
		{Name: "ErrInvalidStoreName", Err: jetstream.ErrInvalidStoreName},
		{Name: "ErrLinkNotAllowed", Err: jetstream.ErrLinkNotAllowed},
		{Name: "ErrNoLinkToDeleted", Err: jetstream.ErrNoLinkToDeleted},
		{Name: "ErrNoLinkToLink", Err: jetstream.ErrNoLinkToLink},
		{Name: "ErrNoObjectsFound", Err: jetstream.ErrNoObjectsFound},
		{Name: "ErrObjectAlreadyExists", Err: jetstream.ErrObjectAlreadyExists},
		{Name: "ErrObjectConfigRequired", Err: jetstream.ErrObjectConfigRequired},
		{Name: "ErrObjectNotFound", Err: jetstream.ErrObjectNotFound},
		{Name: "ErrObjectRequired", Err: jetstream.ErrObjectRequired},
		{Name: "ErrUpdateMetaDeleted", Err: jetstream.ErrUpdateMetaDeleted},
		{Name: "ErrBucketExists", Err: jetstream.ErrBucketExists},
		{Name: "ErrBucketNotFound", Err: jetstream.ErrBucketNotFound},
		{Name: "ErrBucketRequired", Err: jetstream.ErrBucketRequired},
		{Name: "ErrBucketMalformed", Err: jetstream.ErrBucketMalformed},
	}
}

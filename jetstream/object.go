package jetstream

import (
	"context"
	"io"
	"time"

	"github.com/evernats/nats"
)

// ObjectStore is one bucket of objects of any size. It is safe for concurrent use.
//
// Errors of all its methods: [nats.ErrNoResponders] when nobody answers for the bucket,
// be it that it is gone or that its servers are, [ErrStreamNotFound] when a server knows
// that it is gone, [nats.ErrConnectionClosed], the context's, and an [APIError] for whatever else the server has against it.
//
// Without a deadline in the context Put and Get take as long as there is progress, and
// are given up when there is none for 30 s; other methods have the default timeout, see
// [WithDefaultTimeout].
type ObjectStore interface {
	// Put stores what the reader gives, to its end, as the object of that name, in
	// place of one that was there. A nil reader is an empty object.
	//
	// It is cut into chunks of [ObjectMetaOptions].ChunkSize bytes, of which at most
	// 5 MiB are on their way: a stream that is slow makes the reading slow. A chunk that
	// may be lost with its connection, or that the stream didn't take, is sent again, and
	// only when the stream has all of them in order the object is announced. Until then
	// the one that was there can be read.
	//
	// When it fails the one that was there stays, and the chunks are removed; where the
	// connection is away, that goes on in the background for up to two minutes. If it
	// can't be known whether the object was announced, the error is
	// [nats.ErrInDoubt] too, and nothing is removed.
	//
	// Errors: [ErrBadObjectMeta] when it has no name, [ErrLinkNotAllowed],
	// [nats.ErrMaxPayload] for chunks larger than the server takes, the reader's, and
	// [nats.ErrTimeout] when there is no progress.
	Put(ctx context.Context, obj ObjectMeta, reader io.Reader) (*ObjectInfo, error)
	// PutBytes is Put of bytes.
	PutBytes(ctx context.Context, name string, data []byte) (*ObjectInfo, error)
	// PutString is Put of a text.
	PutString(ctx context.Context, name string, data string) (*ObjectInfo, error)
	// PutFile is Put of a file; the object's name is the path as it was given.
	PutFile(ctx context.Context, file string) (*ObjectInfo, error)
	// Get reads an object, or what a link leads to. Close the result if it isn't read to
	// its end. The context holds for the reading too.
	//
	// Errors: [ErrObjectNotFound], [ErrNameRequired], [ErrCantGetBucket]; for those of
	// the reading see [ObjectResult].
	Get(ctx context.Context, name string, opts ...GetObjectOpt) (ObjectResult, error)
	// GetBytes reads a whole object into memory.
	GetBytes(ctx context.Context, name string, opts ...GetObjectOpt) ([]byte, error)
	// GetString is GetBytes as a text.
	GetString(ctx context.Context, name string, opts ...GetObjectOpt) (string, error)
	// GetFile reads an object into a file, which is made with mode 0600 or overwritten.
	// After an error the file may have a part of it.
	GetFile(ctx context.Context, name, file string, opts ...GetObjectOpt) error
	// GetInfo says what there is to say of an object; of a link, of the link itself.
	//
	// Errors: [ErrObjectNotFound], [ErrNameRequired].
	GetInfo(ctx context.Context, name string, opts ...GetObjectInfoOpt) (*ObjectInfo, error)
	// UpdateMeta changes an object's name, description, headers and metadata, all four.
	//
	// Errors: [ErrUpdateMetaDeleted] when there is no such object, [ErrNameRequired] for
	// an empty name, [ErrObjectAlreadyExists] when another has the new name.
	UpdateMeta(ctx context.Context, name string, meta ObjectMeta) error
	// Delete removes an object. That it was there stays known, see
	// [GetObjectInfoShowDeleted]. It deletes a link, not what it leads to.
	//
	// Errors: [ErrObjectNotFound], [ErrNameRequired].
	Delete(ctx context.Context, name string) error
	// AddLink makes a link to an object of this or another bucket of the account. One
	// that has the name is replaced if it is a link; an object isn't, even if it is
	// deleted.
	//
	// Errors: [ErrNameRequired], [ErrObjectRequired], [ErrNoLinkToDeleted],
	// [ErrNoLinkToLink], [ErrObjectAlreadyExists].
	AddLink(ctx context.Context, name string, obj *ObjectInfo) (*ObjectInfo, error)
	// AddBucketLink makes a link to a whole bucket.
	//
	// Errors: [ErrNameRequired], [ErrBucketRequired], [ErrBucketMalformed],
	// [ErrObjectAlreadyExists].
	AddBucketLink(ctx context.Context, name string, bucket ObjectStore) (*ObjectInfo, error)
	// Seal forbids every change of the bucket, for good.
	Seal(ctx context.Context) error
	// Watch tells of the objects that are there and of what changes. It ends with the
	// context, and has none of its deadline otherwise.
	Watch(ctx context.Context, opts ...WatchOpt) (ObjectWatcher, error)
	// List says what there is to say of all objects, or gives an error: never of a part
	// of them. [ErrNoObjectsFound] says that there is none.
	List(ctx context.Context, opts ...ListObjectsOpt) ([]*ObjectInfo, error)
	// Status asks how the bucket is.
	Status(ctx context.Context) (ObjectStoreStatus, error)
}

// ObjectWatcher is a Watch at work.
type ObjectWatcher interface {
	// Updates gives what is said of objects, each time it is said. A nil marks the end of
	// those that were there at the beginning; with [UpdatesOnly] there is none. Whoever
	// reads slowly loses nothing. It goes on over lost connections, changes of leaders
	// and restarts, and is closed behind Stop, and when the context, the bucket or the
	// connection ends.
	Updates() <-chan *ObjectInfo
	// Stop ends it. A second call is [nats.ErrBadSubscription].
	Stop() error
}

// ObjectResult is an object that is being read. It isn't safe for concurrent use.
type ObjectResult interface {
	// Read reads the object's bytes, in its order. At the end it is io.EOF, which says
	// that all are there and are those that were stored: their number, that of the chunks
	// and the digest.
	//
	// A connection that is lost, a change of the leader or a restart doesn't end it: it
	// goes on behind the last chunk. Whoever reads slowly makes the server wait.
	//
	// Errors: [ErrDigestMismatch] when the object isn't whole, for instance because it was
	// replaced meanwhile; the context's; [nats.ErrTimeout] when nothing comes for 30 s
	// and the context has no deadline; [ErrConnectionClosed].
	Read(p []byte) (n int, err error)
	// Close ends it. What isn't read yet isn't read any more.
	Close() error
	// Info is what there is to say of the object.
	Info() (*ObjectInfo, error)
	// Error is what the reading failed with; nil: it didn't.
	Error() error
}

// ObjectStoreConfig says what a bucket is. Zero is the default of each field.
type ObjectStoreConfig struct {
	// Bucket is its name, required: letters, digits, _ and -.
	Bucket string `json:"bucket"`
	// Description is a text for people.
	Description string `json:"description,omitempty"`
	// TTL is how long an object is kept; 0: for ever.
	TTL time.Duration `json:"max_age,omitempty"`
	// MaxBytes bounds the bytes of the bucket; 0 or less: no bound.
	MaxBytes int64 `json:"max_bytes,omitempty"`
	// Storage says where it is kept; in files by default.
	Storage StorageType `json:"storage,omitempty"`
	// Replicas is on how many servers, 1 to 5; 0 is 1.
	Replicas int `json:"num_replicas,omitempty"`
	// Placement says where in the system it is to be.
	Placement *Placement `json:"placement,omitempty"`
	// Compression has the server compress what it stores.
	Compression bool `json:"compression,omitempty"`
	// Metadata is the program's own.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// ObjectMeta is what a program says of an object.
type ObjectMeta struct {
	// Name is its name in the bucket, required. Any text may be one.
	Name string `json:"name"`
	// Description is a text for people.
	Description string `json:"description,omitempty"`
	// Headers are the program's own.
	Headers nats.Header `json:"headers,omitempty"`
	// Metadata is the program's own.
	Metadata map[string]string `json:"metadata,omitempty"`
	// Opts are options; nil for none.
	Opts *ObjectMetaOptions `json:"options,omitempty"`
}

// ObjectMetaOptions are options of an object.
type ObjectMetaOptions struct {
	// Link is what it leads to, if it is a link.
	Link *ObjectLink `json:"link,omitempty"`
	// ChunkSize is how many bytes its chunks have at most; 0 is 128 KiB.
	ChunkSize uint32 `json:"max_chunk_size,omitempty"`
}

// ObjectLink is what a link leads to.
type ObjectLink struct {
	// Bucket is the bucket.
	Bucket string `json:"bucket"`
	// Name is the object in it; empty: the whole bucket.
	Name string `json:"name,omitempty"`
}

// ObjectInfo is all there is to say of an object.
type ObjectInfo struct {
	ObjectMeta
	// Bucket is the bucket it is in.
	Bucket string `json:"bucket"`
	// NUID is what its chunks are stored under.
	NUID string `json:"nuid"`
	// Size is how many bytes it has.
	Size uint64 `json:"size"`
	// ModTime is when it was stored, or something was said of it last.
	ModTime time.Time `json:"mtime"`
	// Chunks is of how many chunks it is.
	Chunks uint32 `json:"chunks"`
	// Digest is the sum of its bytes, see [DecodeObjectDigest]; empty for one without a
	// reader, and for links.
	Digest string `json:"digest,omitempty"`
	// Deleted says that it was deleted.
	Deleted bool `json:"deleted,omitempty"`
}

package nats

import "io"

// ObjectStoreManager makes, finds and removes object stores.
//
// Errors are those of [JetStreamManager], too.
type ObjectStoreManager interface {
	// ObjectStore finds a bucket, or returns [ErrStreamNotFound]. [ErrInvalidStoreName] says
	// that none can have the name.
	ObjectStore(bucket string) (ObjectStore, error)
	// CreateObjectStore makes a bucket. One that is there already with the same
	// configuration is fine; with another it is [ErrStreamNameAlreadyInUse].
	// [ErrObjectConfigRequired] says that cfg is nil, [ErrInvalidStoreName] that none can
	// have the name.
	CreateObjectStore(cfg *ObjectStoreConfig) (ObjectStore, error)
	// DeleteObjectStore removes a bucket with all that is in it, or returns
	// [ErrStreamNotFound]; [ErrInvalidStreamName] for a name that can't be.
	DeleteObjectStore(bucket string) error
	// ObjectStoreNames gives the names of the streams of all buckets, which are the
	// buckets' with OBJ_ before them, or none when they can't be had as a whole; the error
	// handler is told why. A [Context] is an option.
	ObjectStoreNames(opts ...ObjectOpt) <-chan string
	// ObjectStores gives the states of the same buckets.
	ObjectStores(opts ...ObjectOpt) <-chan ObjectStoreStatus
}

// ObjectStore is one bucket of objects of any size. It is safe for concurrent use, and needs
// no closing.
//
// Calls are bounded by a [Context], their own or that of [Conn.JetStream]. Where it has no
// deadline, or there is none, Put and Get take as long as there is progress, and are given
// up when there is none for 30 s; other methods are bounded as [Conn.JetStream] says.
//
// Errors of all methods: [ErrNoResponders] when nobody answers for the bucket, be it that it
// is gone or that its servers are, [ErrStreamNotFound] when a server knows that it is gone,
// [ErrConnectionClosed], the context's, and an [APIError] for whatever else the server has
// against it.
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
	// can't be known whether the object was announced, the error is [ErrInDoubt] too, and
	// nothing is removed.
	//
	// Errors: [ErrBadObjectMeta] when it has no name, [ErrLinkNotAllowed], [ErrMaxPayload]
	// for chunks larger than the server takes, the reader's, and [ErrTimeout] when there is
	// no progress.
	Put(obj *ObjectMeta, reader io.Reader, opts ...ObjectOpt) (*ObjectInfo, error)
	// Get reads an object, or what a link leads to. Close the result if it isn't read to
	// its end. A [Context] holds for the reading too.
	//
	// Errors: [ErrObjectNotFound], [ErrNameRequired], [ErrCantGetBucket]; for those of
	// the reading see [ObjectResult].
	Get(name string, opts ...GetObjectOpt) (ObjectResult, error)
	// PutBytes is Put of bytes.
	PutBytes(name string, data []byte, opts ...ObjectOpt) (*ObjectInfo, error)
	// GetBytes reads a whole object into memory.
	GetBytes(name string, opts ...GetObjectOpt) ([]byte, error)
	// PutString is Put of a text.
	PutString(name string, data string, opts ...ObjectOpt) (*ObjectInfo, error)
	// GetString is GetBytes as a text.
	GetString(name string, opts ...GetObjectOpt) (string, error)
	// PutFile is Put of a file; the object's name is the path as it was given.
	PutFile(file string, opts ...ObjectOpt) (*ObjectInfo, error)
	// GetFile reads an object into a file, which is made with mode 0600 or overwritten.
	// After an error the file may have a part of it.
	GetFile(name, file string, opts ...GetObjectOpt) error
	// GetInfo says what there is to say of an object; of a link, of the link itself.
	//
	// Errors: [ErrObjectNotFound], [ErrNameRequired].
	GetInfo(name string, opts ...GetObjectInfoOpt) (*ObjectInfo, error)
	// UpdateMeta changes an object's name, description, headers and metadata, all four.
	//
	// Errors: [ErrUpdateMetaDeleted] when there is no such object, [ErrBadObjectMeta] when
	// meta is nil, [ErrNameRequired] for an empty name, [ErrObjectAlreadyExists] when
	// another has the new name.
	UpdateMeta(name string, meta *ObjectMeta) error
	// Delete removes an object. That it was there stays known, see
	// [GetObjectInfoShowDeleted]. It deletes a link, not what it leads to.
	//
	// Errors: [ErrObjectNotFound], [ErrNameRequired].
	Delete(name string) error
	// AddLink makes a link to an object of this or another bucket of the account. One
	// that has the name is replaced if it is a link; an object isn't, even if it is
	// deleted.
	//
	// Errors: [ErrNameRequired], [ErrObjectRequired], [ErrNoLinkToDeleted],
	// [ErrNoLinkToLink], [ErrObjectAlreadyExists].
	AddLink(name string, obj *ObjectInfo) (*ObjectInfo, error)
	// AddBucketLink makes a link to a whole bucket.
	//
	// Errors: [ErrNameRequired], [ErrBucketRequired], [ErrBucketMalformed],
	// [ErrObjectAlreadyExists].
	AddBucketLink(name string, bucket ObjectStore) (*ObjectInfo, error)
	// Seal forbids every change of the bucket, for good.
	Seal() error
	// Watch tells of the objects that are there and of what changes, until it is stopped. A
	// [Context] bounds the beginning, and doesn't end it later.
	Watch(opts ...WatchOpt) (ObjectWatcher, error)
	// List says what there is to say of all objects, or gives an error: never of a part
	// of them. [ErrNoObjectsFound] says that there is none.
	List(opts ...ListObjectsOpt) ([]*ObjectInfo, error)
	// Status asks how the bucket is.
	Status() (ObjectStoreStatus, error)
}

// ObjectWatcher is a Watch at work.
type ObjectWatcher interface {
	// Updates gives what is said of objects, each time it is said. A nil marks the end of
	// those that were there at the beginning; with [UpdatesOnly] there is none. Whoever
	// reads slowly loses nothing. It goes on over lost connections, changes of leaders
	// and restarts, and is closed behind Stop, and when the bucket or the connection
	// ends.
	Updates() <-chan *ObjectInfo
	// Stop ends it. A second call is [ErrBadSubscription].
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
	// replaced meanwhile; the context's; [ErrTimeout] when nothing comes for 30 s and the
	// context has no deadline; [ErrConnectionClosed].
	Read(p []byte) (n int, err error)
	// Close ends it. What isn't read yet isn't read any more.
	Close() error
	// Info is what there is to say of the object.
	Info() (*ObjectInfo, error)
	// Error is what the reading failed with; nil: it didn't.
	Error() error
}

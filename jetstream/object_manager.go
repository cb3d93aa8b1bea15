package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/evernats/nats/internal/js/object"
	"github.com/evernats/nats/internal/js/objectstore"
)

// ObjectStoreManager makes, finds and removes object stores.
//
// Errors of all its methods: [ErrInvalidStoreName] for names that can't be,
// [ErrBucketNotFound], [nats.ErrNoResponders] when nobody answers for the API, the
// context's, and an [APIError] for whatever else the server has against it.
type ObjectStoreManager interface {
	// ObjectStore finds a bucket.
	ObjectStore(ctx context.Context, bucket string) (ObjectStore, error)
	// CreateObjectStore makes a bucket. One that is there already with the same
	// configuration is fine; with another it is [ErrBucketExists].
	CreateObjectStore(ctx context.Context, cfg ObjectStoreConfig) (ObjectStore, error)
	// UpdateObjectStore changes a bucket's configuration.
	UpdateObjectStore(ctx context.Context, cfg ObjectStoreConfig) (ObjectStore, error)
	// CreateOrUpdateObjectStore changes the bucket, or makes it.
	CreateOrUpdateObjectStore(ctx context.Context, cfg ObjectStoreConfig) (ObjectStore, error)
	// DeleteObjectStore removes a bucket with all that is in it.
	DeleteObjectStore(ctx context.Context, bucket string) error
	// ObjectStoreNames asks for the names of all buckets, and returns when it has them.
	ObjectStoreNames(ctx context.Context) ObjectStoreNamesLister
	// ObjectStores asks how all buckets are, and returns when it knows.
	ObjectStores(ctx context.Context) ObjectStoresLister
}

// ObjectStoreNamesLister is a list of buckets' names.
type ObjectStoreNamesLister interface {
	// Name gives the names, and is closed behind the last.
	Name() <-chan string
	// Error is why the list isn't whole; nil: it is.
	Error() error
}

// ObjectStoresLister is a list of buckets.
type ObjectStoresLister interface {
	// Status says how the buckets are, and is closed behind the last.
	Status() <-chan ObjectStoreStatus
	// Error is why the list isn't whole; nil: it is.
	Error() error
}

// objectStore is a bucket.
type objectStore struct {
	js     *jetStream
	bucket string
	info   *stream
	store  *objectstore.Store
}

func (js *jetStream) objectStore(s *stream, bucket string) *objectStore {
	host := &objectHost{js: js, stream: s.name, direct: s, leader: js.stream(&StreamInfo{Config: StreamConfig{Name: s.name}})}
	return &objectStore{js: js, bucket: bucket, info: s, store: objectstore.New(bucket, host, &objectErrors)}
}

// config is the configuration of a bucket's stream.
func (c *ObjectStoreConfig) config() (StreamConfig, error) {
	if !object.ValidBucket(c.Bucket) {
		return StreamConfig{}, ErrInvalidStoreName
	}
	cfg := StreamConfig{
		Name: object.StreamOf(c.Bucket), Description: c.Description, Subjects: object.Subjects(c.Bucket),
		MaxAge: c.TTL, MaxBytes: c.MaxBytes, Storage: c.Storage, Replicas: c.Replicas, Placement: c.Placement,
		Discard: DiscardNew, AllowRollup: true, AllowDirect: true, Metadata: c.Metadata,
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = -1
	}
	if cfg.Replicas == 0 {
		cfg.Replicas = 1
	}
	if c.Compression {
		cfg.Compression = S2Compression
	}
	return cfg, nil
}

func (js *jetStream) CreateObjectStore(ctx context.Context, cfg ObjectStoreConfig) (ObjectStore, error) {
	return js.putObjectStore(ctx, &cfg, js.CreateStream)
}

func (js *jetStream) UpdateObjectStore(ctx context.Context, cfg ObjectStoreConfig) (ObjectStore, error) {
	return js.putObjectStore(ctx, &cfg, js.UpdateStream)
}

func (js *jetStream) CreateOrUpdateObjectStore(ctx context.Context, cfg ObjectStoreConfig) (ObjectStore, error) {
	return js.putObjectStore(ctx, &cfg, js.CreateOrUpdateStream)
}

func (js *jetStream) putObjectStore(ctx context.Context, cfg *ObjectStoreConfig, put func(context.Context, StreamConfig) (Stream, error)) (ObjectStore, error) {
	sc, err := cfg.config()
	if err != nil {
		return nil, err
	}
	s, err := put(ctx, sc)
	switch {
	case errors.Is(err, ErrStreamNameAlreadyInUse):
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrBucketExists, cfg.Bucket), err)
	case errors.Is(err, ErrStreamNotFound):
		return nil, fmt.Errorf("%w: %s", ErrBucketNotFound, cfg.Bucket)
	case err != nil:
		return nil, err
	}
	return js.objectStore(s.(*stream), cfg.Bucket), nil
}

func (js *jetStream) ObjectStore(ctx context.Context, bucket string) (ObjectStore, error) {
	if !object.ValidBucket(bucket) {
		return nil, ErrInvalidStoreName
	}
	s, err := js.Stream(ctx, object.StreamOf(bucket))
	if errors.Is(err, ErrStreamNotFound) {
		return nil, ErrBucketNotFound
	}
	if err != nil {
		return nil, err
	}
	return js.objectStore(s.(*stream), bucket), nil
}

func (js *jetStream) DeleteObjectStore(ctx context.Context, bucket string) error {
	if !object.ValidBucket(bucket) {
		return ErrInvalidStoreName
	}
	err := js.DeleteStream(ctx, object.StreamOf(bucket))
	if errors.Is(err, ErrStreamNotFound) {
		return errors.Join(fmt.Errorf("%w: %s", ErrBucketNotFound, bucket), err)
	}
	return err
}

type objectStoreNames struct{ *list[string] }

func (l objectStoreNames) Name() <-chan string { return l.ch }
func (l objectStoreNames) Error() error        { return l.err }

type objectStores struct{ *list[ObjectStoreStatus] }

func (l objectStores) Status() <-chan ObjectStoreStatus { return l.ch }
func (l objectStores) Error() error                     { return l.err }

func (js *jetStream) ObjectStoreNames(ctx context.Context) ObjectStoreNamesLister {
	names := js.StreamNames(ctx, WithStreamListSubject(object.AnyStore))
	var all []string
	for name := range names.Name() {
		if bucket, ok := object.BucketOf(name); ok {
			all = append(all, bucket)
		}
	}
	return objectStoreNames{listOf(all, names.Err())}
}

func (js *jetStream) ObjectStores(ctx context.Context) ObjectStoresLister {
	infos := js.ListStreams(ctx, WithStreamListSubject(object.AnyStore))
	var all []ObjectStoreStatus
	for info := range infos.Info() {
		if bucket, ok := object.BucketOf(info.Config.Name); ok {
			all = append(all, &ObjectBucketStatus{info: info, bucket: bucket})
		}
	}
	return objectStores{listOf(all, infos.Err())}
}

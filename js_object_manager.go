package nats

import (
	"time"

	"github.com/evernats/nats/internal/js/object"
	"github.com/evernats/nats/internal/js/objectstore"
)

// objectBucket is a bucket.
type objectBucket struct {
	js      *jsContext
	stream  string
	created time.Time
	store   *objectstore.Store
}

// objectStore makes a bucket of its stream.
func (js *jsContext) objectStore(info *StreamInfo, bucket string) *objectBucket {
	host := &objectHost{js: js, stream: info.Config.Name, direct: info.Config.AllowDirect}
	store := objectstore.New(bucket, host, &objectErrors)
	store.FromLeader = true // as programs of this API know it
	return &objectBucket{js: js, stream: host.stream, created: info.Created, store: store}
}

// config is the configuration of a bucket's stream.
func (c *ObjectStoreConfig) config() (*StreamConfig, error) {
	if !object.ValidBucket(c.Bucket) {
		return nil, ErrInvalidStoreName
	}
	cfg := &StreamConfig{
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

func (js *jsContext) CreateObjectStore(cfg *ObjectStoreConfig) (ObjectStore, error) {
	if cfg == nil {
		return nil, ErrObjectConfigRequired
	}
	sc, err := cfg.config()
	if err != nil {
		return nil, err
	}
	info, err := js.AddStream(sc)
	if err != nil {
		return nil, err
	}
	return js.objectStore(info, cfg.Bucket), nil
}

func (js *jsContext) ObjectStore(bucket string) (ObjectStore, error) {
	s, err := js.findObjectStore(bucket)
	if err != nil {
		return nil, err // not a bucket that is nil
	}
	return s, nil
}

func (js *jsContext) findObjectStore(bucket string, opts ...JSOpt) (*objectBucket, error) {
	if !object.ValidBucket(bucket) {
		return nil, ErrInvalidStoreName
	}
	info, err := js.StreamInfo(object.StreamOf(bucket), opts...)
	if err != nil {
		return nil, err
	}
	return js.objectStore(info, bucket), nil
}

func (js *jsContext) DeleteObjectStore(bucket string) error {
	return js.DeleteStream(object.StreamOf(bucket))
}

// objectList are the options of a list of buckets.
func (js *jsContext) objectList(opts []ObjectOpt) ([]JSOpt, error) {
	o, err := objectCall(js, opts, ObjectOpt.configureObject)
	return []JSOpt{StreamListFilter(object.AnyStore), Context(o.ctx)}, err
}

func (js *jsContext) ObjectStoreNames(opts ...ObjectOpt) <-chan string {
	list, err := js.objectList(opts)
	if err != nil {
		return jsNone[string]()
	}
	return jsChosen(js.StreamNames(list...), func(stream string) (string, bool) {
		_, ok := object.BucketOf(stream)
		return stream, ok
	})
}

func (js *jsContext) ObjectStores(opts ...ObjectOpt) <-chan ObjectStoreStatus {
	list, err := js.objectList(opts)
	if err != nil {
		return jsNone[ObjectStoreStatus]()
	}
	return jsChosen(js.Streams(list...), func(info *StreamInfo) (ObjectStoreStatus, bool) {
		_, ok := object.BucketOf(info.Config.Name)
		return objectStatusOf(info), ok
	})
}

// jsNone is a list of nothing.
func jsNone[T any]() <-chan T {
	none := make(chan T)
	close(none)
	return none
}

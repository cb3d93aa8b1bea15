package jetstream

import (
	"context"
	"time"
)

// ObjectStoreStatus is how a bucket of objects is.
type ObjectStoreStatus interface {
	// Bucket is its name.
	Bucket() string
	// Description is a text for people.
	Description() string
	// TTL is how long an object is kept; 0: for ever.
	TTL() time.Duration
	// Storage says where it is kept.
	Storage() StorageType
	// Replicas is on how many servers.
	Replicas() int
	// Sealed says that every change is forbidden.
	Sealed() bool
	// Size is how many bytes it takes, with all that is said of objects.
	Size() uint64
	// BackingStore is JetStream.
	BackingStore() string
	// Metadata is the program's own, and the server's.
	Metadata() map[string]string
	// IsCompressed says whether the server compresses what it stores.
	IsCompressed() bool
}

// ObjectBucketStatus is the [ObjectStoreStatus] of this package.
type ObjectBucketStatus struct {
	info   *StreamInfo
	bucket string
}

// Bucket is its name.
func (s *ObjectBucketStatus) Bucket() string { return s.bucket }

// Description is a text for people.
func (s *ObjectBucketStatus) Description() string { return s.info.Config.Description }

// TTL is how long an object is kept; 0: for ever.
func (s *ObjectBucketStatus) TTL() time.Duration { return s.info.Config.MaxAge }

// Storage says where it is kept.
func (s *ObjectBucketStatus) Storage() StorageType { return s.info.Config.Storage }

// Replicas is on how many servers.
func (s *ObjectBucketStatus) Replicas() int { return s.info.Config.Replicas }

// Sealed says that every change is forbidden.
func (s *ObjectBucketStatus) Sealed() bool { return s.info.Config.Sealed }

// Size is how many bytes it takes.
func (s *ObjectBucketStatus) Size() uint64 { return s.info.State.Bytes }

// BackingStore is JetStream.
func (s *ObjectBucketStatus) BackingStore() string { return "JetStream" }

// Metadata is the program's own, and the server's.
func (s *ObjectBucketStatus) Metadata() map[string]string { return s.info.Config.Metadata }

// IsCompressed says whether the server compresses what it stores.
func (s *ObjectBucketStatus) IsCompressed() bool { return s.info.Config.Compression != NoCompression }

// StreamInfo is what the server says of the bucket's stream.
func (s *ObjectBucketStatus) StreamInfo() *StreamInfo { return s.info }

func (s *objectStore) Status(ctx context.Context) (ObjectStoreStatus, error) {
	info, err := s.info.Info(ctx)
	if err != nil {
		return nil, err
	}
	return &ObjectBucketStatus{info: info, bucket: s.bucket}, nil
}

func (s *objectStore) Seal(ctx context.Context) error {
	info, err := s.info.Info(ctx)
	if err != nil {
		return err
	}
	cfg := info.Config
	cfg.Sealed = true
	_, err = s.js.UpdateStream(ctx, cfg)
	return err
}

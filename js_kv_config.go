package nats

import (
	"slices"
	"time"

	"github.com/evernats/nats/internal/js/kv"
)

// KeyValueConfig says what a bucket is and keeps. Zero is the default of each field but
// Bucket.
type KeyValueConfig struct {
	// Bucket is its name, required: letters, digits, - and _.
	Bucket string `json:"bucket"`
	// Description is a text for people.
	Description string `json:"description,omitempty"`
	// MaxValueSize is the largest value in bytes; 0 or less: as large as the server takes.
	MaxValueSize int32 `json:"max_value_size,omitempty"`
	// History is how many values of a key it keeps, [KeyValueMaxHistory] at most; 0 is 1.
	History uint8 `json:"history,omitempty"`
	// TTL is how long a value is kept; 0: for ever.
	TTL time.Duration `json:"ttl,omitempty"`
	// MaxBytes bounds the bytes of all values; 0 or less: no bound. A bucket that is full
	// refuses writes.
	MaxBytes int64 `json:"max_bytes,omitempty"`
	// Storage says where it is kept.
	Storage StorageType `json:"storage,omitempty"`
	// Replicas is on how many servers, 1 to 5; 0 is 1.
	Replicas int `json:"num_replicas,omitempty"`
	// Placement says where in the system it is to be.
	Placement *Placement `json:"placement,omitempty"`
	// RePublish publishes again what was written.
	RePublish *RePublish `json:"republish,omitempty"`
	// Mirror makes it a copy of another bucket, by the bucket's or its stream's name. What
	// is written to it is written to that one.
	Mirror *StreamSource `json:"mirror,omitempty"`
	// Sources are buckets that it also takes values from, by the bucket's or its stream's
	// name. One with SubjectTransforms may be any stream. Mirror excludes them.
	Sources []*StreamSource `json:"sources,omitempty"`
	// Compression compresses what is on the disk.
	Compression bool `json:"compression,omitempty"`
}

// stream is the configuration of the bucket's stream. The caller's sources stay as they
// are.
func (c *KeyValueConfig) stream() (*StreamConfig, error) {
	switch {
	case !kv.ValidBucket(c.Bucket):
		return nil, ErrInvalidBucketName
	case c.History > kv.MaxHistory:
		return nil, ErrHistoryToLarge
	}
	s := &StreamConfig{
		Name: kv.Stream(c.Bucket), Description: c.Description, MaxMsgsPerSubject: int64(max(c.History, 1)),
		MaxBytes: kv.Limit(c.MaxBytes), MaxMsgSize: kv.Limit(c.MaxValueSize), MaxAge: c.TTL,
		MaxMsgs: -1, MaxConsumers: -1, Duplicates: kv.Duplicates(c.TTL), Discard: DiscardNew,
		Storage: c.Storage, Replicas: max(c.Replicas, 1), Placement: c.Placement, RePublish: c.RePublish,
		AllowRollup: true, DenyDelete: true, AllowDirect: true,
	}
	if c.Compression {
		s.Compression = S2Compression
	}
	if c.Mirror != nil {
		m := *c.Mirror
		m.Name = kv.SourceStream(m.Name)
		s.Mirror, s.MirrorDirect = &m, true
		return s, nil
	}
	for _, from := range c.Sources {
		s.Sources = append(s.Sources, c.source(from))
	}
	s.Subjects = []string{kv.Filter(c.Bucket)}
	return s, nil
}

// source is how the stream takes values from another.
func (c *KeyValueConfig) source(from *StreamSource) *StreamSource {
	if from == nil {
		return nil
	}
	s := *from
	if len(s.SubjectTransforms) > 0 {
		return &s
	}
	s.Name = kv.SourceStream(s.Name)
	if src, dest, needed := kv.Transform(s.Name, c.Bucket); needed {
		s.SubjectTransforms = []SubjectTransformConfig{{Source: src, Destination: dest}}
	}
	return &s
}

// KeyValueStatus is the state of a bucket.
type KeyValueStatus interface {
	// Bucket is its name.
	Bucket() string
	// Values is how many values and markers it has, history included.
	Values() uint64
	// History is how many values of a key it keeps.
	History() int64
	// TTL is how long a value is kept; 0: for ever.
	TTL() time.Duration
	// BackingStore is what keeps it: "JetStream".
	BackingStore() string
	// Bytes is how large it is.
	Bytes() uint64
	// IsCompressed says whether it is compressed.
	IsCompressed() bool
	// Config is its configuration, as the server has it.
	Config() KeyValueConfig
}

// KeyValueBucketStatus is the [KeyValueStatus] of this package.
type KeyValueBucketStatus struct {
	info   *StreamInfo
	bucket string
}

func kvStatusOf(info *StreamInfo) *KeyValueBucketStatus {
	bucket, _ := kv.Bucket(info.Config.Name)
	return &KeyValueBucketStatus{info, bucket}
}

// Bucket is the bucket's name.
func (s *KeyValueBucketStatus) Bucket() string { return s.bucket }

// Values is how many values and markers it has, history included.
func (s *KeyValueBucketStatus) Values() uint64 { return s.info.State.Msgs }

// History is how many values of a key it keeps.
func (s *KeyValueBucketStatus) History() int64 { return s.info.Config.MaxMsgsPerSubject }

// TTL is how long a value is kept; 0: for ever.
func (s *KeyValueBucketStatus) TTL() time.Duration { return s.info.Config.MaxAge }

// BackingStore is "JetStream".
func (s *KeyValueBucketStatus) BackingStore() string { return "JetStream" }

// StreamInfo is what the server said of the bucket's stream.
func (s *KeyValueBucketStatus) StreamInfo() *StreamInfo { return s.info }

// Bytes is how large it is.
func (s *KeyValueBucketStatus) Bytes() uint64 { return s.info.State.Bytes }

// IsCompressed says whether it is compressed.
func (s *KeyValueBucketStatus) IsCompressed() bool { return s.info.Config.Compression != NoCompression }

// Config is its configuration, as the server has it.
func (s *KeyValueBucketStatus) Config() KeyValueConfig {
	c := &s.info.Config
	return KeyValueConfig{
		Bucket: s.bucket, Description: c.Description, MaxValueSize: c.MaxMsgSize, History: uint8(min(max(c.MaxMsgsPerSubject, 0), 255)),
		TTL: c.MaxAge, MaxBytes: c.MaxBytes, Storage: c.Storage, Replicas: c.Replicas, Placement: c.Placement,
		RePublish: c.RePublish, Mirror: c.Mirror, Sources: slices.Clone(c.Sources), Compression: s.IsCompressed(),
	}
}

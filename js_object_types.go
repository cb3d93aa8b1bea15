package nats

import "time"

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
	// Metadata is the program's own.
	Metadata map[string]string `json:"metadata,omitempty"`
	// Compression has the server compress what it stores.
	Compression bool `json:"compression,omitempty"`
}

// ObjectMeta is what a program says of an object.
type ObjectMeta struct {
	// Name is its name in the bucket, required. Any text may be one.
	Name string `json:"name"`
	// Description is a text for people.
	Description string `json:"description,omitempty"`
	// Headers are the program's own.
	Headers Header `json:"headers,omitempty"`
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

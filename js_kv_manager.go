package nats

import (
	"fmt"
	"time"

	"github.com/evernats/nats/internal/js/kv"
)

// kvBucket is a bucket.
type kvBucket struct {
	js      *jsContext
	bucket  string
	space   kv.Space
	stream  string
	direct  bool
	mirror  *StreamSource // of which it is a copy; nil: none
	created time.Time
}

func (js *jsContext) KeyValue(bucket string) (KeyValue, error) {
	if !kv.ValidBucket(bucket) {
		return nil, ErrInvalidBucketName
	}
	info, err := js.StreamInfo(kv.Stream(bucket))
	if err == ErrStreamNotFound {
		return nil, ErrBucketNotFound
	}
	return js.bucket(info, err)
}

// bucket makes a bucket of its stream.
func (js *jsContext) bucket(info *StreamInfo, err error) (KeyValue, error) {
	if err != nil {
		return nil, err
	}
	cfg := &info.Config
	name, ok := kv.Bucket(cfg.Name)
	if !ok || cfg.MaxMsgsPerSubject < 1 {
		return nil, ErrBadBucket
	}
	b := &kvBucket{js: js, bucket: name, stream: cfg.Name, direct: cfg.AllowDirect, mirror: cfg.Mirror, created: info.Created}
	var m kv.Mirrored
	if cfg.Mirror != nil {
		m.Stream = cfg.Mirror.Name
		if x := cfg.Mirror.External; x != nil {
			m.APIPrefix = x.APIPrefix
		}
	}
	b.space = kv.SpaceOf(name, m, js.opts.api.NotDefault())
	return b, nil
}

func (js *jsContext) CreateKeyValue(cfg *KeyValueConfig) (KeyValue, error) {
	if cfg == nil {
		return nil, ErrKeyValueConfigRequired
	}
	s, err := cfg.stream()
	if err != nil {
		return nil, err
	}
	return js.bucket(js.AddStream(s))
}

func (js *jsContext) DeleteKeyValue(bucket string) error {
	if !kv.ValidBucket(bucket) {
		return ErrInvalidBucketName
	}
	return js.DeleteStream(kv.Stream(bucket))
}

func (js *jsContext) KeyValueStoreNames() <-chan string {
	return jsChosen(js.StreamNames(StreamListFilter(kv.Subjects)), kv.Bucket)
}

func (js *jsContext) KeyValueStores() <-chan KeyValueStatus {
	return jsChosen(js.Streams(StreamListFilter(kv.Subjects)), func(info *StreamInfo) (KeyValueStatus, bool) {
		_, ok := kv.Bucket(info.Config.Name)
		return kvStatusOf(info), ok
	})
}

// jsChosen gives what is chosen of a list that has its room.
func jsChosen[A, B any](list <-chan A, choose func(A) (B, bool)) <-chan B {
	chosen := make(chan B, cap(list))
	for a := range list {
		if b, ok := choose(a); ok {
			chosen <- b
		}
	}
	close(chosen)
	return chosen
}

func (b *kvBucket) Bucket() string { return b.bucket }

func (b *kvBucket) Status() (KeyValueStatus, error) {
	info, err := b.js.StreamInfo(b.stream)
	if err != nil {
		return nil, err
	}
	return kvStatusOf(info), nil
}

// kvCheckPattern is for keys with wildcards.
func kvCheckPattern(pattern string) error {
	if !kv.ValidPattern(pattern) {
		return fmt.Errorf("%w: %q", ErrInvalidKey, pattern)
	}
	return nil
}

package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/evernats/nats/internal/js/kv"
)

// KeyValueManager makes, finds and removes buckets.
//
// Errors of all its methods: [ErrInvalidBucketName], [nats.ErrNoResponders] when nobody
// answers for the API, the context's, and an [APIError] for whatever else the server has
// against it.
type KeyValueManager interface {
	// KeyValue finds a bucket, or returns [ErrBucketNotFound]. [ErrBadBucket] says that
	// its stream isn't a bucket's.
	KeyValue(ctx context.Context, bucket string) (KeyValue, error)
	// CreateKeyValue makes a bucket. One that is there already with the same
	// configuration is fine; with another it is [ErrBucketExists].
	// [ErrHistoryTooLarge] and [ErrLimitMarkerTTLNotSupported] say what can't be.
	CreateKeyValue(ctx context.Context, cfg KeyValueConfig) (KeyValue, error)
	// UpdateKeyValue changes a bucket's configuration, or returns [ErrBucketNotFound].
	UpdateKeyValue(ctx context.Context, cfg KeyValueConfig) (KeyValue, error)
	// CreateOrUpdateKeyValue changes the bucket, or makes it.
	CreateOrUpdateKeyValue(ctx context.Context, cfg KeyValueConfig) (KeyValue, error)
	// DeleteKeyValue removes a bucket with all that is in it, or returns
	// [ErrBucketNotFound]. Watches of it end.
	DeleteKeyValue(ctx context.Context, bucket string) error
	// KeyValueStoreNames asks for the names of all buckets that aren't mirrors, and
	// returns when it has them.
	KeyValueStoreNames(ctx context.Context) KeyValueNamesLister
	// KeyValueStores asks for the same buckets' states.
	KeyValueStores(ctx context.Context) KeyValueLister
}

// KeyValueNamesLister is a list of buckets' names.
type KeyValueNamesLister interface {
	// Name gives the names, and is closed behind the last.
	Name() <-chan string
	// Error is why the list isn't whole; nil: it is.
	Error() error
}

// KeyValueLister is a list of buckets' states.
type KeyValueLister interface {
	// Status gives the states, and is closed behind the last.
	Status() <-chan KeyValueStatus
	// Error is why the list isn't whole; nil: it is.
	Error() error
}

func (js *jetStream) KeyValue(ctx context.Context, bucket string) (KeyValue, error) {
	if err := checkBucket(bucket); err != nil {
		return nil, err
	}
	s, err := js.Stream(ctx, kv.Stream(bucket))
	if err == ErrStreamNotFound {
		return nil, ErrBucketNotFound
	}
	return js.opened(s, err)
}

// opened makes a bucket of its stream.
func (js *jetStream) opened(s Stream, err error) (KeyValue, error) {
	if err != nil {
		return nil, err
	}
	b, err := js.bucket(s.(*stream))
	if err != nil {
		return nil, err // not a bucket that is nil
	}
	return b, nil
}

// bucketStream is the configuration of a bucket's stream, if the server can have it.
func (js *jetStream) bucketStream(ctx context.Context, cfg *KeyValueConfig) (StreamConfig, error) {
	s, err := cfg.stream()
	if err != nil || cfg.LimitMarkerTTL == 0 {
		return s, err
	}
	// A server that doesn't know it leaves it away without a word.
	info, err := js.AccountInfo(ctx)
	if err != nil {
		return s, err
	}
	if info.API.Level < 1 {
		return s, fmt.Errorf("%w: its API has level %d", ErrLimitMarkerTTLNotSupported, info.API.Level)
	}
	return s, nil
}

func (js *jetStream) CreateKeyValue(ctx context.Context, cfg KeyValueConfig) (KeyValue, error) {
	sc, err := js.bucketStream(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	s, err := js.CreateStream(ctx, sc)
	if err == ErrStreamNameAlreadyInUse {
		err = errors.Join(fmt.Errorf("%w: %s", ErrBucketExists, cfg.Bucket), err)
	}
	return js.opened(s, err)
}

func (js *jetStream) UpdateKeyValue(ctx context.Context, cfg KeyValueConfig) (KeyValue, error) {
	sc, err := js.bucketStream(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	s, err := js.UpdateStream(ctx, sc)
	if err == ErrStreamNotFound {
		err = fmt.Errorf("%w: %s", ErrBucketNotFound, cfg.Bucket)
	}
	return js.opened(s, err)
}

func (js *jetStream) CreateOrUpdateKeyValue(ctx context.Context, cfg KeyValueConfig) (KeyValue, error) {
	sc, err := js.bucketStream(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	s, err := js.CreateOrUpdateStream(ctx, sc)
	return js.opened(s, err)
}

func (js *jetStream) DeleteKeyValue(ctx context.Context, bucket string) error {
	if err := checkBucket(bucket); err != nil {
		return err
	}
	err := js.DeleteStream(ctx, kv.Stream(bucket))
	if err == ErrStreamNotFound {
		return errors.Join(fmt.Errorf("%w: %s", ErrBucketNotFound, bucket), err)
	}
	return err
}

type kvNameList struct{ *list[string] }

func (l kvNameList) Name() <-chan string { return l.ch }
func (l kvNameList) Error() error        { return l.err }

type kvStatusList struct{ *list[KeyValueStatus] }

func (l kvStatusList) Status() <-chan KeyValueStatus { return l.ch }
func (l kvStatusList) Error() error                  { return l.err }

func (js *jetStream) KeyValueStoreNames(ctx context.Context) KeyValueNamesLister {
	l := js.StreamNames(ctx, WithStreamListSubject(kv.Subjects))
	var names []string
	for name := range l.Name() {
		if bucket, ok := kv.Bucket(name); ok {
			names = append(names, bucket)
		}
	}
	return kvNameList{listOf(names, l.Err())}
}

func (js *jetStream) KeyValueStores(ctx context.Context) KeyValueLister {
	l := js.ListStreams(ctx, WithStreamListSubject(kv.Subjects))
	var all []KeyValueStatus
	for info := range l.Info() {
		if _, ok := kv.Bucket(info.Config.Name); ok {
			all = append(all, statusOf(info))
		}
	}
	return kvStatusList{listOf(all, l.Err())}
}

func (b *keyValue) Status(ctx context.Context) (KeyValueStatus, error) {
	info, err := b.js.streamInfo(ctx, b.stream.name)
	if err != nil {
		return nil, err
	}
	return statusOf(info), nil
}

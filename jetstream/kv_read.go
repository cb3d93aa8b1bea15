package jetstream

import (
	"context"
	"errors"
	"sync"

	"github.com/evernats/nats/internal/js/kv"
)

// maxFloors is how many keys a bucket with monotonic reads remembers exactly.
const maxFloors = 4096

// floors are which revisions a KeyValue wrote and saw.
type floors struct {
	mu sync.Mutex
	f  *kv.Floors
}

func newFloors() *floors { return &floors{f: kv.NewFloors(maxFloors)} }

// saw notes a revision of a key.
func (f *floors) saw(key string, revision uint64) {
	if f != nil {
		f.mu.Lock()
		f.f.Saw(key, revision)
		f.mu.Unlock()
	}
}

// stale says whether a read is in doubt, and what to tell truth then.
func (f *floors) stale(key string, revision uint64) (stale bool, known uint64) {
	if f == nil {
		return false, 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.f.Stale(key, revision), f.f.Known(key)
}

// truth notes what the leader said.
func (f *floors) truth(key string, known, revision uint64) {
	if f != nil {
		f.mu.Lock()
		f.f.Truth(key, known, revision)
		f.mu.Unlock()
	}
}

// wrote notes a revision that was written. A mirror doesn't have it yet.
func (b *keyValue) wrote(key string, revision uint64) {
	if !b.mirror {
		b.floors.saw(key, revision)
	}
}

// entry is what a message of the bucket's stream says of a key.
func (b *keyValue) entry(key string, m *RawStreamMsg) *keyValueEntry {
	return &keyValueEntry{
		bucket: b.bucket, key: key, value: m.Data, revision: m.Sequence, created: m.Time, op: KeyValueOp(kv.OpOf(m.Header)),
	}
}

func (b *keyValue) Get(ctx context.Context, key string) (KeyValueEntry, error) {
	if !kv.ValidKey(key) {
		return nil, ErrInvalidKey
	}
	e, err := b.last(ctx, key)
	switch {
	case err != nil:
		return nil, err
	case e == nil || e.op != KeyValuePut:
		return nil, ErrKeyNotFound
	}
	return e, nil
}

// last reads the last entry of a key, a marker too; nil: there is none. With monotonic
// reads it is none that is older than what was written or seen.
func (b *keyValue) last(ctx context.Context, key string) (*keyValueEntry, error) {
	e, err := b.found(key)(b.stream.getMsg(ctx, b.lastRequest(key)))
	if err != nil || b.floors == nil {
		return e, err
	}
	if stale, _ := b.floors.stale(key, e.rev()); stale {
		return b.newest(ctx, key)
	}
	if e != nil {
		b.floors.saw(key, e.revision)
	}
	return e, nil
}

// newest reads the last entry of a key from the leader.
func (b *keyValue) newest(ctx context.Context, key string) (*keyValueEntry, error) {
	_, known := b.floors.stale(key, 0)
	e, err := b.found(key)(b.stream.leaderGet(ctx, b.lastRequest(key)))
	if err == nil {
		b.floors.truth(key, known, e.rev())
	}
	return e, err
}

func (e *keyValueEntry) rev() uint64 {
	if e == nil {
		return 0
	}
	return e.revision
}

func (b *keyValue) lastRequest(key string) *apiMsgGetRequest {
	return &apiMsgGetRequest{LastFor: b.space.Read + key}
}

// found makes an entry of a message, and nil where there is none.
func (b *keyValue) found(key string) func(*RawStreamMsg, error) (*keyValueEntry, error) {
	return func(m *RawStreamMsg, err error) (*keyValueEntry, error) {
		switch {
		case errors.Is(err, ErrMsgNotFound):
			return nil, nil
		case err != nil:
			return nil, err
		}
		return b.entry(key, m), nil
	}
}

func (b *keyValue) GetRevision(ctx context.Context, key string, revision uint64) (KeyValueEntry, error) {
	if !kv.ValidKey(key) {
		return nil, ErrInvalidKey
	}
	if revision == 0 {
		return nil, ErrKeyNotFound
	}
	req := &apiMsgGetRequest{Seq: revision}
	m, err := b.stream.getMsg(ctx, req)
	if errors.Is(err, ErrMsgNotFound) && b.stream.CachedInfo().Config.AllowDirect {
		// A server that lags behind doesn't have it yet.
		if stale, _ := b.floors.stale(key, revision-1); stale {
			m, err = b.stream.leaderGet(ctx, req)
		}
	}
	e, err := b.found(key)(m, err)
	switch {
	case err != nil:
		return nil, err
	case e == nil || m.Subject != b.space.Read+key || e.op != KeyValuePut:
		return nil, ErrKeyNotFound
	}
	b.floors.saw(key, revision)
	return e, nil
}

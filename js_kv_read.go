package nats

import (
	"github.com/evernats/nats/internal/js/kv"
)

func (b *kvBucket) Get(key string) (KeyValueEntry, error) {
	if !kv.ValidKey(key) {
		return nil, ErrInvalidKey
	}
	return b.value(b.last(key, b.direct))
}

// last reads the last entry of a key, a marker too; nil: there is none.
func (b *kvBucket) last(key string, direct bool) (*kvEntry, error) {
	return b.entry(b.read(jsMsgGet{LastFor: b.space.Read + key}, direct))
}

func (b *kvBucket) GetRevision(key string, revision uint64) (KeyValueEntry, error) {
	if !kv.ValidKey(key) {
		return nil, ErrInvalidKey
	}
	if revision == 0 {
		return b.Get(key)
	}
	e, err := b.entry(b.read(jsMsgGet{Seq: revision}, b.direct))
	if e != nil && e.key != key {
		return nil, ErrKeyNotFound
	}
	return b.value(e, err)
}

// read reads a message of the bucket's stream, from the nearest server or the leader.
func (b *kvBucket) read(req jsMsgGet, direct bool) (*RawStreamMsg, error) {
	var opts []JSOpt
	if direct {
		opts = []JSOpt{DirectGet()}
	}
	return b.js.getMsg(b.stream, req, opts)
}

// entry is what a message of the bucket's stream says of a key; nil: there is none.
func (b *kvBucket) entry(m *RawStreamMsg, err error) (*kvEntry, error) {
	switch {
	case err == ErrMsgNotFound:
		return nil, nil
	case err != nil:
		return nil, err
	}
	key, _ := b.space.Key(m.Subject)
	return &kvEntry{
		bucket: b.bucket, key: key, value: m.Data, revision: m.Sequence, created: m.Time, op: KeyValueOp(kv.OpOf(m.Header)),
	}, nil
}

// value is an entry that has a value.
func (b *kvBucket) value(e *kvEntry, err error) (KeyValueEntry, error) {
	switch {
	case err != nil:
		return nil, err
	case e == nil || e.op != KeyValuePut:
		return nil, ErrKeyNotFound
	}
	return e, nil
}

package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/kv"
)

// kvWrite is what is written to a key.
type kvWrite struct {
	key      string
	value    []byte
	header   nats.Header
	depends  bool   // on revision being the last one
	revision uint64 // 0: there is none
	ttl      time.Duration
}

// underwayWait is after how long a write is sent again of which a copy is being stored.
const underwayWait = 20 * time.Millisecond

// write publishes a write. One that depends on a revision can be sent again: the bucket
// knows by its id whether it has it.
func (b *keyValue) write(ctx context.Context, w *kvWrite) (revision uint64, err error) {
	h := w.header
	set := func(key, value string) {
		if h == nil {
			h = nats.Header{}
		}
		h.Set(key, value)
	}
	if w.depends {
		set(ExpectedLastSubjSeqHeader, strconv.FormatUint(w.revision, 10))
		if !b.js.opts.kv.plain {
			set(MsgIDHeader, nuid.Next())
		}
	}
	if w.ttl > 0 {
		set(MsgTTLHeader, w.ttl.String())
	}
	ctx, cancel := b.js.withTimeout(ctx)
	defer cancel()
	for {
		ack, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: b.space.Write + w.key, Data: w.value, Header: h})
		if err == nil {
			b.wrote(w.key, ack.Sequence)
			return ack.Sequence, nil
		}
		if refusal(err) != kv.Underway {
			return 0, err
		}
		select {
		case <-time.After(underwayWait):
		case <-ctx.Done():
			return 0, fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}

func refusal(err error) kv.Refusal {
	var e *APIError
	if !errors.As(err, &e) {
		return kv.Other
	}
	return kv.RefusalOf(int(e.ErrorCode))
}

func (b *keyValue) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	if !kv.ValidKey(key) {
		return 0, ErrInvalidKey
	}
	return b.write(ctx, &kvWrite{key: key, value: value})
}

func (b *keyValue) PutString(ctx context.Context, key string, value string) (uint64, error) {
	return b.Put(ctx, key, []byte(value))
}

// mismatch is the error of a write that depends on a revision.
func mismatch(err error) error {
	if err != nil && refusal(err) == kv.Conflict {
		return fmt.Errorf("%w: %w", ErrKeyRevisionMismatch, err)
	}
	return err
}

func (b *keyValue) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if !kv.ValidKey(key) {
		return 0, ErrInvalidKey
	}
	n, err := b.write(ctx, &kvWrite{key: key, value: value, depends: true, revision: revision})
	return n, mismatch(err)
}

func (b *keyValue) Create(ctx context.Context, key string, value []byte, opts ...KVCreateOpt) (uint64, error) {
	var o kvCreateOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt.configureCreate(&o); err != nil {
				return 0, err
			}
		}
	}
	if !kv.ValidKey(key) {
		return 0, ErrInvalidKey
	}
	ctx, cancel := b.js.withTimeout(ctx)
	defer cancel()
	w := kvWrite{key: key, value: value, depends: true, ttl: o.ttl}
	for {
		n, err := b.write(ctx, &w)
		if err == nil || refusal(err) != kv.Conflict {
			return n, err
		}
		// What is there may be a marker; and while it was looked at somebody may have
		// written another, which is no reason to fail.
		e, readErr := b.authoritative(ctx, key)
		if readErr != nil {
			return 0, readErr
		}
		last := kv.Last{Found: e != nil}
		if e != nil {
			last.Revision, last.Op = e.revision, kv.Op(e.op)
		}
		var may bool
		if w.revision, may = kv.Recreate(last); !may {
			return 0, fmt.Errorf("%w: %w", ErrKeyExists, err)
		}
	}
}

// authoritative reads the last entry of a key where it is written: not from a server or a
// mirror that lags behind.
func (b *keyValue) authoritative(ctx context.Context, key string) (*keyValueEntry, error) {
	if !b.mirror {
		return b.newest(ctx, key)
	}
	origin, err := b.origin()
	if err != nil {
		return nil, err
	}
	return origin.newest(ctx, key)
}

// origin is what the bucket is a mirror of.
func (b *keyValue) origin() (*keyValue, error) {
	m := b.stream.CachedInfo().Config.Mirror
	js := b.js
	if m.External != nil && m.External.APIPrefix != "" {
		made, err := NewWithAPIPrefix(js.nc, m.External.APIPrefix, WithDefaultTimeout(js.opts.DefaultTimeout))
		if err != nil {
			return nil, err
		}
		js = made.(*jetStream)
	}
	s := js.stream(&StreamInfo{Config: StreamConfig{Name: m.Name}})
	return &keyValue{js: js, bucket: b.bucket, space: b.space, stream: s}, nil
}

func (b *keyValue) Delete(ctx context.Context, key string, opts ...KVDeleteOpt) error {
	return b.mark(ctx, key, opts, nats.Header{kv.OperationHeader: {kv.Deleted}}, ErrTTLOnDeleteNotSupported)
}

func (b *keyValue) Purge(ctx context.Context, key string, opts ...KVDeleteOpt) error {
	return b.mark(ctx, key, opts, nats.Header{kv.OperationHeader: {kv.Purged}, MsgRollup: {MsgRollupSubject}}, nil)
}

// mark writes a marker. noTTL is the error of one that can't have a time.
func (b *keyValue) mark(ctx context.Context, key string, opts []KVDeleteOpt, h nats.Header, noTTL error) error {
	if !kv.ValidKey(key) {
		return ErrInvalidKey
	}
	var o kvDeleteOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt.configureDelete(&o); err != nil {
				return err
			}
		}
	}
	if o.ttl > 0 && noTTL != nil {
		return noTTL
	}
	_, err := b.write(ctx, &kvWrite{key: key, header: h, depends: o.revision != 0, revision: o.revision, ttl: o.ttl})
	return mismatch(err)
}

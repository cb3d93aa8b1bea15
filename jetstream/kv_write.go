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

// write publishes a write.
func (b *keyValue) write(ctx context.Context, w *kvWrite) (revision uint64, err error) {
	m := &nats.Msg{Subject: b.space.Write + w.key, Data: w.value, Header: w.header}
	set := func(key, value string) {
		if m.Header == nil {
			m.Header = nats.Header{}
		}
		m.Header.Set(key, value)
	}
	if w.ttl > 0 {
		set(MsgTTLHeader, w.ttl.String())
	}
	ctx, cancel := b.js.withTimeout(ctx)
	defer cancel()
	var ack *PubAck
	switch {
	case !w.depends:
		ack, err = b.js.PublishMsg(ctx, m)
	default:
		set(ExpectedLastSubjSeqHeader, strconv.FormatUint(w.revision, 10))
		if b.js.opts.kv.plain {
			ack, err = b.js.PublishMsg(ctx, m)
			break
		}
		id := nuid.Next()
		set(kv.IDHeader, id)
		ack, err = b.writeKnown(ctx, w, m, id)
	}
	if err != nil {
		return 0, err
	}
	b.wrote(w.key, ack.Sequence)
	return ack.Sequence, nil
}

// openPause is until a write is sent again that a bucket refuses since one is under way.
const openPause = 50 * time.Millisecond

// writeKnown publishes a write that depends on a revision until its outcome is known: it is
// sent again when its answer is lost, which can't store it twice. A copy that is refused
// may be so because of the first, which then is found by its id. One that is refused since
// another is on its way into the bucket is sent again until the key has changed.
func (b *keyValue) writeKnown(ctx context.Context, w *kvWrite, m *nats.Msg, id string) (*PubAck, error) {
	o, err := publishOptions(nil)
	if err != nil {
		return nil, err
	}
	hdr, err := o.encode(m)
	if err != nil {
		return nil, err
	}
	epoch := b.js.port.Epoch() // a link that is lost has it sent again, too
	p := syncPublish{js: b.js, o: &o, m: m, hdr: hdr, id: true, replay: replayWindow, begin: time.Now()}
	for {
		ack, err := p.run(ctx)
		sure := !p.again && b.js.port.Epoch() == epoch // that no copy but the refused was sent
		why := refusal(err)
		if !why.Conflicts() || sure && why != kv.UnderWay {
			return ack, err
		}
		revision, verdict, readErr := b.judge(ctx, w, id, sure)
		switch {
		case sure && (readErr != nil || verdict != kv.Open):
			return nil, err // whoever changed the key: not this
		case readErr != nil:
			return nil, fmt.Errorf("%w: whether it is by this write couldn't be read: %w: %w", err, readErr, nats.ErrInDoubt)
		case verdict == kv.Stored:
			return &PubAck{Sequence: revision}, nil
		case verdict == kv.Lost:
			return nil, err
		case verdict == kv.Unsure:
			return nil, fmt.Errorf("%w: it may have been written and replaced since: %w", err, nats.ErrInDoubt)
		}
		p.again = !sure
		select {
		case <-time.After(openPause):
		case <-ctx.Done():
			if sure {
				return nil, err
			}
			return nil, fmt.Errorf("%w: a write of the key is under way, perhaps this: %w: %w", err, ctx.Err(), nats.ErrInDoubt)
		}
	}
}

// judge finds out what became of a write that was refused; refused says that each copy of it
// was, so that it only matters whether the key has changed.
func (b *keyValue) judge(ctx context.Context, w *kvWrite, id string, refused bool) (revision uint64, v kv.Verdict, err error) {
	at, err := b.home()
	if err != nil {
		return 0, kv.Unsure, err
	}
	subject := b.space.Read + w.key
	read := func(req *apiMsgGetRequest) (id string, seq uint64, err error) {
		m, err := at.stream.leaderGet(ctx, req)
		switch {
		case errors.Is(err, ErrMsgNotFound):
			return "", 0, nil
		case err != nil:
			return "", 0, err
		}
		return kv.IDOf(m.Header), m.Sequence, nil
	}
	last, lastRev, err := read(&apiMsgGetRequest{LastFor: subject})
	if err != nil {
		return 0, kv.Unsure, err
	}
	switch {
	case last == id:
		return lastRev, kv.Stored, nil
	case lastRev == w.revision:
		return 0, kv.Open, nil
	case refused:
		return 0, kv.Lost, nil
	}
	first, firstRev, err := read(&apiMsgGetRequest{Seq: w.revision + 1, NextFor: subject})
	if err != nil {
		return 0, kv.Unsure, err
	}
	whole := false
	if w.revision > 0 {
		_, seq, err := read(&apiMsgGetRequest{Seq: w.revision})
		if err != nil {
			return 0, kv.Unsure, err
		}
		whole = seq == w.revision
	}
	return firstRev, kv.Judge(id, first, last, whole), nil
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
	if err != nil && refusal(err).Conflicts() {
		return fmt.Errorf("%w: %w", err, ErrKeyRevisionMismatch)
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
		if err == nil || !refusal(err).Conflicts() {
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
			return 0, &worded{err.Error() + ": key exists", []error{err, ErrKeyExists}}
		}
	}
}

// authoritative reads the last entry of a key where it is written: not from a server or a
// mirror that lags behind.
func (b *keyValue) authoritative(ctx context.Context, key string) (*keyValueEntry, error) {
	at, err := b.home()
	if err != nil {
		return nil, err
	}
	return at.newest(ctx, key)
}

// home is the bucket that is written to: itself, or what it is a mirror of.
func (b *keyValue) home() (*keyValue, error) {
	if b.mirror {
		return b.origin()
	}
	return b, nil
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

package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats/internal/js/kv"
)

// kvWrite is what is written to a key.
type kvWrite struct {
	key      string
	value    []byte
	header   Header
	depends  bool   // on revision being the last one
	revision uint64 // 0: there is none
}

// write publishes a write.
func (b *kvBucket) write(w *kvWrite) (revision uint64, err error) {
	m := &Msg{Subject: b.space.Write + w.key, Data: w.value, Header: w.header}
	if !w.depends {
		ack, err := b.js.PublishMsg(m)
		if err != nil {
			return 0, err
		}
		return ack.Sequence, nil
	}
	if m.Header == nil {
		m.Header = Header{}
	}
	id := nuid.Next()
	m.Header.Set(ExpectedLastSubjSeqHdr, strconv.FormatUint(w.revision, 10))
	m.Header.Set(kv.IDHeader, id)
	return b.writeKnown(w, m, id)
}

// kvOpenPause is until a write is sent again that a bucket refuses since one is under way.
const kvOpenPause = 50 * time.Millisecond

// writeKnown publishes a write that depends on a revision until its outcome is known: it is
// sent again when its answer is lost, which can't store it twice. A copy that is refused
// may be so because of the first, which then is found by its id.
func (b *kvBucket) writeKnown(w *kvWrite, m *Msg, id string) (revision uint64, err error) {
	o, err := jsPublishOptions(nil)
	if err != nil {
		return 0, err
	}
	hdr, err := o.encode(b.js.nc, m)
	if err != nil {
		return 0, err
	}
	call, cancel, err := b.js.call(nil)
	if err != nil {
		return 0, err
	}
	defer cancel()
	epoch := b.js.nc.epoch() // a link that is lost has it sent again, too
	p := jsSyncPublish{js: b.js, o: &o, m: m, hdr: hdr, id: true, begin: time.Now()}
	for {
		ack, err := p.run(call.ctx)
		switch {
		case err == nil:
			return ack.Sequence, nil
		case errors.Is(err, context.DeadlineExceeded) && b.js.opts.ctx == nil:
			return 0, ErrTimeout
		}
		sure := !p.again && b.js.nc.epoch() == epoch // that no copy but the refused was sent
		why := kvRefusal(err)
		if !why.Conflicts() || sure && why != kv.UnderWay {
			return 0, err
		}
		revision, verdict, readErr := b.judge(w, id, sure)
		switch {
		case sure && (readErr != nil || verdict != kv.Open):
			return 0, err // whoever changed the key: not this
		case readErr != nil:
			return 0, fmt.Errorf("%w: whether it is by this write couldn't be read: %w: %w", err, readErr, ErrInDoubt)
		case verdict == kv.Stored:
			return revision, nil
		case verdict == kv.Lost:
			return 0, err
		case verdict == kv.Unsure:
			return 0, fmt.Errorf("%w: it may have been written and replaced since: %w", err, ErrInDoubt)
		}
		p.again = !sure
		select {
		case <-time.After(kvOpenPause):
		case <-call.ctx.Done():
			if sure {
				return 0, err
			}
			return 0, fmt.Errorf("%w: a write of the key is under way, perhaps this: %w: %w", err, call.ctx.Err(), ErrInDoubt)
		}
	}
}

// judge finds out what became of a write that was refused; refused says that each copy of it
// was, so that it only matters whether the key has changed.
func (b *kvBucket) judge(w *kvWrite, id string, refused bool) (revision uint64, v kv.Verdict, err error) {
	at := b.home()
	subject := b.space.Read + w.key
	read := func(req jsMsgGet) (id string, seq uint64, err error) {
		m, err := at.read(req, false)
		switch {
		case err == ErrMsgNotFound:
			return "", 0, nil
		case err != nil:
			return "", 0, err
		}
		return kv.IDOf(m.Header), m.Sequence, nil
	}
	last, lastRev, err := read(jsMsgGet{LastFor: subject})
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
	first, firstRev, err := read(jsMsgGet{Seq: w.revision + 1, NextFor: subject})
	if err != nil {
		return 0, kv.Unsure, err
	}
	whole := false
	if w.revision > 0 {
		_, seq, err := read(jsMsgGet{Seq: w.revision})
		if err != nil {
			return 0, kv.Unsure, err
		}
		whole = seq == w.revision
	}
	return firstRev, kv.Judge(id, first, last, whole), nil
}

func kvRefusal(err error) kv.Refusal {
	var e *APIError
	if !errors.As(err, &e) {
		return kv.Other
	}
	return kv.RefusalOf(int(e.ErrorCode))
}

func (b *kvBucket) Put(key string, value []byte) (uint64, error) {
	if !kv.ValidKey(key) {
		return 0, ErrInvalidKey
	}
	return b.write(&kvWrite{key: key, value: value})
}

func (b *kvBucket) PutString(key string, value string) (uint64, error) {
	return b.Put(key, []byte(value))
}

// kvMismatch is the error of a write that depends on a revision.
func kvMismatch(err error) error {
	if err != nil && kvRefusal(err).Conflicts() {
		return fmt.Errorf("%w: %w", err, ErrKeyRevisionMismatch)
	}
	return err
}

func (b *kvBucket) Update(key string, value []byte, last uint64) (uint64, error) {
	if !kv.ValidKey(key) {
		return 0, ErrInvalidKey
	}
	n, err := b.write(&kvWrite{key: key, value: value, depends: true, revision: last})
	return n, kvMismatch(err)
}

func (b *kvBucket) Create(key string, value []byte) (uint64, error) {
	if !kv.ValidKey(key) {
		return 0, ErrInvalidKey
	}
	limit := time.Now().Add(b.js.opts.wait)
	w := kvWrite{key: key, value: value, depends: true}
	for {
		n, err := b.write(&w)
		if err == nil || !kvRefusal(err).Conflicts() {
			return n, err
		}
		// What is there may be a marker; and while it was looked at somebody may have
		// written another, which is no reason to fail.
		e, readErr := b.home().last(key, false)
		if readErr != nil {
			return 0, readErr
		}
		last := kv.Last{Found: e != nil}
		if e != nil {
			last.Revision, last.Op = e.revision, kv.Op(e.op)
		}
		var may bool
		if w.revision, may = kv.Recreate(last); !may {
			return 0, keyTaken{err}
		}
		if time.Now().After(limit) {
			return 0, ErrTimeout
		}
	}
}

// home is the bucket that is written to, as its leader has it: itself, or what it is a
// mirror of.
func (b *kvBucket) home() *kvBucket {
	if b.mirror == nil {
		return b
	}
	js := b.js
	if x := b.mirror.External; x != nil && x.APIPrefix != "" {
		opts := js.opts
		if err := APIPrefix(x.APIPrefix).configureJSContext(&opts); err == nil {
			js = &jsContext{nc: js.nc, born: js.born, opts: opts}
		}
	}
	return &kvBucket{js: js, bucket: b.bucket, space: b.space, stream: b.mirror.Name}
}

// DeleteOpt is an option of KeyValue.Delete and Purge.
type DeleteOpt interface {
	configureDelete(opts *kvDeleteOpts) error
}

type kvDeleteOpts struct{ revision uint64 }

type kvDeleteOptFn func(opts *kvDeleteOpts) error

func (f kvDeleteOptFn) configureDelete(o *kvDeleteOpts) error { return f(o) }

// LastRevision deletes or purges only if that is the key's last revision, or returns
// [ErrKeyRevisionMismatch]. 0 is the same as none.
func LastRevision(revision uint64) DeleteOpt {
	return kvDeleteOptFn(func(o *kvDeleteOpts) error {
		o.revision = revision
		return nil
	})
}

func (b *kvBucket) Delete(key string, opts ...DeleteOpt) error {
	return b.mark(key, opts, Header{kv.OperationHeader: {kv.Deleted}})
}

func (b *kvBucket) Purge(key string, opts ...DeleteOpt) error {
	return b.mark(key, opts, Header{kv.OperationHeader: {kv.Purged}, MsgRollup: {MsgRollupSubject}})
}

// mark writes a marker.
func (b *kvBucket) mark(key string, opts []DeleteOpt, h Header) error {
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
	_, err := b.write(&kvWrite{key: key, header: h, depends: o.revision != 0, revision: o.revision})
	return kvMismatch(err)
}

package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/object"
)

func (s *objectStore) Get(ctx context.Context, name string, opts ...GetObjectOpt) (ObjectResult, error) {
	r, err := s.get(ctx, name, opts)
	if err != nil {
		return nil, err // not a result that is nil
	}
	return r, nil
}

func (s *objectStore) get(ctx context.Context, name string, opts []GetObjectOpt) (*objectResult, error) {
	var o getObjectOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt(&o); err != nil {
				return nil, err
			}
		}
	}
	for range object.MaxHops {
		info, err := s.meta(ctx, name)
		if err != nil {
			return nil, err
		}
		if info.Deleted && !o.showDeleted {
			return nil, ErrObjectNotFound
		}
		to := info.link()
		if to == nil || info.Deleted {
			return s.read(ctx, info)
		}
		if to.Name == "" {
			return nil, ErrCantGetBucket
		}
		if to.Bucket != s.bucket {
			other, err := s.js.ObjectStore(ctx, to.Bucket)
			if err != nil {
				return nil, err
			}
			s = other.(*objectStore)
		}
		name = to.Name
	}
	return nil, fmt.Errorf("%w: %d links in a row, the last is to %q", ErrNoLinkToLink, object.MaxHops, name)
}

// objectResult is an object that is being read.
type objectResult struct {
	store *objectStore
	info  *ObjectInfo
	ctx   context.Context
	load  *object.Download
	cur   []byte // what is left of a chunk
	end   error  // behind cur: io.EOF, or what went wrong
	timer *time.Timer
	bound bool // the context has a deadline
	short bool // chunks seem to be missing

	oc *ordered
	it *iterating
}

// read begins to read an object.
func (s *objectStore) read(ctx context.Context, info *ObjectInfo) (*objectResult, error) {
	r := &objectResult{store: s, info: info, ctx: ctx, load: object.NewDownload(info.Chunks, info.Size, info.Digest)}
	_, r.bound = ctx.Deadline()
	if v := r.load.Empty(); v != object.More {
		r.verdict(v)
		return r, nil
	}
	subject := object.ChunksOf(s.bucket, info.NUID)
	if info.Chunks == 1 {
		// Whoever has a copy gives it at once. One that has none yet is no reason to fail.
		if m, err := s.direct.GetLastMsgForSubject(ctx, subject); err == nil {
			r.cur = m.Data
			r.verdict(r.load.Chunk(m.Data))
			return r, nil
		}
	}
	bounded := ctx
	if !r.bound {
		var cancel context.CancelFunc
		bounded, cancel = context.WithTimeout(ctx, objectPatience)
		defer cancel()
	}
	var made Consumer
	err := s.insist(bounded, func(ctx context.Context) (err error) {
		made, err = s.js.OrderedConsumer(ctx, s.stream, OrderedConsumerConfig{
			FilterSubjects: []string{subject}, DeliverPolicy: DeliverAllPolicy, InactiveThreshold: time.Minute,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	r.oc = made.(*ordered)
	c, err := r.oc.begin(byConsume)
	if err == nil {
		r.it, err = c.iterate([]PullMessagesOpt{
			PullMaxMessages(object.Ahead(object.ReadWindow, info.Size, info.Chunks)), WithMessagesErrOnMissingHeartbeat(false),
		}, r.oc)
	}
	if err != nil {
		r.oc.discard()
		return nil, err
	}
	r.short = r.load.Short(c.CachedInfo().NumPending)
	return r, nil
}

// discard ends an ordered consumer that isn't needed any more.
func (oc *ordered) discard() {
	oc.mu.Lock()
	cur := oc.cur
	oc.mu.Unlock()
	if cur != nil {
		go oc.remove(cur.name)
	}
}

// verdict notes what a chunk meant.
func (r *objectResult) verdict(v object.Verdict) {
	switch v {
	case object.More:
		return
	case object.Whole:
		r.stop(io.EOF)
	default:
		r.stop(ErrDigestMismatch)
	}
}

// stop ends the reading behind what is there.
func (r *objectResult) stop(why error) {
	if r.end == nil {
		r.end = why
	}
	if r.it != nil {
		r.it.Stop()
		r.oc.discard()
		r.it = nil
	}
	if r.timer != nil {
		r.timer.Stop()
	}
}

func (r *objectResult) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.chunk(); err != nil {
		return 0, err
	}
	n := copy(p, r.cur)
	r.cur = r.cur[n:]
	return n, nil
}

// WriteTo writes what isn't read yet, without copying it first.
func (r *objectResult) WriteTo(w io.Writer) (n int64, err error) {
	for {
		if err := r.chunk(); err != nil {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
		k, err := w.Write(r.cur)
		n += int64(k)
		r.cur = r.cur[k:]
		if err != nil {
			return n, err
		}
	}
}

// chunk waits until there is something to read.
func (r *objectResult) chunk() error {
	for len(r.cur) == 0 {
		if r.end != nil {
			return r.end
		}
		m, err := r.next()
		if err != nil {
			r.stop(err)
			return r.end
		}
		d, ok := api.ParseAck(m.Reply())
		if !ok {
			r.stop(ErrNotJSMessage)
			return r.end
		}
		r.cur = m.Data()
		r.verdict(r.load.Chunk(r.cur))
		r.short = r.load.Short(d.Pending)
		if r.end != nil && r.end != io.EOF {
			r.cur = nil // a part of what nobody stored
		}
	}
	return nil
}

// objectQuiet is after how long without a chunk is asked whether there are any,
// objectShort the same when some seem to be missing.
const (
	objectQuiet = time.Second
	objectShort = 100 * time.Millisecond
)

// next waits for the next chunk.
func (r *objectResult) next() (Msg, error) {
	begin := time.Time{}
	for {
		m, err := r.it.next()
		if m != nil {
			return m, nil
		}
		if err != nil {
			return nil, err
		}
		if begin.IsZero() {
			begin = time.Now()
		}
		quiet := objectQuiet
		if r.short {
			quiet = objectShort
		}
		if r.timer == nil {
			r.timer = time.NewTimer(quiet)
		} else {
			r.timer.Reset(quiet)
		}
		select {
		case <-r.it.wake:
			continue
		case <-r.ctx.Done():
			return nil, r.ctx.Err()
		case <-r.timer.C:
		}
		if !r.bound && time.Since(begin) >= objectPatience {
			return nil, fmt.Errorf("%w: no chunk of object %q came for %v, %d are missing", nats.ErrTimeout, r.info.Name, objectPatience, r.load.Left())
		}
		if r.lost() {
			return nil, ErrDigestMismatch
		}
		r.short = false
	}
}

// lost says whether the stream has less chunks than are still to come. Nobody answering
// is no answer.
func (r *objectResult) lost() bool {
	ctx, cancel := context.WithTimeout(r.ctx, lookupTimeout)
	defer cancel()
	subject := object.ChunksOf(r.store.bucket, r.info.NUID)
	info, err := r.store.leader.Info(ctx, WithSubjectFilter(subject))
	if err != nil {
		return errors.Is(err, ErrStreamNotFound)
	}
	return r.load.Lost(info.State.Subjects[subject])
}

func (r *objectResult) Close() error {
	r.cur = nil
	r.stop(errObjectClosed)
	return nil
}

// errObjectClosed is what reading behind Close gives.
var errObjectClosed = fmt.Errorf("nats: the object is closed: %w", os.ErrClosed)

func (r *objectResult) Info() (*ObjectInfo, error) { return r.info, r.Error() }

func (r *objectResult) Error() error {
	if r.end == io.EOF || r.end == errObjectClosed {
		return nil
	}
	return r.end
}

// maxAtOnce is how much memory is taken on an info's word alone.
const maxAtOnce = 64 << 20

func (s *objectStore) GetBytes(ctx context.Context, name string, opts ...GetObjectOpt) ([]byte, error) {
	r, err := s.get(ctx, name, opts)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b := bytes.NewBuffer(make([]byte, 0, min(r.info.Size, maxAtOnce)))
	if _, err := r.WriteTo(b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (s *objectStore) GetString(ctx context.Context, name string, opts ...GetObjectOpt) (string, error) {
	b, err := s.GetBytes(ctx, name, opts...)
	return string(b), err
}

func (s *objectStore) GetFile(ctx context.Context, name, file string, opts ...GetObjectOpt) error {
	r, err := s.get(ctx, name, opts)
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = r.WriteTo(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

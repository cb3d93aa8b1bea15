package objectstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/evernats/nats/internal/js/object"
)

// Result is an object that is being read. It isn't safe for concurrent use.
type Result struct {
	store *Store
	info  *Info
	ctx   context.Context
	load  *object.Download
	cur   []byte // what is left of a chunk
	whole []byte // the chunk
	end   error  // behind cur: io.EOF, or what went wrong
	bound bool   // the context has a deadline
	short bool   // chunks seem to be missing
	from  Source

	missing time.Time // since when the stream says so; zero: it doesn't

	seq   uint64        // where in the stream the last chunk is
	dry   bool          // the source has no more to give, as far as its server knows
	made  time.Time     // when the source was
	pause time.Duration // the next isn't made sooner
}

// Get begins to read an object, or what a link leads to.
func (s *Store) Get(ctx context.Context, name string, showDeleted bool) (*Result, error) {
	for range object.MaxHops {
		info, err := s.meta(ctx, name)
		if err != nil {
			return nil, err
		}
		if info.Deleted && !showDeleted {
			return nil, s.errs.NotFound
		}
		to := info.link()
		if to == nil || info.Deleted {
			return s.read(ctx, info)
		}
		if to.Name == "" {
			return nil, s.errs.CantGetBucket
		}
		if to.Bucket != s.Bucket {
			if s, err = s.host.Bucket(ctx, to.Bucket); err != nil {
				return nil, err
			}
		}
		name = to.Name
	}
	return nil, fmt.Errorf("%w: %d links in a row, the last is to %q", s.errs.NoLinkToLink, object.MaxHops, name)
}

func (s *Store) read(ctx context.Context, info *Info) (*Result, error) {
	r := &Result{store: s, info: info, ctx: ctx, load: object.NewDownload(info.Chunks, info.Size, info.Digest)}
	_, r.bound = ctx.Deadline()
	if v := r.load.Empty(); v != object.More {
		r.verdict(v)
		return r, nil
	}
	subject := object.ChunksOf(s.Bucket, info.NUID)
	if info.Chunks == 1 {
		// Whoever has a copy gives it at once. One that has none yet is no reason to fail.
		if m, err := s.host.Last(ctx, subject, false); err == nil {
			r.cur = m.Data
			r.verdict(r.load.Chunk(m.Data))
			return r, nil
		}
	}
	bounded, cancel := patient(ctx)
	defer cancel()
	if err := r.open(bounded); err != nil {
		return nil, err
	}
	return r, nil
}

// verdict notes what a chunk meant.
func (r *Result) verdict(v object.Verdict) {
	switch v {
	case object.More:
		return
	case object.Whole:
		r.stop(io.EOF)
	default:
		r.stop(r.store.errs.DigestMismatch)
	}
}

// stop ends the reading behind what is there.
func (r *Result) stop(why error) {
	if r.end == nil {
		r.end = why
	}
	if r.from != nil {
		r.from.Stop()
		r.from = nil
	}
}

// Read reads the object's bytes, in its order.
func (r *Result) Read(p []byte) (int, error) {
	if err := r.ended(); err != nil {
		return 0, err
	}
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

// ended says that the context has, before all was read. What waits in memory is given up:
// whoever bounds the reading means all of it.
func (r *Result) ended() error {
	if r.end != nil && len(r.cur) == 0 {
		return nil // it ended in another way
	}
	err := r.ctx.Err()
	switch err {
	case nil:
		return nil
	case context.DeadlineExceeded:
		err = r.store.errs.Timeout
	}
	r.cur, r.end = nil, err
	r.stop(err)
	return err
}

// WriteTo writes what isn't read yet, without copying it first.
func (r *Result) WriteTo(w io.Writer) (n int64, err error) {
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
func (r *Result) chunk() error {
	for len(r.cur) == 0 {
		if r.end != nil {
			return r.end
		}
		if r.whole != nil {
			r.from.Done(r.whole)
			r.whole = nil
		}
		c, err := r.next()
		if err != nil {
			r.stop(err)
			return r.end
		}
		r.cur, r.whole = c.Data, c.Data
		r.verdict(r.load.Chunk(r.cur))
		r.short = r.load.Short(c.Pending)
		if r.end != nil && r.end != io.EOF {
			r.cur = nil // a part of what nobody stored
		}
	}
	return nil
}

// Close ends it.
func (r *Result) Close() error {
	r.cur = nil
	r.stop(errClosed)
	return nil
}

// errClosed is what reading behind Close gives.
var errClosed = fmt.Errorf("nats: the object is closed: %w", os.ErrClosed)

// Said is what there is to say of the object.
func (r *Result) Said() *Info { return r.info }

// Error is what the reading failed with; nil: it didn't.
func (r *Result) Error() error {
	if r.end == io.EOF || r.end == errClosed {
		return nil
	}
	return r.end
}

// maxAtOnce is how much memory is taken on an info's word alone.
const maxAtOnce = 64 << 20

// All reads the whole object into memory, and closes it.
func (r *Result) All() ([]byte, error) {
	defer r.Close()
	b := bytes.NewBuffer(make([]byte, 0, min(r.info.Size, maxAtOnce)))
	if _, err := r.WriteTo(b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// ToFile reads it into a file, and closes it.
func (r *Result) ToFile(file string) error {
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

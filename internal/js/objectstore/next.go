package objectstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/js/object"
)

// quiet is after how long without a chunk is asked whether there are any, quietShort the
// same when some seem to be missing. maxPause is how long a source that has no more to give
// is kept at most before another is tried.
const (
	quiet      = time.Second
	quietShort = 100 * time.Millisecond
	maxPause   = 8 * time.Second
)

// open begins to read behind the last chunk.
func (r *Result) open(ctx context.Context) error {
	from, err := r.store.source(ctx, object.ChunksOf(r.store.Bucket, r.info.NUID), Reading{After: r.seq})
	if err != nil {
		return err
	}
	if r.from != nil {
		r.from.Stop()
	}
	r.from, r.made = from, time.Now()
	r.short, r.dry = r.load.Short(from.Pending()), from.Pending() == 0
	return nil
}

// next waits for the next chunk.
func (r *Result) next() (Chunk, error) {
	begin := time.Time{}
	for {
		wait := quiet
		if r.short {
			wait = quietShort
		}
		c, ok, err := r.from.Next(r.ctx, wait)
		if err != nil {
			return c, err
		}
		place := object.Stray
		if ok {
			wait = 0
			if place = r.place(c); place == object.Next {
				r.missing, r.pause, r.seq = time.Time{}, 0, c.Seq
				return c, nil
			}
			r.from.Done(c.Data)
		}
		if begin.IsZero() {
			begin = time.Now().Add(-wait)
		}
		if !r.bound && time.Since(begin) >= Patience {
			return c, fmt.Errorf("%w: no chunk of object %q came for %v, the last %d are missing", r.store.errs.Timeout, r.info.Name, Patience, r.load.Left())
		}
		if ok && place == object.Stray {
			continue
		}
		lost, whole := r.lost()
		if lost {
			return c, r.store.errs.DigestMismatch
		}
		r.short = false
		if whole && (ok || r.dry && time.Since(begin) >= quiet) {
			if err := r.another(ok); err != nil {
				return c, err
			}
		}
	}
}

// place says where a chunk belongs. What is given twice isn't to be read, nor what a server
// still has though it was taken out of the stream.
func (r *Result) place(c Chunk) object.Place {
	r.dry = c.Pending == 0
	if c.Seq <= r.seq {
		return object.Stray
	}
	if i, ok := indexOf(r.info.NUID, c.ID); ok {
		return r.load.Place(i)
	}
	return object.Next // nobody says which it is
}

// another tries a source that may be on another server, when it is time: that of this one
// hasn't got the next chunk, and the stream's leader has all. Otherwise it waits, or leaves
// that to whoever waits for this source anyway. One that can't be made is tried again later.
func (r *Result) another(wait bool) error {
	if left := time.Until(r.made.Add(r.pause)); left > 0 {
		if !wait {
			return nil
		}
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
	r.made, r.pause = time.Now(), min(max(2*r.pause, quiet), maxPause)
	ctx, cancel := context.WithTimeout(r.ctx, lookupWait)
	defer cancel()
	r.open(ctx)
	return r.ctx.Err()
}

// lostFor is for how long the stream must say that chunks are missing: a server that was
// just elected, or is just back, may have less for a while, or not know the stream.
const lostFor = 4 * time.Second

// lost says whether chunks that are still to come are missing for good: the stream has less,
// and either the object is another one by now or it goes on saying so. Nobody answering is
// no answer. whole is that the stream has as many as the object.
func (r *Result) lost() (lost, whole bool) {
	ctx, cancel := context.WithTimeout(r.ctx, lookupWait)
	defer cancel()
	there, err := r.store.host.Count(ctx, object.ChunksOf(r.store.Bucket, r.info.NUID))
	switch {
	case errors.Is(err, r.store.errs.NoStream):
		there = 0
	case err != nil:
		return false, false
	}
	if !r.load.Lost(there) {
		r.missing = time.Time{}
		return false, true
	}
	if r.missing.IsZero() {
		r.missing = time.Now()
	}
	if now, err := r.store.meta(ctx, r.info.Name); err == nil && now.NUID != r.info.NUID {
		return true, false
	}
	return time.Since(r.missing) >= lostFor, false
}

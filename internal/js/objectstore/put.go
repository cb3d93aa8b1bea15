package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats/internal/js/object"
)

// Put stores what the reader gives, to its end; nil: nothing.
func (s *Store) Put(ctx context.Context, meta Meta, r io.Reader) (*Info, error) {
	if meta.Name == "" {
		return nil, s.errs.BadMeta
	}
	var o Options
	if meta.Opts != nil {
		o = *meta.Opts
	}
	if o.Link != nil {
		return nil, s.errs.LinkNotAllowed
	}
	if o.ChunkSize == 0 {
		o.ChunkSize = object.DefaultChunk
	}
	chunk, ok := object.Chunk(o.ChunkSize, s.host.MaxPayload())
	if !ok {
		return nil, s.errs.MaxPayload
	}
	meta.Opts = &o

	old, err := s.replaced(ctx, meta.Name)
	if err != nil && err != s.errs.NotFound {
		return nil, err
	}
	info := &Info{Meta: meta, Bucket: s.Bucket, NUID: nuid.Next()}
	if r != nil {
		quiet := true
		if err := s.putChunks(ctx, info, r, chunk, &quiet); err != nil {
			s.cleanUp(object.ChunksOf(s.Bucket, info.NUID), quiet)
			return nil, err
		}
	}
	if err := s.announce(ctx, info); err != nil {
		if !errors.Is(err, s.errs.InDoubt) {
			s.cleanUp(object.ChunksOf(s.Bucket, info.NUID), true)
		}
		return nil, err
	}
	if old != nil && old.Chunks > 0 {
		s.cleanUp(object.ChunksOf(s.Bucket, old.NUID), true)
	}
	return info, nil
}

// replaced is what the stream has of the object before, asked again in an election.
func (s *Store) replaced(ctx context.Context, name string) (old *Info, err error) {
	ctx, cancel := patient(ctx)
	defer cancel()
	err = again(ctx, s.slow, func() error {
		once, cancel := context.WithTimeout(ctx, lookupWait)
		defer cancel()
		old, err = s.meta(once, name)
		return err
	})
	return old, err
}

// putChunks brings all that the reader gives into the stream. When it fails quiet says
// whether nothing is on its way any more.
func (s *Store) putChunks(ctx context.Context, info *Info, r io.Reader, chunk int, quiet *bool) (err error) {
	u, err := s.upload(ctx, info.NUID)
	if err != nil {
		return err
	}
	defer u.close()
	defer func() {
		if err != nil {
			*quiet = u.giveUp()
		}
	}()
	sum := object.NewDigest()
	for end := false; !end; {
		b, err := u.buffer(chunk)
		if err != nil {
			return err
		}
		n, err := io.ReadFull(&bounded{ctx, r}, b)
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			end = true
		case err != nil:
			return err
		}
		if n == 0 {
			break
		}
		if info.Chunks == math.MaxUint32 {
			return fmt.Errorf("%w: an object has too many chunks of %d bytes", s.errs.BadMeta, chunk)
		}
		info.Chunks++
		info.Size += uint64(n)
		u.add(b[:n])
		sum.Write(b[:n]) // beside the socket; nobody else gets the memory meanwhile
	}
	info.Digest = object.DigestText(sum)
	verify, err := u.flush()
	if err != nil || !verify {
		return err
	}
	return s.verify(ctx, u, info)
}

// announce says that the object is there, which makes it so.
func (s *Store) announce(ctx context.Context, info *Info) error {
	bounded, cancel := patient(ctx)
	defer cancel()
	err := s.publish(bounded, info)
	if err == nil {
		return nil
	}
	if _, _, refused := s.errs.Codes(err); refused && !errors.Is(err, s.errs.InDoubt) || err == s.errs.NoStreamResponse {
		return err
	}
	// It may be there, or still be on its way.
	aside, cancelAside := context.WithTimeout(context.WithoutCancel(ctx), lookupWait)
	defer cancelAside()
	m, lost := s.host.Last(aside, object.MetaOf(s.Bucket, info.Name), true)
	if lost == nil {
		if there, bad := s.Parse(m.Data, m.At); bad == nil && there.NUID == info.NUID {
			s.seen.note(info.Name, m.Seq)
			info.ModTime = time.Now().UTC()
			return nil
		}
	}
	return fmt.Errorf("%w: %w: whether object %q is announced isn't known", err, s.errs.InDoubt, info.Name)
}

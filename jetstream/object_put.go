package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/object"
)

func (s *objectStore) PutBytes(ctx context.Context, name string, data []byte) (*ObjectInfo, error) {
	return s.Put(ctx, ObjectMeta{Name: name}, bytes.NewReader(data))
}

func (s *objectStore) PutString(ctx context.Context, name string, data string) (*ObjectInfo, error) {
	return s.Put(ctx, ObjectMeta{Name: name}, strings.NewReader(data))
}

func (s *objectStore) PutFile(ctx context.Context, file string) (*ObjectInfo, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return s.Put(ctx, ObjectMeta{Name: file}, f)
}

func (s *objectStore) Put(ctx context.Context, meta ObjectMeta, r io.Reader) (*ObjectInfo, error) {
	if meta.Name == "" {
		return nil, ErrBadObjectMeta
	}
	var o ObjectMetaOptions
	if meta.Opts != nil {
		o = *meta.Opts
	}
	if o.Link != nil {
		return nil, ErrLinkNotAllowed
	}
	if o.ChunkSize == 0 {
		o.ChunkSize = object.DefaultChunk
	}
	chunk, ok := object.Chunk(o.ChunkSize, s.js.nc.MaxPayload())
	if !ok {
		return nil, nats.ErrMaxPayload
	}
	meta.Opts = &o

	old, err := s.meta(ctx, meta.Name)
	if err != nil && err != ErrObjectNotFound {
		return nil, err
	}
	info := &ObjectInfo{ObjectMeta: meta, Bucket: s.bucket, NUID: nuid.Next()}
	if r != nil {
		quiet := true
		if err := s.putChunks(ctx, info, r, chunk, &quiet); err != nil {
			s.cleanUp(object.ChunksOf(s.bucket, info.NUID), quiet)
			return nil, err
		}
	}
	if err := s.announce(ctx, info); err != nil {
		if !errors.Is(err, nats.ErrInDoubt) {
			s.cleanUp(object.ChunksOf(s.bucket, info.NUID), true)
		}
		return nil, err
	}
	if old != nil && old.Chunks > 0 {
		s.cleanUp(object.ChunksOf(s.bucket, old.NUID), true)
	}
	return info, nil
}

// putChunks brings all that the reader gives into the stream. When it fails quiet says
// whether nothing is on its way any more.
func (s *objectStore) putChunks(ctx context.Context, info *ObjectInfo, r io.Reader, chunk int, quiet *bool) (err error) {
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
		n, err := io.ReadFull(r, b)
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
			return fmt.Errorf("%w: an object has too many chunks of %d bytes", ErrBadObjectMeta, chunk)
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
func (s *objectStore) announce(ctx context.Context, info *ObjectInfo) error {
	bounded := ctx
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		bounded, cancel = context.WithTimeout(ctx, objectPatience)
		defer cancel()
	}
	err := s.publishMeta(bounded, info)
	if err == nil {
		return nil
	}
	var refused *APIError
	if errors.As(err, &refused) || err == ErrNoStreamResponse {
		return err
	}
	// It may be there, or still be on its way.
	aside, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
	defer cancel()
	m, lost := s.leader.GetLastMsgForSubject(aside, object.MetaOf(s.bucket, info.Name))
	if lost == nil {
		if there, bad := infoOf(m.Data, m.Time); bad == nil && there.NUID == info.NUID {
			s.seen.note(info.Name, m.Sequence)
			info.ModTime = time.Now().UTC()
			return nil
		}
	}
	return fmt.Errorf("%w: %w: whether object %q is announced isn't known", err, nats.ErrInDoubt, info.Name)
}

const (
	// cleanWait is how long is waited for chunks to be removed that nobody needs, and
	// cleanTries how long it is tried.
	cleanWait  = 2 * time.Second
	cleanTries = 2 * time.Minute
)

// cleanUp removes chunks. If that can't be soon, it goes on behind the caller's back.
// When some may still be on their way it is done twice.
func (s *objectStore) cleanUp(subject string, quiet bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(context.Background(), cleanTries)
		defer cancel()
		err := s.insist(ctx, func(ctx context.Context) error { return s.purge(ctx, subject) })
		if err == nil && !quiet {
			time.Sleep(cleanWait)
			s.insist(ctx, func(ctx context.Context) error { return s.purge(ctx, subject) })
		}
	}()
	timer := time.NewTimer(cleanWait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// insist does what may be done twice until it is done, the context ends, or the error
// is one that stays.
func (s *objectStore) insist(ctx context.Context, do func(context.Context) error) error {
	wait := 50 * time.Millisecond
	for {
		once, cancel := context.WithTimeout(ctx, lookupTimeout)
		err := do(once)
		cancel()
		if err == nil || !passing(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(wait):
			wait = min(2*wait, time.Second)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// roomy does something again as long as the connection's buffer has no room for it,
// which the chunks of another Put may have taken.
func (s *objectStore) roomy(ctx context.Context, do func() error) error {
	ctx, cancel := s.js.withTimeout(ctx)
	defer cancel()
	for {
		err := do()
		if !errors.Is(err, nats.ErrReconnectBufExceeded) && !errors.Is(err, nats.ErrOutboundFull) {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// passing says whether an error may be over soon.
func passing(err error) bool {
	var refused *APIError
	if errors.As(err, &refused) {
		return object.Temporary(refused.Code, int(refused.ErrorCode))
	}
	for _, e := range []error{nats.ErrNoResponders, nats.ErrTimeout, nats.ErrDisconnected, nats.ErrReconnectBufExceeded, nats.ErrOutboundFull, context.DeadlineExceeded} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// isGone says whether a server says that a message isn't there.
func isGone(err error) bool {
	var refused *APIError
	return errors.As(err, &refused) && object.NotThere(int(refused.ErrorCode))
}

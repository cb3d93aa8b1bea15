package objectstore

import (
	"context"
	"fmt"

	"github.com/evernats/nats/internal/js/object"
)

// verifyTries is how often an object that isn't as it should be is looked at.
const verifyTries = 5

// verify asks which chunks are there, after something went wrong on the way, and removes
// those that are there twice. A server that came back may show what was taken out before: if
// its leader has none of that, it isn't the stream's.
func (s *Store) verify(ctx context.Context, u *upload, info *Info) error {
	ctx, cancel := patient(ctx)
	defer cancel()
	subject := object.ChunksOf(s.Bucket, info.NUID)
	for range verifyTries {
		there, n, err := s.places(ctx, subject)
		if err != nil {
			return err
		}
		strays, whole := u.m.Strays(there)
		if !whole {
			break
		}
		if len(strays) == 0 {
			return nil
		}
		removed := false
		for _, seq := range strays {
			had, err := s.removeChunk(ctx, seq)
			if err != nil {
				return err
			}
			removed = removed || had
		}
		if !removed && n == uint64(info.Chunks) {
			return nil
		}
	}
	return fmt.Errorf("%w: stream %s doesn't have the %d chunks that were sent", s.errs.DigestMismatch, s.stream(), info.Chunks)
}

// removeChunk removes a message, as often as it takes, and says whether it was there.
func (s *Store) removeChunk(ctx context.Context, seq uint64) (had bool, err error) {
	err = s.insist(ctx, func(ctx context.Context) error { return s.host.Remove(ctx, seq) })
	if _, errCode, ok := s.errs.Codes(err); ok && object.NotThere(errCode) {
		return false, nil
	}
	return true, err
}

// places are the numbers of all messages on a subject, in order: as many as the stream's
// leader has, which is n, and what else the server that reads them has.
func (s *Store) places(ctx context.Context, subject string) (places []uint64, n uint64, err error) {
	err = s.insist(ctx, func(ctx context.Context) (err error) {
		n, err = s.host.Count(ctx, subject)
		return err
	})
	if err != nil || n == 0 {
		return nil, n, err
	}
	from, err := s.source(ctx, subject, Reading{HeadersOnly: true})
	if err != nil {
		return nil, n, err
	}
	defer from.Stop()
	for more := true; more || uint64(len(places)) < n; {
		m, ok, err := from.Next(ctx, quiet)
		switch {
		case err != nil:
			return nil, n, err
		case ctx.Err() != nil:
			return nil, n, ctx.Err()
		case ok:
			places, more = append(places, m.Seq), m.Pending > 0
		default:
			more = false // nothing was on its way
		}
	}
	return places, n, nil
}

// source begins to read the messages on a subject, as often as it takes.
func (s *Store) source(ctx context.Context, subject string, how Reading) (from Source, err error) {
	err = s.insist(ctx, func(ctx context.Context) (err error) {
		from, err = s.host.Read(ctx, subject, how)
		return err
	})
	return from, err
}

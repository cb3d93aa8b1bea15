package jetstream

import (
	"context"
	"fmt"
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/object"
)

// verifyTries is how often an object that isn't as it should be is looked at.
const verifyTries = 5

// verify asks which chunks are there, after something went wrong on the way, and removes
// those that are there twice.
func (s *objectStore) verify(ctx context.Context, u *upload, info *ObjectInfo) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, objectPatience)
		defer cancel()
	}
	subject := object.ChunksOf(s.bucket, info.NUID)
	for range verifyTries {
		there, err := s.places(ctx, subject)
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
		for _, seq := range strays {
			if err := s.deleteChunk(ctx, seq); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%w: stream %s doesn't have the %d chunks that were sent", ErrDigestMismatch, s.stream, info.Chunks)
}

func (s *objectStore) deleteChunk(ctx context.Context, seq uint64) error {
	err := s.insist(ctx, func(ctx context.Context) error {
		return s.js.command(ctx, s.js.api.MsgDelete(s.stream), msgDeleteRequest{seq, true}, nil)
	})
	if isGone(err) {
		return nil
	}
	return err
}

// places are the numbers of all messages on a subject, in order: as many as the
// stream's leader has.
func (s *objectStore) places(ctx context.Context, subject string) (places []uint64, err error) {
	var n uint64
	err = s.insist(ctx, func(ctx context.Context) error {
		st, err := s.leader.Info(ctx, WithSubjectFilter(subject))
		if err == nil {
			n = st.State.Subjects[subject]
		}
		return err
	})
	if err != nil || n == 0 {
		return nil, err
	}
	var made Consumer
	err = s.insist(ctx, func(ctx context.Context) (err error) {
		made, err = s.js.OrderedConsumer(ctx, s.stream, OrderedConsumerConfig{
			FilterSubjects: []string{subject}, HeadersOnly: true, InactiveThreshold: time.Minute,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	oc := made.(*ordered)
	defer oc.discard()
	it, err := oc.Messages(WithMessagesErrOnMissingHeartbeat(false))
	if err != nil {
		return nil, err
	}
	defer it.Stop()
	for uint64(len(places)) < n {
		m, err := it.Next(NextContext(ctx))
		if err != nil {
			return nil, err
		}
		if d, ok := api.ParseAck(m.Reply()); ok {
			places = append(places, d.StreamSeq)
		}
	}
	return places, nil
}

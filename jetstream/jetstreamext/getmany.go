package jetstreamext

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/evernats/nats/jetstream"
)

// GetBatchOpt is an option of [GetBatch].
type GetBatchOpt func(*directRequest) error

// FromSequence lets [GetBatch] begin at a sequence number, or at the next that there is.
// The default, and 0, is the first. It excludes [FromTime].
func FromSequence(seq uint64) GetBatchOpt {
	return func(r *directRequest) error {
		r.Sequence = seq
		return nil
	}
}

// FromTime lets [GetBatch] begin at the first message that was stored then or later. It
// excludes [FromSequence].
func FromTime(at time.Time) GetBatchOpt {
	return func(r *directRequest) error {
		at = at.UTC()
		r.StartTime = &at
		return nil
	}
}

// MatchSubject lets [GetBatch] read the messages of a subject alone, which may have
// wildcards.
func MatchSubject(subject string) GetBatchOpt {
	return func(r *directRequest) error {
		r.NextFor = subject
		return nil
	}
}

// GetBatch reads up to n messages of a stream in the order of their sequence numbers, of
// which some hundreds come for each request; n must be positive. Messages come as they
// arrive, and no more than 8 MiB are asked for ahead. Fewer than n, or none, are no error.
//
// It goes on behind the last message when the connection is lost or no server answers for
// a while. What ends it early is the last that it gives: the context's error, without a
// deadline also [context.DeadlineExceeded] when nobody has answered for the default
// timeout, [nats.ErrNoResponders] when there is no such stream or it doesn't have
// [jetstream.StreamConfig].AllowDirect, [jetstream.ErrInvalidOption], or a
// [jetstream.APIError]. Any server with a copy of the stream may answer, which may not have
// the newest messages yet. It needs server 2.11.
func GetBatch(ctx context.Context, js jetstream.JetStream, stream string, n int, opts ...GetBatchOpt) iter.Seq2[*jetstream.RawStreamMsg, error] {
	return func(yield func(*jetstream.RawStreamMsg, error) bool) {
		r := directRequest{Batch: n}
		err := error(nil)
		for _, o := range opts {
			if err == nil {
				err = o(&r)
			}
		}
		switch {
		case err != nil:
		case n <= 0:
			err = fmt.Errorf("%w: a batch of %d messages", jetstream.ErrInvalidOption, n)
		case r.Sequence > 0 && r.StartTime != nil:
			err = fmt.Errorf("%w: both a sequence number and a time to begin at", jetstream.ErrInvalidOption)
		case r.StartTime == nil:
			r.Sequence = max(r.Sequence, 1)
		}
		give(js, stream, yield, err, func(d *direct, each func(*jetstream.RawStreamMsg) bool) error {
			return d.read(ctx, r, each)
		})
	}
}

// give reads what f reads, and ends with its error.
func give(js jetstream.JetStream, stream string, yield func(*jetstream.RawStreamMsg, error) bool, err error,
	f func(*direct, func(*jetstream.RawStreamMsg) bool) error) {
	over := false
	if err == nil {
		var d *direct
		if d, err = openDirect(js, stream); err == nil {
			defer d.close()
			err = f(d, func(m *jetstream.RawStreamMsg) bool {
				over = !yield(m, nil)
				return !over
			})
		}
	}
	if err != nil && !over {
		yield(nil, err)
	}
}

// GetLastOpt is an option of [GetLastMsgsFor].
type GetLastOpt func(*directRequest) error

// UpToSequence lets [GetLastMsgsFor] look at messages up to that sequence number only: at
// what was the last when it was the stream's. It excludes [UpToTime].
func UpToSequence(seq uint64) GetLastOpt {
	return func(r *directRequest) error {
		r.UpTo = seq
		return nil
	}
}

// UpToTime lets [GetLastMsgsFor] look at messages that were stored before that time only.
// It excludes [UpToSequence].
func UpToTime(at time.Time) GetLastOpt {
	return func(r *directRequest) error {
		at = at.UTC()
		r.UpToTime = &at
		return nil
	}
}

// lastSubjects is how many subjects are asked for at once. A server gives 1,024 messages at
// most.
const lastSubjects = 1000

// GetLastMsgsFor reads the last message of each of the subjects, which may have wildcards
// and may overlap: of every subject one, as it was at some time during the call. Subjects
// without a message are left out; none has one: that is no error. It takes a request for
// some hundreds of messages; where a wildcard matches more than 1,024 subjects the stream is
// asked for their names first.
//
// What ends it early is the last that it gives, as with [GetBatch]. It needs server 2.11.
func GetLastMsgsFor(ctx context.Context, js jetstream.JetStream, stream string, subjects []string, opts ...GetLastOpt) iter.Seq2[*jetstream.RawStreamMsg, error] {
	return func(yield func(*jetstream.RawStreamMsg, error) bool) {
		r := directRequest{everything: true}
		err := error(nil)
		for _, o := range opts {
			if err == nil {
				err = o(&r)
			}
		}
		switch {
		case err != nil:
		case r.UpTo > 0 && r.UpToTime != nil:
			err = fmt.Errorf("%w: both a sequence number and a time to look up to", jetstream.ErrInvalidOption)
		case len(subjects) == 0:
			err = fmt.Errorf("%w: no subject", jetstream.ErrInvalidOption)
		}
		l := lasts{r: r, seen: map[string]bool{}}
		give(js, stream, yield, err, func(d *direct, each func(*jetstream.RawStreamMsg) bool) error {
			return l.read(ctx, d, subjects, each)
		})
	}
}

// lasts is one GetLastMsgsFor.
type lasts struct {
	r    directRequest
	seen map[string]bool
	over bool
}

func (l *lasts) read(ctx context.Context, d *direct, subjects []string, each func(*jetstream.RawStreamMsg) bool) error {
	once := func(m *jetstream.RawStreamMsg) bool {
		if l.seen[m.Subject] {
			return true
		}
		l.seen[m.Subject] = true
		l.over = !each(m)
		return !l.over
	}
	for len(subjects) > 0 && !l.over {
		n := min(len(subjects), lastSubjects)
		r := l.r
		r.MultiLast = subjects[:n]
		err := d.read(ctx, r, once)
		if errors.Is(err, errTooMany) {
			err = l.expand(ctx, d, subjects[:n], each)
		}
		if err != nil {
			return err
		}
		subjects = subjects[n:]
	}
	return nil
}

// expand reads the last messages of subjects with wildcards that match too many.
func (l *lasts) expand(ctx context.Context, d *direct, subjects []string, each func(*jetstream.RawStreamMsg) bool) error {
	s, err := d.js.Stream(ctx, d.stream)
	if err != nil {
		return err
	}
	var names []string
	for _, subject := range subjects {
		if !strings.ContainsAny(subject, "*>") {
			names = append(names, subject)
			continue
		}
		info, err := s.Info(ctx, jetstream.WithSubjectFilter(subject))
		if err != nil {
			return err
		}
		for name := range info.State.Subjects {
			if !l.seen[name] {
				names = append(names, name)
			}
		}
	}
	return l.read(ctx, d, names, each)
}

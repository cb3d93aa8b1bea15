package objectstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/evernats/nats/internal/js/object"
)

const (
	// Patience ends a Put or a Get without a deadline that makes no progress.
	Patience = 30 * time.Second
	// lookupWait bounds one question that may be asked again.
	lookupWait = 2 * time.Second
)

// Store is a bucket. It is safe for concurrent use.
type Store struct {
	Bucket string
	// FromLeader has what is said of objects read from the stream's leader alone, and not
	// from whoever has a copy.
	FromLeader bool

	host Host
	errs *Errors
	seen written
}

// New makes the bucket of a name.
func New(bucket string, host Host, errs *Errors) *Store {
	return &Store{Bucket: bucket, host: host, errs: errs}
}

func (s *Store) stream() string { return object.StreamOf(s.Bucket) }

// patient bounds by Patience what has no deadline.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, Patience)
}

// insist does what may be done twice until it is done, the context ends, or the error
// is one that stays.
func (s *Store) insist(ctx context.Context, do func(context.Context) error) error {
	return again(ctx, s.passing, func() error {
		once, cancel := context.WithTimeout(ctx, lookupWait)
		defer cancel()
		return do(once)
	})
}

// again does something until it is done, the context ends, or the error isn't passing.
func again(ctx context.Context, passing func(error) bool, do func() error) error {
	wait := 50 * time.Millisecond
	for {
		err := do()
		if err == nil || !passing(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(wait):
			wait = min(2*wait, time.Second)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}

// roomy does something again as long as the connection's buffer has no room for it,
// which the chunks of another Put may have taken.
func (s *Store) roomy(ctx context.Context, do func() error) error {
	ctx, cancel := s.host.Bounded(ctx)
	defer cancel()
	for {
		err := do()
		if !isOne(err, s.errs.NoRoom) {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// refused says whether the stream said that it doesn't take something now, but may soon.
func (s *Store) refused(err error) bool {
	code, errCode, ok := s.errs.Codes(err)
	return ok && object.Temporary(code, errCode)
}

// slow says whether a question may have been lost, or came in an election.
func (s *Store) slow(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, s.errs.Timeout) || s.refused(err)
}

// passing says whether an error may be over soon.
func (s *Store) passing(err error) bool {
	if code, errCode, ok := s.errs.Codes(err); ok {
		return object.Temporary(code, errCode)
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, s.errs.Timeout) || isOne(err, s.errs.Passing) || isOne(err, s.errs.NoRoom)
}

func isOne(err error, of []error) bool {
	for _, e := range of {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// written is where in the stream lies what this handle said last of an object, so that
// a copy that hasn't got it yet isn't believed.
type written struct {
	mu   sync.Mutex
	last map[string]uint64
}

// maxWritten bounds it. What falls out has been copied long since.
const maxWritten = 1024

func (w *written) note(name string, seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil || len(w.last) >= maxWritten {
		w.last = make(map[string]uint64)
	}
	w.last[name] = max(seq, w.last[name])
}

func (w *written) floor(name string) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last[name]
}

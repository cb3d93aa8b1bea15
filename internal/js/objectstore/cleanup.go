package objectstore

import (
	"context"
	"time"
)

const (
	// cleanWait is how long is waited for chunks to be removed that nobody needs, and
	// cleanTries how long it is tried.
	cleanWait  = 2 * time.Second
	cleanTries = 2 * time.Minute
)

// cleanUp removes chunks. If that can't be soon, it goes on behind the caller's back.
// When some may still be on their way it is done twice.
func (s *Store) cleanUp(subject string, quiet bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(context.Background(), cleanTries)
		defer cancel()
		purge := func(ctx context.Context) error { return s.host.Purge(ctx, subject) }
		err := s.insist(ctx, purge)
		if err == nil && !quiet {
			time.Sleep(cleanWait)
			s.insist(ctx, purge)
		}
	}()
	timer := time.NewTimer(cleanWait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

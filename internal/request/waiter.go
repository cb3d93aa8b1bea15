package request

import (
	"context"
	"sync/atomic"
	"time"
)

// Waiter waits for one answer. Waiters are used again, with their channels and
// timer. They stay with their connection: a program that tests in a synctest
// bubble can't share them with what is outside.
type Waiter[M any] struct {
	ch      chan *M
	fail    chan error
	timer   *time.Timer
	id      string // its token, or the inbox of its own
	subject string
	apart   bool          // it has an inbox of its own
	own     Inbox         // that
	seq     atomic.Uint64 // the request's number in the outbound order; 0: not queued yet
	again   *Pending
}

// Number is where the request's number in the outbound order is to be stored.
func (w *Waiter[M]) Number() *atomic.Uint64 {
	if w.again != nil {
		return &w.again.seq
	}
	return &w.seq
}

// Wait returns what comes first: the answer, why there won't be one, or the end of
// patience, which is ctx if that isn't nil, and the timeout if ctx is nil or it is positive.
func (w *Waiter[M]) Wait(ctx context.Context, timeout time.Duration) (*M, error) {
	var done <-chan struct{}
	switch {
	case ctx == nil:
	case timeout > 0:
		done = ctx.Done()
	default:
		select {
		case m := <-w.ch:
			return m, nil
		case err := <-w.fail:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if w.timer == nil {
		w.timer = time.NewTimer(timeout)
	} else {
		w.timer.Reset(timeout)
	}
	defer w.timer.Stop()
	select {
	case m := <-w.ch:
		return m, nil
	case err := <-w.fail:
		return nil, err
	case <-done:
		return nil, ctx.Err()
	case <-w.timer.C:
		return nil, OutOfTime
	}
}

func (w *Waiter[M]) answer(_ string, m *M) {
	select {
	case w.ch <- m:
	default: // only the first answer counts
	}
}

// failLocked ends the request, of which only the first end counts.
func (w *Waiter[M]) failLocked(err error) {
	select {
	case w.fail <- err:
	default:
	}
}

// emptyLocked makes the waiter one for another request.
func (w *Waiter[M]) emptyLocked() {
	select {
	case <-w.ch:
	default:
	}
	select {
	case <-w.fail:
	default:
	}
	w.seq.Store(0)
	w.id, w.subject, w.again = "", "", nil
}

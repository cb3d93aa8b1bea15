package nats

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// pendingRequest is what RetryRequestsOnDisconnect sends again.
type pendingRequest struct {
	subj, reply string
	hdr, data   []byte          // copies: the caller may be gone by then
	ctx         context.Context // done when nobody waits for the answer any more
	cancel      context.CancelFunc
}

func newPendingRequest(subj, reply string, hdr, data []byte) *pendingRequest {
	q := &pendingRequest{subj: subj, reply: reply, hdr: slices.Clone(hdr), data: slices.Clone(data)}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

// sent notes the number that a request has been given. The link may have ended
// with it already.
func (r *requests) sent(nc *Conn, token string, w *waiter, seq uint64) {
	r.mu.Lock()
	w.seq = seq
	lost, again := seq <= r.gone, w.again
	if lost && again == nil {
		w.failWith(errRequestInDoubt)
	}
	if lost && again != nil {
		w.seq = 0
	}
	r.mu.Unlock()
	if lost && again != nil {
		go r.sendAgain(nc, []repetition{{token, seq, again}})
	}
}

// disconnected deals with the requests that were on their way when a link died:
// those up to the message with the number written. What was still queued goes
// out on the next connection anyway.
func (r *requests) disconnected(nc *Conn, l *link, written uint64) {
	var again []repetition
	r.mu.Lock()
	r.gone = max(r.gone, written)
	for token, w := range r.byID {
		switch {
		case w.seq == 0 || w.seq > written:
		case w.again != nil:
			again = append(again, repetition{token, w.seq, w.again})
			w.seq = 0
		default:
			w.failWith(fmt.Errorf("%w (%s)", errRequestInDoubt, l.url.redacted()))
		}
	}
	r.mu.Unlock()
	if len(again) > 0 {
		slices.SortFunc(again, func(a, b repetition) int { return cmp.Compare(a.seq, b.seq) })
		go r.sendAgain(nc, again) // may wait for room, which the driver must not
	}
}

var errRequestInDoubt = fmt.Errorf("%w: the connection to the server ended before the answer came", ErrInDoubt)

// repetition is a request that has to be sent again.
type repetition struct {
	token string
	seq   uint64 // its number when it was sent before
	*pendingRequest
}

// sendAgain publishes requests anew, those that are still waited for. An error
// leaves a request to its timeout.
func (r *requests) sendAgain(nc *Conn, again []repetition) {
	for _, q := range again {
		for lost := true; lost && q.ctx.Err() == nil; {
			seq, err := nc.publish(&roomWait{ctx: q.ctx}, q.subj, q.reply, q.hdr, q.data)
			if err != nil {
				break
			}
			r.mu.Lock()
			lost = seq <= r.gone
			if w := r.byID[q.token]; w != nil && !lost {
				w.seq = seq
			}
			r.mu.Unlock()
		}
	}
}

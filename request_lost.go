package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/evernats/nats/internal/send"
)

// disconnected deals with the requests that were on their way when a link died:
// those up to the message with the number written. What was still queued goes out on
// the next connection anyway. Up to the number confirmed the server has processed
// what it was sent.
func (r *requests) disconnected(nc *Conn, l *link, written, confirmed uint64) {
	var again []*pendingRequest
	r.mu.Lock()
	r.heard, r.proof = false, nil // the next link has to show
	r.again.losses++
	r.again.gone = max(r.again.gone, written)
	for _, w := range r.byID {
		n := w.number().Load()
		switch {
		case w.old || n == 0 || n > written:
		case w.again != nil:
			q := w.again
			q.was = n
			q.seq.Store(0)
			if n <= confirmed {
				q.strikes = 0
			} else {
				q.strikes++
			}
			again = append(again, q)
		case nc.Opts.FailRequestsOnDisconnect:
			w.failWith(fmt.Errorf("%w (%s)", errRequestInDoubt, l.Server().Redacted()))
		}
	}
	if len(again) > 0 {
		slices.SortFunc(again, func(a, b *pendingRequest) int { return cmp.Compare(a.was, b.was) })
		r.again.queue = append(r.again.queue, again...)
		if !r.again.running {
			r.again.running = true
			go r.repeat(nc) // may wait for room, which the driver must not
		}
	}
	r.mu.Unlock()
}

var errRequestInDoubt = fmt.Errorf("%w: the connection to the server ended before the answer came", ErrInDoubt)

// repetitions are the requests that have to be sent again, one after another.
type repetitions struct {
	queue   []*pendingRequest
	running bool
	losses  int    // links that have ended
	gone    uint64 // requests up to this number went out on them
}

// pendingRequest is what RetryRequestsOnDisconnect sends again.
type pendingRequest struct {
	subj, reply string
	hdr, data   []byte          // copies: the caller may be gone by then
	ctx         context.Context // done when nobody waits for the answer any more
	cancel      context.CancelFunc
	seq         atomic.Uint64 // its number in the outbound order; 0 while it is to be sent again
	id          string
	was         uint64 // its number on the link that ended
	strikes     int    // links in a row that ended before the server had processed it
}

func newPendingRequest(subj string, hdr, data []byte) *pendingRequest {
	q := &pendingRequest{subj: subj, hdr: slices.Clone(hdr), data: slices.Clone(data)}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

func (r *requests) repeat(nc *Conn) {
	for {
		r.mu.Lock()
		if len(r.again.queue) == 0 {
			r.again.queue, r.again.running = nil, false
			r.mu.Unlock()
			return
		}
		q := r.again.queue[0]
		r.again.queue = r.again.queue[1:]
		trial := q.strikes >= strikesForTrial
		r.mu.Unlock()
		if q.ctx.Err() != nil {
			continue // nobody waits for it any more
		}
		var err error
		if trial {
			err = r.try(nc, q)
		} else {
			_, err = nc.publish(&send.Publication{Ctx: q.ctx, Always: true, Number: &q.seq}, q.subj, q.reply, q.hdr, q.data)
		}
		if err != nil {
			r.failAgain(q, err)
		}
	}
}

// strikesForTrial is how many connections in a row must have ended over a request
// for it to be suspected.
const strikesForTrial = 2

// try sends a request over which two connections may have ended. The third has to
// answer a PING before it gets it, and another one after it. If the connection ends
// between the two answers the request is the cause: it is not sent any more.
func (r *requests) try(nc *Conn, q *pendingRequest) error {
	for {
		before := r.lossesSoFar()
		fence, err := nc.fence()
		if err != nil {
			return err
		}
		if err = nc.await(q.ctx, fence); err != nil && !errors.Is(err, ErrInDoubt) {
			return err
		}
		if err != nil || r.lossesSoFar() != before {
			continue // that was another connection's answer
		}
		p := send.Publication{Ctx: q.ctx, Always: true, Confirm: true}
		seq, err := nc.publish(&p, q.subj, q.reply, q.hdr, q.data)
		if err != nil {
			return err
		}
		err = nc.await(q.ctx, p.Waiter)
		switch {
		case err == nil:
			r.mu.Lock()
			q.strikes = 0
			lost := seq <= r.again.gone
			if !lost {
				q.seq.Store(seq)
			}
			r.mu.Unlock()
			if !lost {
				return nil
			}
		case !errors.Is(err, ErrInDoubt):
			return err
		case r.lossesSoFar() == before+1:
			return ErrPoisonMessage
		}
	}
}

func (r *requests) lossesSoFar() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.again.losses
}

// failAgain ends a request that could not be sent again. It was sent before, so
// nobody can know what became of it, unless it is known to be what no server takes.
func (r *requests) failAgain(q *pendingRequest, err error) {
	switch {
	case errors.Is(err, ErrPoisonMessage):
		err = fmt.Errorf("%w (request to %s)", err, excerpt(q.subj))
	case !errors.Is(err, ErrConnectionClosed):
		err = fmt.Errorf("%w, and the request could not be sent again: %w", errRequestInDoubt, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.byID[q.id]; w != nil && w.again == q {
		w.failWith(err)
	}
}

// excerpt is the start of a subject, for an error.
func excerpt(subj string) string {
	const most = 64
	if len(subj) > most {
		return fmt.Sprintf("%q and %d bytes more", subj[:most], len(subj)-most)
	}
	return fmt.Sprintf("%q", subj)
}

// givenUp are the messages that were given up and of which requests haven't been
// told yet. Its lock is a leaf.
type givenUp struct {
	mu     sync.Mutex
	spans  []lostSpan
	posted bool
}

// lostSpan is a run of messages, by their numbers in the outbound order.
type lostSpan struct {
	first, last uint64
	err         error
}

// gaveUp tells the requests whose message is among those that were given up. The send
// side's lock is held, so it is the driver that tells them.
func (r *requests) gaveUp(nc *Conn, first, last uint64, err error) {
	if r.waiting.Load() == 0 {
		return
	}
	if r.given == nil {
		r.given = new(givenUp)
	}
	g := r.given
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.spans); n > 0 && g.spans[n-1].last+1 == first && g.spans[n-1].err == err {
		g.spans[n-1].last = last
	} else {
		g.spans = append(g.spans, lostSpan{first, last, err})
	}
	if !g.posted {
		g.posted = true
		nc.session.Post(func() { r.tellGivenUp(g) })
	}
}

func (r *requests) tellGivenUp(g *givenUp) {
	g.mu.Lock()
	spans := g.spans
	g.spans, g.posted = nil, false
	g.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.byID {
		n := w.number().Load()
		for i := range spans {
			if s := &spans[i]; n >= s.first && n <= s.last {
				w.failWith(s.err)
			}
		}
	}
}

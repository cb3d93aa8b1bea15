package request

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
)

// LinkEnded deals with the requests that were on their way when the link to a server
// ended: those up to the number sent. What was still queued goes out on the next one
// anyway. Up to the number confirmed the server has processed what it was sent. Requests
// that aren't sent again fail if fail is set; else they go on waiting.
func (t *Table[M]) LinkEnded(server string, sent, confirmed uint64, fail bool) {
	var again []*Pending
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard, t.proof = false, nil // the next link has to show
	t.again.losses++
	t.again.gone = max(t.again.gone, sent)
	for _, w := range t.byID {
		n := w.Number().Load()
		switch {
		case w.apart || n == 0 || n > sent:
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
		case fail:
			w.failLocked(&LostError{server})
		}
	}
	if len(again) == 0 {
		return
	}
	slices.SortFunc(again, func(a, b *Pending) int { return cmp.Compare(a.was, b.was) })
	t.again.queue = append(t.again.queue, again...)
	if !t.again.running {
		t.again.running = true
		go t.repeat() // may wait for room, which who tells of the loss must not
	}
}

// repetitions are the requests that have to be sent again, one after another.
type repetitions struct {
	queue   []*Pending
	running bool
	losses  int    // links that have ended
	gone    uint64 // requests up to this number went out on them
}

// Pending is a request that is sent again if the link ends before its answer.
type Pending struct {
	msg     Message         // copies: who asked may be gone by then
	ctx     context.Context // done when nobody waits for the answer any more; made by wanted
	cancel  context.CancelFunc
	over    bool          // nobody waits for the answer any more
	alone   bool          // then it isn't to be sent any more, either
	seq     atomic.Uint64 // its number in the outbound order; 0 while it is to be sent again
	id      string
	was     uint64 // its number on the link that ended
	strikes int    // links in a row that ended before the server had processed it
}

// Again makes of a request one that may be sent again, for [Table.Begin].
func Again(subject string, hdr, data []byte) *Pending {
	return &Pending{msg: Message{Subject: subject, Header: slices.Clone(hdr), Data: slices.Clone(data)}}
}

// Alone is Again of a request of which no copy is to go out when nobody waits for the
// answer any more. Who releases it withdraws the newest one.
func Alone(subject string, hdr, data []byte) *Pending {
	q := Again(subject, hdr, data)
	q.alone = true
	return q
}

// wantedLocked says whether somebody still waits for the answer, and then makes the
// context of sending it again, which few requests need.
func (q *Pending) wantedLocked() bool {
	if q.over {
		return false
	}
	if q.ctx == nil {
		q.ctx, q.cancel = context.WithCancel(context.Background())
	}
	return true
}

// endLocked says that nobody waits any more.
func (q *Pending) endLocked() {
	q.over = true
	if q.cancel != nil {
		q.cancel()
	}
}

func (t *Table[M]) repeat() {
	for {
		t.mu.Lock()
		if len(t.again.queue) == 0 {
			t.again.queue, t.again.running = nil, false
			t.mu.Unlock()
			return
		}
		q := t.again.queue[0]
		t.again.queue = t.again.queue[1:]
		trial := q.strikes >= strikesForTrial
		wanted := q.wantedLocked()
		t.mu.Unlock()
		if !wanted {
			continue
		}
		var err error
		if trial {
			err = t.try(q)
		} else if err = t.host.Publish(q.ctx, &q.msg, &q.seq); err != nil {
			err = &AgainError{q.msg.Subject, err}
		}
		if err != nil {
			t.failAgain(q, err)
		} else if t.late(q) {
			t.host.Withdraw(q.seq.Load())
		}
	}
}

// late says whether who waited for the answer was gone when a copy was queued that isn't to
// go out then.
func (t *Table[M]) late(q *Pending) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return q.over && q.alone
}

// failAgain ends a request that could not be sent again.
func (t *Table[M]) failAgain(q *Pending, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w := t.byID[q.id]; w != nil && w.again == q {
		w.failLocked(err)
	}
}

package nats

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nuid"
)

// requests are the answers that are waited for. One subscription on an inbox of
// the connection's own serves them all: the last token of the reply subject says
// which request an answer belongs to.
type requests struct {
	mu     sync.Mutex
	prefix string // inbox with its final dot; empty until the first request
	sub    *Subscription
	byID   map[string]*waiter
	tokens *tokens
	free   []*waiter

	waiting atomic.Int32 // the size of byID
	given   *givenUp     // the send side's lock guards the pointer; nil: nothing was given up
	again   repetitions
	proof   *inboxProof // whether the server has the inbox is being found out
	heard   bool        // something came in on the inbox since the link was made
}

// waiter waits for one answer. Waiters are used again, with their channels and
// timer. They stay with their connection: a program that tests in a synctest
// bubble can't share them with what is outside.
type waiter struct {
	ch    chan *Msg
	fail  chan error
	timer *time.Timer
	subj  string
	old   bool          // it has an inbox of its own
	seq   atomic.Uint64 // the request's number in the outbound order; 0: not queued yet
	again *pendingRequest
}

// number is where the request's number in the outbound order is kept.
func (w *waiter) number() *atomic.Uint64 {
	if w.again != nil {
		return &w.again.seq
	}
	return &w.seq
}

// freeWaiters bounds how many waiters are kept for later requests.
const freeWaiters = 256

// register makes a waiter and its reply subject; the first call subscribes. again is
// for a request that may be sent again, else nil.
func (r *requests) register(nc *Conn, subj string, again *pendingRequest) (w *waiter, reply string, err error) {
	r.mu.Lock()
	if r.sub == nil {
		if err := r.subscribeLocked(nc); err != nil {
			r.mu.Unlock()
			return nil, "", err
		}
	}
	reply = r.replyLocked()
	w = r.waiterLocked(reply[len(r.prefix):], subj)
	if again != nil {
		again.reply, again.id = reply, reply[len(r.prefix):]
		w.again = again
	}
	r.mu.Unlock()
	return w, reply, nil
}

// registerOld makes a waiter for a request with an inbox of its own.
func (r *requests) registerOld(nc *Conn, inbox, subj string) *waiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.startLocked(nc)
	w := r.waiterLocked(inbox, subj)
	w.old = true
	return w
}

// waiterLocked makes the waiter for answers to a token, or to an inbox of its own.
func (r *requests) waiterLocked(id, subj string) (w *waiter) {
	if n := len(r.free); n > 0 {
		w, r.free[n-1] = r.free[n-1], nil
		r.free = r.free[:n-1]
	} else {
		w = &waiter{ch: make(chan *Msg, 1), fail: make(chan error, 1)}
	}
	w.subj = subj
	r.byID[id] = w
	r.waiting.Store(int32(len(r.byID)))
	return w
}

// subscribeLocked makes the one subscription. Its lock order (requests, then
// subscriptions, then sender) is used nowhere the other way round.
func (r *requests) subscribeLocked(nc *Conn) error {
	r.startLocked(nc)
	sub, err := nc.subscribe(subConfig{Subject: r.prefix + "*", Inline: r.answer}, nil)
	if err != nil {
		return err
	}
	r.sub = sub
	return nil
}

// startLocked makes the inbox that reply subjects begin with. It need not be secret,
// whoever answers sees it.
func (r *requests) startLocked(nc *Conn) {
	if r.byID == nil {
		r.byID = make(map[string]*waiter)
		r.tokens = new(tokens)
		r.prefix = nc.inboxPrefix() + nuid.Next() + "."
	}
}

// replyLocked makes a reply subject that nobody waits for: the prefix and a token.
func (r *requests) replyLocked() string {
	var buf [96]byte
	prefix := append(buf[:0], r.prefix...)
	for {
		b := appendBase62(prefix, r.tokens.next(), tokenLen)
		if r.byID[string(b[len(prefix):])] == nil {
			return string(b)
		}
	}
}

// answer gives an answer to whoever waits for it; a late one is dropped.
func (r *requests) answer(m *Msg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = true
	if len(m.Subject) <= len(r.prefix) {
		return
	}
	if w := r.byID[m.Subject[len(r.prefix):]]; w != nil {
		w.answer(m)
	}
}

func (w *waiter) answer(m *Msg) {
	select {
	case w.ch <- m:
	default: // only the first answer counts
	}
}

// subscribeOnce gives a request an inbox and a subscription of its own.
func (nc *Conn) subscribeOnce(inbox string, w *waiter) (*Subscription, error) {
	sub, err := nc.subscribe(subConfig{Subject: inbox, Inline: w.answer}, nil)
	if err != nil {
		return nil, err
	}
	if err := sub.AutoUnsubscribe(1); err != nil {
		sub.in.Remove(true)
		return nil, err
	}
	return sub, nil
}

// release forgets a request and takes its waiter back, emptied.
func (r *requests) release(id string, w *waiter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byID, id)
	r.waiting.Store(int32(len(r.byID)))
	if w.old {
		return // its subscription may still answer
	}
	if w.again != nil {
		w.again.cancel()
	}
	select {
	case <-w.ch:
	default:
	}
	select {
	case <-w.fail:
	default:
	}
	w.seq.Store(0)
	w.subj, w.again = "", nil
	if len(r.free) < freeWaiters {
		r.free = append(r.free, w)
	}
}

// failAll ends every request with one error.
func (r *requests) failAll(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.byID {
		w.failWith(err)
	}
}

func (w *waiter) failWith(err error) {
	select {
	case w.fail <- err:
	default:
	}
}

package request

import (
	"sync"
	"sync/atomic"

	"github.com/nats-io/nuid"
)

// Table is the answers that are waited for. The zero value needs [Table.Init].
type Table[M any] struct {
	host   Host[M]
	mu     sync.Mutex
	prefix string // inbox with its final dot; empty until the first request
	inbox  Inbox  // nil until then, and when the server has refused it
	byID   map[string]*Waiter[M]
	tokens *tokens
	free   []*Waiter[M]

	waiting atomic.Int32 // the size of byID
	given   *givenUp     // the lock that GaveUp is called under guards the pointer; nil: nothing was given up
	again   repetitions
	proof   *inboxProof // whether the server has the inbox is being found out
	heard   bool        // something came in on the inbox since the link was made
}

// freeWaiters bounds how many waiters are kept for later requests.
const freeWaiters = 256

// Init comes before all else.
func (t *Table[M]) Init(host Host[M]) { t.host = host }

// Begin makes a waiter and its reply subject; the first call subscribes. again is the
// request if it may be sent again, else nil: see [Again].
func (t *Table[M]) Begin(subject string, again *Pending) (w *Waiter[M], reply string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.inbox == nil {
		if err := t.subscribeLocked(); err != nil {
			return nil, "", err
		}
	}
	reply = t.replyLocked()
	w = t.waiterLocked(reply[len(t.prefix):], subject)
	if again != nil {
		again.msg.Reply, again.id = reply, w.id
		w.again = again
	}
	return w, reply, nil
}

// BeginOwn makes a waiter for a request with an inbox of its own.
func (t *Table[M]) BeginOwn(inbox, subject string) (*Waiter[M], error) {
	t.mu.Lock()
	t.startLocked()
	w := t.waiterLocked(inbox, subject)
	w.apart = true
	t.mu.Unlock()
	own, err := t.host.Subscribe(inbox, true, w.answer)
	if err != nil {
		t.Release(w, true)
		return nil, err
	}
	w.own = own
	return w, nil
}

// waiterLocked makes the waiter for answers to a token, or to an inbox of its own.
func (t *Table[M]) waiterLocked(id, subject string) (w *Waiter[M]) {
	if n := len(t.free); n > 0 {
		w, t.free[n-1] = t.free[n-1], nil
		t.free = t.free[:n-1]
	} else {
		w = &Waiter[M]{ch: make(chan *M, 1), fail: make(chan error, 1)}
	}
	w.id, w.subject = id, subject
	t.byID[id] = w
	t.waiting.Store(int32(len(t.byID)))
	return w
}

// subscribeLocked makes the one subscription.
func (t *Table[M]) subscribeLocked() error {
	t.startLocked()
	inbox, err := t.host.Subscribe(t.prefix+"*", false, t.answer)
	if err != nil {
		return err
	}
	t.inbox = inbox
	return nil
}

// startLocked makes the inbox that reply subjects begin with. It need not be secret,
// whoever answers sees it.
func (t *Table[M]) startLocked() {
	if t.byID == nil {
		t.byID = make(map[string]*Waiter[M])
		t.tokens = new(tokens)
		t.prefix = t.host.InboxPrefix() + nuid.Next() + "."
	}
}

// Reply makes a reply subject that nobody waits for.
func (t *Table[M]) Reply() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.startLocked()
	return t.replyLocked()
}

// replyLocked makes a reply subject: the prefix and a token that isn't in use.
func (t *Table[M]) replyLocked() string {
	var buf [96]byte
	prefix := append(buf[:0], t.prefix...)
	for {
		b := appendBase62(prefix, t.tokens.next(), tokenLen)
		if t.byID[string(b[len(prefix):])] == nil {
			return string(b)
		}
	}
}

// answer gives an answer to whoever waits for it; a late one is dropped.
func (t *Table[M]) answer(subject string, m *M) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard = true
	if len(subject) <= len(t.prefix) {
		return
	}
	if w := t.byID[subject[len(t.prefix):]]; w != nil {
		w.answer(subject, m)
	}
}

// Release forgets a request and takes its waiter back, emptied. answered says whether
// the server has sent an answer, so that an inbox of its own has ended there. repeated
// says that a link ended that the request had gone out on, and that it was to be sent again.
// number is that of its newest copy in the outbound order; 0: there is none.
func (t *Table[M]) Release(w *Waiter[M], answered bool) (repeated bool, number uint64) {
	if w.own != nil {
		w.own.Remove(!answered)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byID, w.id)
	t.waiting.Store(int32(len(t.byID)))
	number = w.Number().Load()
	if w.apart {
		return false, number // its subscription may still answer
	}
	if w.again != nil {
		repeated = w.again.was != 0
		w.again.endLocked()
	}
	w.emptyLocked()
	if len(t.free) < freeWaiters {
		t.free = append(t.free, w)
	}
	return repeated, number
}

// Repeated says whether a link ended that the request had gone out on, and that it was to
// be sent again.
func (t *Table[M]) Repeated(w *Waiter[M]) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return w.again != nil && w.again.was != 0
}

// End ends every request, since the connection is closed.
func (t *Table[M]) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failLocked(Closed, func(*Waiter[M]) bool { return true })
}

// failLocked ends the requests that are meant. Of the ends of a request, all but that of
// its time come by here or by the one for a single request, [Waiter.failLocked].
func (t *Table[M]) failLocked(err error, meant func(w *Waiter[M]) bool) {
	for _, w := range t.byID {
		if meant(w) {
			w.failLocked(err)
		}
	}
}

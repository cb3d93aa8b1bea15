package nats

import (
	"context"
	"sync"
	"time"
)

// requests are the answers that are waited for. One subscription on an inbox of
// the connection's own serves them all: the last token of the reply subject says
// which request an answer belongs to.
type requests struct {
	mu     sync.Mutex
	prefix string // inbox with its final dot; empty until the first request
	sub    *Subscription
	byID   map[string]*waiter
	next   uint64
	gone   uint64 // requests up to this number went out on links that have ended
	free   []*waiter
}

// waiter waits for one answer. Waiters are used again, with their channels and
// timer. They stay with their connection: a program that tests in a synctest
// bubble can't share them with what is outside.
type waiter struct {
	ch    chan *Msg
	fail  chan error
	timer *time.Timer
	seq   uint64 // the request's number in the outbound order; 0: not queued yet
	again *pendingRequest
}

// freeWaiters bounds how many waiters are kept for later requests.
const freeWaiters = 256

// Request publishes data to the subject and waits for one answer, at most
// timeout; with zero or less it doesn't wait. Where [OutboundFull] makes it wait for
// room first, that is part of the time.
//
// Errors: [ErrTimeout]; [ErrNoResponders] when nobody listens on the subject;
// those of [Conn.Publish]. By default a request that is under way when the
// connection is lost runs into its timeout unless its answer finds the new
// connection; see [FailRequestsOnDisconnect] and [RetryRequestsOnDisconnect].
func (nc *Conn) Request(subj string, data []byte, timeout time.Duration) (*Msg, error) {
	return nc.request(nil, subj, nil, data, timeout)
}

// RequestMsg is [Conn.Request] with a message, headers included. Its Reply is
// not used.
func (nc *Conn) RequestMsg(msg *Msg, timeout time.Duration) (*Msg, error) {
	if msg == nil {
		return nil, ErrInvalidMsg
	}
	hdr, err := msg.headerBytes()
	if err != nil {
		return nil, err
	}
	return nc.request(nil, msg.Subject, hdr, msg.Data, timeout)
}

// RequestWithContext is [Conn.Request] that waits until ctx is done, and then
// returns its error.
func (nc *Conn) RequestWithContext(ctx context.Context, subj string, data []byte) (*Msg, error) {
	if ctx == nil {
		return nil, ErrInvalidContext
	}
	return nc.request(ctx, subj, nil, data, 0)
}

// RequestMsgWithContext is [Conn.RequestMsg] that waits until ctx is done, and
// then returns its error.
func (nc *Conn) RequestMsgWithContext(ctx context.Context, msg *Msg) (*Msg, error) {
	if msg == nil {
		return nil, ErrInvalidMsg
	}
	if ctx == nil {
		return nil, ErrInvalidContext
	}
	hdr, err := msg.headerBytes()
	if err != nil {
		return nil, err
	}
	return nc.request(ctx, msg.Subject, hdr, msg.Data, 0)
}

func (nc *Conn) request(ctx context.Context, subj string, hdr, data []byte, timeout time.Duration) (*Msg, error) {
	if nc == nil {
		return nil, ErrInvalidConnection
	}
	return nc.requestWith(ctx, subj, hdr, data, timeout, nc.Opts.RetryRequestsOnDisconnect)
}

// requestWith is request, which is made again on the next link when again is set
// and the one it went out on is lost.
func (nc *Conn) requestWith(ctx context.Context, subj string, hdr, data []byte, timeout time.Duration, again bool) (*Msg, error) {
	if ctx != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if nc.Opts.UseOldRequestStyle {
		return nc.oldRequest(ctx, subj, hdr, data, timeout)
	}
	r := &nc.reqs
	w, reply, err := r.register(nc)
	if err != nil {
		return nil, err
	}
	token := reply[len(r.prefix):]
	if again {
		w.again = newPendingRequest(subj, reply, hdr, data)
	}
	// The wait for room in the outbound buffer is part of the request's time.
	rw := roomWait{ctx: ctx, limit: roomLimit(ctx, timeout), urgent: true}
	seq, err := nc.publish(&rw, subj, reply, hdr, data)
	if err != nil {
		r.release(token, w)
		return nil, err
	}
	if nc.Opts.FailRequestsOnDisconnect || w.again != nil {
		r.sent(nc, token, w, seq)
	}
	m, err := w.wait(ctx, timeout-rw.waited)
	r.release(token, w)
	if err == nil && isNoResponders(m) {
		return nil, ErrNoResponders
	}
	return m, err
}

// roomLimit is how long a request may wait for room in the outbound buffer.
func roomLimit(ctx context.Context, timeout time.Duration) time.Duration {
	if ctx != nil {
		return 0
	}
	return max(timeout, 1)
}

// wait returns what comes first: answer, failure, or the end of patience.
func (w *waiter) wait(ctx context.Context, timeout time.Duration) (*Msg, error) {
	if ctx != nil {
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
	case <-w.timer.C:
		return nil, ErrTimeout
	}
}

// register makes a waiter and its reply subject; the first call subscribes.
func (r *requests) register(nc *Conn) (w *waiter, reply string, err error) {
	r.mu.Lock()
	if r.sub == nil {
		if err := r.subscribeLocked(nc); err != nil {
			r.mu.Unlock()
			return nil, "", err
		}
	}
	r.next++
	reply = r.inboxLocked(r.next)
	if n := len(r.free); n > 0 {
		w, r.free[n-1] = r.free[n-1], nil
		r.free = r.free[:n-1]
	} else {
		w = &waiter{ch: make(chan *Msg, 1), fail: make(chan error, 1)}
	}
	r.byID[reply[len(r.prefix):]] = w
	r.mu.Unlock()
	return w, reply, nil
}

// subscribeLocked makes the one subscription. Its lock order (requests, then
// subscriptions, then sender) is used nowhere the other way round.
func (r *requests) subscribeLocked(nc *Conn) error {
	if r.byID == nil {
		r.byID = make(map[string]*waiter)
		r.prefix = nc.NewInbox() + "."
	}
	sub, err := nc.subscribe(&Subscription{Subject: r.prefix + "*", typ: AsyncSubscription, take: r.answer})
	if err != nil {
		return err
	}
	r.sub = sub
	return nil
}

// inboxLocked writes the reply subject of request n: the prefix and n in base 62.
func (r *requests) inboxLocked(n uint64) string {
	var buf [96]byte
	b := append(buf[:0], r.prefix...)
	b = appendBase62(b, n)
	return string(b)
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func appendBase62(b []byte, n uint64) []byte {
	for {
		b = append(b, base62[n%62])
		n /= 62
		if n == 0 {
			return b
		}
	}
}

// answer gives an answer to whoever waits for it; a late one is dropped.
func (r *requests) answer(m *Msg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(m.Subject) <= len(r.prefix) {
		return
	}
	if w := r.byID[m.Subject[len(r.prefix):]]; w != nil {
		select {
		case w.ch <- m:
		default: // only the first answer counts
		}
	}
}

// release forgets a request and takes its waiter back, emptied.
func (r *requests) release(token string, w *waiter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byID, token)
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
	w.seq, w.again = 0, nil
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

// isNoResponders says whether a message is the server's note that nobody listens.
func isNoResponders(m *Msg) bool {
	return m != nil && len(m.Data) == 0 && m.Header.Get("Status") == "503"
}

// oldRequest gives each request an inbox and a subscription of its own.
func (nc *Conn) oldRequest(ctx context.Context, subj string, hdr, data []byte, timeout time.Duration) (*Msg, error) {
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer sub.Unsubscribe()
	if err := sub.AutoUnsubscribe(1); err != nil {
		return nil, err
	}
	rw := roomWait{ctx: ctx, limit: roomLimit(ctx, timeout), urgent: true}
	if _, err := nc.publish(&rw, subj, inbox, hdr, data); err != nil {
		return nil, err
	}
	var m *Msg
	if ctx != nil {
		m, err = sub.NextMsgWithContext(ctx)
	} else {
		m, err = sub.NextMsg(timeout - rw.waited)
	}
	if err != nil {
		return nil, err
	}
	if isNoResponders(m) {
		return nil, ErrNoResponders
	}
	return m, nil
}

// NewRespInbox returns a reply subject of the kind that Request uses, for a
// program that publishes with a reply and matches answers itself.
func (nc *Conn) NewRespInbox() string {
	r := &nc.reqs
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID == nil {
		r.byID = make(map[string]*waiter)
		r.prefix = nc.NewInbox() + "."
	}
	r.next++
	return r.inboxLocked(r.next)
}

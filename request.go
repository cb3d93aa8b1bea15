package nats

import (
	"context"
	"time"

	"github.com/evernats/nats/internal/send"
)

// Request publishes data to the subject and waits for one answer, at most
// timeout; with zero or less it doesn't wait. Where [OutboundFull] makes it wait for
// room first, that is part of the time.
//
// Errors: [ErrTimeout]; [ErrNoResponders] when nobody listens on the subject;
// those of [Conn.Publish]; and, at once, the reason when the message was given up
// before it was sent, see [MessageDroppedHandler], and [ErrPermissionViolation] or
// [ErrMaxSubscriptionsExceeded] when the server refuses it, or the inbox for the
// answer. A request that is under way when
// the connection is lost, or given up by [Conn.ForceReconnect], goes on: its answer
// may find the new connection, else it runs into its timeout. See
// [FailRequestsOnDisconnect] and [RetryRequestsOnDisconnect] for other ways.
func (nc *Conn) Request(subj string, data []byte, timeout time.Duration) (*Msg, error) {
	return nc.request(nil, subj, nil, data, timeout)
}

// RequestMsg is [Conn.Request] with a message, headers included. Its Reply is
// not used.
func (nc *Conn) RequestMsg(msg *Msg, timeout time.Duration) (*Msg, error) {
	if msg == nil {
		return nil, ErrInvalidMsg
	}
	hdr, err := nc.headerBytes(msg)
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
	hdr, err := nc.headerBytes(msg)
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
	r := &nc.reqs
	if nc.Opts.UseOldRequestStyle {
		inbox := nc.NewInbox()
		w := r.registerOld(nc, inbox, subj)
		sub, err := nc.subscribeOnce(inbox, w)
		if err != nil {
			r.release(inbox, w)
			return nil, err
		}
		m, err := nc.ask(ctx, w, subj, inbox, hdr, data, timeout)
		sub.in.Remove(err != nil && err != ErrNoResponders) // after an answer the server knows
		r.release(inbox, w)
		return m, err
	}
	var q *pendingRequest
	if again {
		q = newPendingRequest(subj, hdr, data)
	}
	w, reply, err := r.register(nc, subj, q)
	if err != nil {
		return nil, err
	}
	m, err := nc.ask(ctx, w, subj, reply, hdr, data, timeout)
	r.release(reply[len(r.prefix):], w)
	return m, err
}

// ask publishes a request and waits for its answer. The wait for room in the outbound
// buffer is part of its time.
func (nc *Conn) ask(ctx context.Context, w *waiter, subj, reply string, hdr, data []byte, timeout time.Duration) (*Msg, error) {
	p := send.Publication{Ctx: ctx, Limit: roomLimit(ctx, timeout), Urgent: true, Number: w.number()}
	if _, err := nc.publish(&p, subj, reply, hdr, data); err != nil {
		return nil, err
	}
	m, err := w.wait(ctx, timeout-p.Waited)
	if err != nil {
		return nil, err
	}
	return answer(m)
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

// isNoResponders says whether a message is the server's note that nobody listens.
func isNoResponders(m *Msg) bool {
	return m != nil && len(m.Data) == 0 && m.Header.Get("Status") == "503"
}

// NewRespInbox returns a reply subject of the kind that Request uses, an inbox and 8
// characters that can't be guessed by those who know earlier ones, for a program that
// publishes with a reply and matches answers itself.
func (nc *Conn) NewRespInbox() string {
	r := &nc.reqs
	r.mu.Lock()
	defer r.mu.Unlock()
	r.startLocked(nc)
	return r.replyLocked()
}

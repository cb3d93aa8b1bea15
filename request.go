package nats

import (
	"context"
	"strings"
	"time"

	"github.com/evernats/nats/internal/request"
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
	m, _, err := nc.requestTold(ctx, subj, hdr, data, timeout, again)
	return m, err
}

// requestTold also says whether the request was sent on a link that was lost, so that there
// may be another copy than the one that was answered.
func (nc *Conn) requestTold(ctx context.Context, subj string, hdr, data []byte, timeout time.Duration, again bool) (m *Msg, repeated bool, err error) {
	if ctx != nil && ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	var q *request.Pending
	if again {
		q = request.Again(subj, hdr, data)
	}
	w, reply, err := nc.beginRequest(subj, q)
	if err != nil {
		return nil, false, err
	}
	m, err = nc.ask(ctx, w, subj, reply, hdr, data, timeout)
	repeated, _ = nc.reqs.Release(w, err == nil || err == ErrNoResponders)
	return m, repeated, err
}

// beginRequest makes who waits for the answer, and the subject that it goes to. again is
// the request if it may be sent again, else nil.
func (nc *Conn) beginRequest(subj string, again *request.Pending) (w *request.Waiter[Msg], reply string, err error) {
	if nc.Opts.UseOldRequestStyle {
		reply = nc.NewInbox()
		w, err = nc.reqs.BeginOwn(reply, subj)
		return w, reply, err
	}
	return nc.reqs.Begin(subj, again)
}

// ask publishes a request and waits for its answer. The wait for room in the outbound
// buffer is part of its time.
func (nc *Conn) ask(ctx context.Context, w *request.Waiter[Msg], subj, reply string, hdr, data []byte, timeout time.Duration) (*Msg, error) {
	p := send.Publication{Ctx: ctx, Limit: roomLimit(ctx, timeout), Urgent: true, Number: w.Number()}
	if _, err := nc.publish(&p, subj, reply, hdr, data); err != nil {
		return nil, err
	}
	m, err := w.Wait(ctx, timeout-p.Waited)
	if err != nil {
		return nil, ofRequest(err)
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

// isNoResponders says whether a message is the server's note that nobody listens.
func isNoResponders(m *Msg) bool {
	return m != nil && len(m.Data) == 0 && m.Header.Get("Status") == "503"
}

// NewRespInbox returns a reply subject of the kind that Request uses, an inbox and 8
// characters that can't be guessed by those who know earlier ones, for a program that
// publishes with a reply and matches answers itself.
func (nc *Conn) NewRespInbox() string {
	return nc.reqs.Reply()
}

// NewInbox returns a subject that nobody else uses, to be told to others as a
// reply subject and subscribed to: "_INBOX." and 22 random characters, which can't be
// guessed by those who know earlier ones. It knows nothing of a connection's
// CustomInboxPrefix; [Conn.NewInbox] does.
func NewInbox() string {
	return request.NewInbox(InboxPrefix)
}

// NewInbox is like the function [NewInbox], with the prefix that the connection
// was given by [CustomInboxPrefix].
func (nc *Conn) NewInbox() string {
	return request.NewInbox(nc.inboxPrefix())
}

// inboxPrefix is what inboxes start with, the dot included.
func (nc *Conn) inboxPrefix() string {
	if nc == nil || nc.Opts.InboxPrefix == "" {
		return InboxPrefix
	}
	return nc.Opts.InboxPrefix + "."
}

var errInboxPrefix = &kindError{"nats: invalid custom prefix", ErrBadSubject}

// checkInboxPrefix refuses what can't start an inbox subject.
func checkInboxPrefix(p string) error {
	var why string
	switch {
	case p == "":
		why = "it is empty"
	case strings.ContainsAny(p, "*>"):
		why = "it has a wildcard in it"
	case strings.HasSuffix(p, "."):
		why = "it ends in a dot, which the client adds itself"
	case badSubject(p):
		why = "it has a space or an empty token in it"
	default:
		return nil
	}
	return detailed(errInboxPrefix, "%w %q for inboxes: %s", errInboxPrefix, p, why)
}

package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evernats/nats/internal/eventlog"
	"github.com/evernats/nats/internal/send"
)

// Health is a verdict on a connection, with what it rests on. [Conn.Health] gives it.
type Health struct {
	// Ready says that messages get through now: a server is in use and has just
	// answered, or at least sent something, and the program doesn't drain the
	// connection.
	Ready bool `json:"ready"`
	// Live says that waiting helps, if anything does: it is false once the connection is
	// closed for good, and true through any outage.
	Live bool `json:"live"`
	// Reasons say why it isn't ready, and what else is not as it should be: refused
	// subscriptions, a buffer that fills up, an answer that took long. Empty: all is
	// well.
	Reasons []string `json:"reasons,omitempty"`

	// Status is the connection's, by its name.
	Status string `json:"status"`
	// Epoch is the number of the connection in use, or of the last one; 0 before the
	// first.
	Epoch uint64 `json:"epoch"`
	// Server is the URL of the server in use, with a password or token replaced; empty
	// while there is none.
	Server string `json:"server,omitempty"`
	// LastByte is when something last came in on the connection in use; zero while
	// there is none.
	LastByte time.Time `json:"last_byte,omitzero"`
	// LastFence is when a server last confirmed, by a PONG, that it had processed what
	// was sent; zero before the first time.
	LastFence time.Time `json:"last_fence,omitzero"`
	// RoundTrip is how long the server took to answer just now, behind whatever was
	// queued. Negative: it didn't in time, or wasn't asked.
	RoundTrip time.Duration `json:"round_trip"`
	// QueuedBytes is what waits to be written, QueueLimit what may.
	QueuedBytes int `json:"queued_bytes"`
	QueueLimit  int `json:"queue_limit"`
	// UnconfirmedMsgs is how many messages were written and aren't confirmed.
	UnconfirmedMsgs uint64 `json:"unconfirmed_msgs"`
	// Refused are the subjects of subscriptions that the server has refused on this
	// connection, or that were taken out because connections ended over them
	// ([ErrPoisonSubscription]); 1,000 at most.
	Refused []string `json:"refused,omitempty"`
	// LastError is that of [Conn.LastErrorDetail], as a text. It may be of an outage
	// that is over.
	LastError string `json:"last_error,omitempty"`
}

// String is the verdict with its reasons, in one line.
func (h Health) String() string {
	text := "ready"
	if !h.Ready {
		text = "not ready"
	}
	for i, r := range h.Reasons {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		text += sep + r
	}
	return text
}

// healthPatience is how long an answer is waited for, unless StaleAfter or the context
// says less.
const healthPatience = 2 * time.Second

// Health asks the server for an answer, and judges the connection by it and by what is
// known. It waits until ctx is done for that answer, and no longer than 2 s, or
// half of [StaleAfter] if that is less; without a connection it doesn't wait. With a ctx that
// is done already nothing is asked, and what is known has to do.
//
// A server that is busy, or behind a slow network, may answer too late and is still
// good: whatever came from it meanwhile counts as well. So a connection is ready if
// messages get through; a peer that is dead is found out by the first call.
func (nc *Conn) Health(ctx context.Context) Health {
	if nc == nil {
		return Health{Status: CLOSED.String(), RoundTrip: -1, Reasons: []string{"there is no connection"}}
	}
	if ctx == nil {
		ctx = context.Background()
	}
	asked := nc.session.Current()
	reads := uint64(0)
	if asked != nil {
		reads = asked.Reads()
	}
	trip, err := nc.roundTrip(ctx, asked)

	h := Health{RoundTrip: trip, Epoch: uint64(nc.events.epoch.Load())}
	st := nc.Status()
	l := nc.currentLink()
	h.Status, h.Live = st.String(), st != CLOSED
	if l != nil {
		h.Server, h.LastByte = l.Server().Redacted(), nc.start.Add(l.Heard())
	}
	if last := nc.state.lastErr(); last != nil {
		h.LastError = last.Error()
	}
	full := h.queue(nc)
	say := func(format string, args ...any) { h.Reasons = append(h.Reasons, fmt.Sprintf(format, args...)) }
	switch {
	case st == CLOSED:
		say("the connection is closed%s", lastly(h.LastError))
	case l == nil:
		say("no server is in use: %s%s", st, lastly(h.LastError))
	case st == DRAINING_SUBS || st == DRAINING_PUBS:
		say("the connection is being drained")
	case err != nil && ctx.Err() != nil && trip < 0 && errors.Is(err, errNotAsked):
		h.Ready = true
	case err != nil && (l != asked || l.Reads() == reads):
		say("%s has not answered in %s", h.Server, eventlog.Span(-trip))
	default:
		if h.Ready = true; err != nil {
			say("%s sends, and took longer than %s to answer", h.Server, eventlog.Span(-trip))
		}
	}
	if h.RoundTrip < 0 {
		h.RoundTrip = -1
	}
	if full {
		say("%d of %d bytes wait to be sent", h.QueuedBytes, h.QueueLimit)
	}
	if h.Refused = nc.events.refused.subjects(); len(h.Refused) > 0 {
		say("the server has refused %s", eventlog.Several(len(h.Refused), "subscription"))
	}
	return h
}

func lastly(text string) string {
	if text == "" {
		return ""
	}
	return "; the last error was: " + text
}

// queue fills in what waits, and says whether it is much.
func (h *Health) queue(nc *Conn) (full bool) {
	out := nc.out.State()
	h.QueuedBytes, h.QueueLimit, h.UnconfirmedMsgs = out.Bytes, out.Limit, out.Unconfirmed.Msgs
	if out.ConfirmedAt > 0 {
		h.LastFence = nc.start.Add(out.ConfirmedAt)
	}
	return out.Level != send.Normal
}

var errNotAsked = errors.New("nats: the server was not asked")

// roundTrip measures how long the link's server takes to answer. When it doesn't, the
// time is how long it was waited for, negative.
func (nc *Conn) roundTrip(ctx context.Context, l *link) (time.Duration, error) {
	if l == nil || ctx.Err() != nil || nc.IsClosed() {
		return -1, errNotAsked
	}
	patience := healthPatience
	if d := nc.Opts.StaleAfter; d > 0 {
		patience = min(patience, d/2)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	begin := time.Now()
	w, err := nc.out.Fence()
	if err == nil {
		select {
		case err = <-w.Done():
		case <-ctx.Done():
			err = ctx.Err()
		}
		nc.out.Forget(w)
	}
	trip := time.Since(begin)
	if err != nil {
		return min(-trip, -1), err
	}
	return trip, nil
}

// refusals are the subscriptions that servers refused; nil as long as there are none.
type refusals struct{ list atomic.Pointer[refusedList] }

type refusedList struct {
	mu   sync.Mutex
	subs []refusedSub
}

type refusedSub struct {
	sub    *Subscription
	poison bool // no server is asked for it any more
}

// mostRefused bounds how many are remembered.
const mostRefused = 1000

func (r *refusals) note(sub *Subscription, err error) {
	if sub == nil {
		return
	}
	if r.list.Load() == nil {
		r.list.CompareAndSwap(nil, new(refusedList))
	}
	l := r.list.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep(func(x refusedSub) bool { return x.sub != sub && x.sub.IsValid() })
	if len(l.subs) < mostRefused {
		l.subs = append(l.subs, refusedSub{sub, errors.Is(err, ErrPoisonSubscription)})
	}
}

func (l *refusedList) keep(wanted func(refusedSub) bool) {
	l.subs = slices.DeleteFunc(l.subs, func(x refusedSub) bool { return !wanted(x) })
}

// forget is for a connection that has ended: the next server may allow them. A
// subscription that ends connections isn't made on any.
func (r *refusals) forget() {
	if l := r.list.Load(); l != nil {
		l.mu.Lock()
		l.keep(func(x refusedSub) bool { return x.poison && x.sub.IsValid() })
		l.mu.Unlock()
	}
}

// subjects are those of the subscriptions that haven't ended since.
func (r *refusals) subjects() (list []string) {
	l := r.list.Load()
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.subs {
		if x.sub.IsValid() {
			list = append(list, x.sub.Subject)
		}
	}
	return list
}

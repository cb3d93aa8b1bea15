package nats

import (
	"context"
	"errors"
	"time"

	"github.com/evernats/nats/internal/js/api"
)

// JSOpt is an option of [Conn.JetStream] and of the methods of [JetStreamManager].
type JSOpt interface {
	configureJSContext(opts *jsOpts) error
}

type jsOptFn func(opts *jsOpts) error

func (f jsOptFn) configureJSContext(opts *jsOpts) error { return f(opts) }

type jsOpts struct {
	ctx  context.Context
	wait time.Duration
	api  api.Subjects

	maxPending   int
	asyncTimeout time.Duration
	onErr        MsgErrHandler
	failOnLoss   bool

	trace         ClientTrace
	direct        bool
	directNext    string
	list          string
	info          *StreamInfoRequest
	purge         *StreamPurgeRequest
	legacyDurable bool
}

// APIPrefix sets what the subjects of the API begin with, with or without its final dot,
// for an API that was imported from another account. The default, also of an empty one,
// is $JS.API.
func APIPrefix(pre string) JSOpt {
	return jsOptFn(func(o *jsOpts) error {
		if pre == "" {
			return nil
		}
		o.api = api.WithPrefix(pre)
		return nil
	})
}

// Domain chooses the JetStream of another domain, which leaf nodes have. An empty one is
// none.
func Domain(domain string) JSOpt {
	if domain == "" {
		return APIPrefix("")
	}
	return jsOptFn(func(o *jsOpts) error {
		o.api = api.InDomain(domain)
		return nil
	})
}

// PublishAsyncMaxPending bounds how many messages may be unacknowledged; 4,000 by default.
// Less than 1 is an error.
func PublishAsyncMaxPending(max int) JSOpt {
	return jsOptFn(func(o *jsOpts) error {
		if max < 1 {
			return errors.New("nats: max ack pending should be >= 1")
		}
		o.maxPending = max
		return nil
	})
}

// MsgErrHandler is told of messages that were published asynchronously and not stored.
type MsgErrHandler func(JetStream, *Msg, error)

// PublishAsyncErrHandler sets a handler that is told of each message that was published
// asynchronously and ended with an error, one after another.
func PublishAsyncErrHandler(cb MsgErrHandler) JSOpt {
	return jsOptFn(func(o *jsOpts) error {
		o.onErr = cb
		return nil
	})
}

// PublishAsyncTimeout ends a message with [ErrAsyncPublishTimeout] so long after it was
// published asynchronously, if nothing else has. 0, the default, is never while it is on
// its way; when nothing is heard of it on one connection for a minute it ends too.
func PublishAsyncTimeout(dur time.Duration) JSOpt {
	return jsOptFn(func(o *jsOpts) error {
		o.asyncTimeout = dur
		return nil
	})
}

// PublishAsyncFailOnDisconnect ends all messages that are unacknowledged with
// [ErrDisconnected] when the connection is lost, stored or not, as nats.go does. By default
// those with an id are sent again on the next connection, in order, and those that are
// still queued stay so. Only this library has it.
func PublishAsyncFailOnDisconnect() JSOpt {
	return jsOptFn(func(o *jsOpts) error {
		o.failOnLoss = true
		return nil
	})
}

// UseLegacyDurableConsumers makes consumers by the requests that servers before 2.9 know.
// It is for permissions that were written for those.
func UseLegacyDurableConsumers() JSOpt {
	return jsOptFn(func(o *jsOpts) error {
		o.legacyDurable = true
		return nil
	})
}

// DirectGet lets every server with a copy of the stream answer GetMsg and GetLastMsg, not
// the leader alone. The stream must have AllowDirect.
func DirectGet() JSOpt {
	return jsOptFn(func(o *jsOpts) error {
		o.direct = true
		return nil
	})
}

// DirectGetNext is [DirectGet] of the first message on the subject from the sequence
// number on. The subject may have wildcards.
func DirectGetNext(subject string) JSOpt {
	return jsOptFn(func(o *jsOpts) error {
		o.direct, o.directNext = true, subject
		return nil
	})
}

// StreamListFilter lists only streams that store what is published to the subject, which
// may have wildcards.
func StreamListFilter(subject string) JSOpt {
	return jsOptFn(func(o *jsOpts) error {
		o.list = subject
		return nil
	})
}

func (r *StreamInfoRequest) configureJSContext(o *jsOpts) error {
	o.info = r
	return nil
}

func (r *StreamPurgeRequest) configureJSContext(o *jsOpts) error {
	o.purge = r
	return nil
}

// ClientTrace is an option of [Conn.JetStream] with functions that are told of the API's
// requests and answers, each on the goroutine that asks. Those that are nil aren't called.
type ClientTrace struct {
	// RequestSent is called before a request is sent.
	RequestSent func(subj string, payload []byte)
	// ResponseReceived is called with its answer.
	ResponseReceived func(subj string, payload []byte, hdr Header)
}

func (t ClientTrace) configureJSContext(o *jsOpts) error {
	o.trace = t
	return nil
}

// MaxWait bounds a call by a time; 5 s by default. It is for [Conn.JetStream], the methods
// of [JetStreamManager], and fetches. It excludes [Context].
type MaxWait time.Duration

func (d MaxWait) configureJSContext(o *jsOpts) error {
	o.wait = time.Duration(d)
	return nil
}

// AckWait is how long a server waits before it delivers a message again, as an option of
// subscriptions; how long a publish or AckSync waits for its answer, as an option of those.
type AckWait time.Duration

// ContextOpt is what [Context] makes.
type ContextOpt struct {
	context.Context
}

// Context bounds a call by a context. As an option of subscriptions it ends the
// subscription, too, once it is done.
func Context(ctx context.Context) ContextOpt { return ContextOpt{ctx} }

func (ctx ContextOpt) configureJSContext(o *jsOpts) error {
	o.ctx = ctx
	return nil
}

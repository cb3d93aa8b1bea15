package nats

import (
	"fmt"
	"log/slog"
	"os"
	"reflect"
)

// ConnectHandler sets what is called when the first connection is made; it is
// not called for reconnects.
func ConnectHandler(cb ConnHandler) Option {
	return func(o *Options) error {
		o.ConnectedCB = cb
		return nil
	}
}

// ReconnectHandler sets what is called when a connection is made again after a
// loss. With [RetryOnFailedConnect] it is called for a first connection that was
// made late, unless there is a [ConnectHandler].
func ReconnectHandler(cb ConnHandler) Option {
	return func(o *Options) error {
		o.ReconnectedCB = cb
		return nil
	}
}

// DisconnectErrHandler sets what is called when the connection to a server has
// ended, with the reason: nil when the program closed it.
func DisconnectErrHandler(cb ConnErrHandler) Option {
	return func(o *Options) error {
		o.DisconnectedErrCB = cb
		return nil
	}
}

// DisconnectHandler sets what is called when the connection to a server has
// ended. It is not called when there is a [DisconnectErrHandler].
//
// Deprecated: use [DisconnectErrHandler], which is told the reason.
func DisconnectHandler(cb ConnHandler) Option {
	return func(o *Options) error {
		o.DisconnectedCB = cb
		return nil
	}
}

// ReconnectErrHandler sets what is called when an attempt to connect failed:
// once for each attempt of any kind, the first connect's with
// [RetryOnFailedConnect] included.
func ReconnectErrHandler(cb ConnErrHandler) Option {
	return func(o *Options) error {
		o.ReconnectErrCB = cb
		return nil
	}
}

// AttemptHandler sets what is called with each attempt to connect that failed, in
// all detail: those of the first [Connect] are among them, whether it fails in the
// end or not. It is called apart from the other handlers, which it doesn't delay.
func AttemptHandler(cb func(*Conn, *ConnError)) Option {
	return func(o *Options) error {
		o.AttemptCB = cb
		return nil
	}
}

// EventHandler sets what is called with each [Event] of the connection, one after
// another, on a goroutine of their own: it delays no other handler, nor do they delay
// it. Events come in the order in which handlers are told of the same things.
//
// A handler that is slow, or doesn't return, loses nothing as long as no more than
// 4,096 events wait for it; fewer if they are large, 2 MiB or so in all. Those beyond
// that are left out, and [EventsLost] says in their place how many. The last event is
// [EventClosed], also of a [Connect] that failed. It may call any method of the
// connection. See [Conn.Events] for a loop in place of a handler.
func EventHandler(cb func(*Conn, Event)) Option {
	return func(o *Options) error {
		o.EventCB = cb
		return nil
	}
}

// Logger writes a line for each [Event]: a sentence, and as attributes "event" (the
// kind's name), "epoch", "connection" (the [Name] option, if there is one), "error",
// "server" and whatever else the event says. Durations are attributes of that kind.
// Attempts that begin, succeed or are given up are of level Debug; what goes well, Info;
// failed attempts, lost connections, slow consumers and a buffer that fills up, Warn;
// refused permissions, messages given up, other errors and a connection that is closed
// by itself, Error. Secrets are in none of them. A slow logger delays nothing, within
// the bounds of [EventHandler].
//
// Nil, the default, logs nothing. With a logger and without an [ErrorHandler] nothing is
// written to standard error.
func Logger(l *slog.Logger) Option {
	return func(o *Options) error {
		o.Logger = l
		return nil
	}
}

// DetailedErrors makes calls and handlers give errors that say everything: which
// server, in which phase, and what may help, as [ConnError] does. Compare them with
// errors.Is. Without it they are the bare errors that are compared with ==, as
// programs written for nats.go do; [AttemptHandler] and [Conn.LastErrorDetail] then
// have the details.
func DetailedErrors() Option {
	return func(o *Options) error {
		o.DetailedErrors = true
		return nil
	}
}

// ParallelHandlers lets a handler that takes longer than 50 ms delay only its own
// later calls: it may then run beside other handlers, and what happened later may
// be told earlier. Without it all handlers of nats.go run strictly one after
// another, as they do there. Either way the [ClosedHandler] is called when all others
// have returned, and no handler delays the connection.
func ParallelHandlers() Option {
	return func(o *Options) error {
		o.ParallelHandlers = true
		return nil
	}
}

// ClosedHandler sets what is called once, when the connection is closed for
// good. [Conn.LastError] says why.
func ClosedHandler(cb ConnHandler) Option {
	return func(o *Options) error {
		o.ClosedCB = cb
		return nil
	}
}

// DiscoveredServersHandler sets what is called when a server has told of others
// that were unknown; [Conn.DiscoveredServers] lists them.
func DiscoveredServersHandler(cb ConnHandler) Option {
	return func(o *Options) error {
		o.DiscoveredServersCB = cb
		return nil
	}
}

// LameDuckModeHandler sets what is called when the server has said that it is
// about to shut down and will end its connections one by one.
func LameDuckModeHandler(cb ConnHandler) Option {
	return func(o *Options) error {
		o.LameDuckModeHandler = cb
		return nil
	}
}

// ErrorHandler sets what is called with errors that no call can return: slow
// consumers, refused permissions, messages given up. Without it, or with nil,
// they are written to standard error.
func ErrorHandler(cb ErrHandler) Option {
	return func(o *Options) error {
		o.AsyncErrorCB = cb
		return nil
	}
}

// InDoubtHandler sets what is called when a connection ended before the server
// had confirmed all that was written to it, with how much that was: an upper
// bound of what may be lost. A program's own [Conn.Close] counts as such an end:
// [Conn.Flush] before it leaves nothing in doubt. It is not called when nothing
// is, and never with [AtLeastOnce], which sends those messages again. [FenceEvery]
// says how closely the number follows the truth.
func InDoubtHandler(cb func(*Conn, InDoubt)) Option {
	return func(o *Options) error {
		o.InDoubtCB = cb
		return nil
	}
}

// MessageDroppedHandler sets what is called with each message, or run of messages,
// that was accepted by a publish and then given up: because of [DropOldest] or
// [PublishTTL], because the next server can't take it, because it ended the
// connection three times ([ErrPoisonMessage]), or because the connection was
// closed before it was sent ([ErrConnectionClosed]). Without it the [ErrorHandler]
// is told, with a [DroppedError].
func MessageDroppedHandler(cb func(*Conn, *DroppedMsg)) Option {
	return func(o *Options) error {
		o.MessageDroppedCB = cb
		return nil
	}
}

// NoCallbacksAfterClientClose calls no handler any more once the program has
// called [Conn.Close]. When the connection is closed for another reason they are
// called.
func NoCallbacksAfterClientClose() Option {
	return func(o *Options) error {
		o.NoCallbacksAfterClientClose = true
		return nil
	}
}

// printAsyncError is the handler of connections that have none: an error nobody
// sees is worse than a line on the terminal.
func printAsyncError(nc *Conn, sub *Subscription, err error) {
	if sub != nil {
		fmt.Fprintf(os.Stderr, "%v on connection [%d] for subscription on %q\n", err, nc.cid(), sub.Subject)
		return
	}
	fmt.Fprintf(os.Stderr, "%v on connection [%d]\n", err, nc.cid())
}

// prints says whether a handler is printAsyncError, whose lines are for people.
func prints(cb ErrHandler) bool {
	return reflect.ValueOf(cb).Pointer() == reflect.ValueOf(printAsyncError).Pointer()
}

// handler reads a handler from the options, where the program may have put another
// one since. It is nil when there is none.
func handler[H any](nc *Conn, field *H) H {
	nc.optsMu.Lock()
	defer nc.optsMu.Unlock()
	return *field
}

func setHandler[H any](nc *Conn, field func(*Options) *H, to H) {
	if nc == nil {
		return
	}
	nc.optsMu.Lock()
	*field(&nc.Opts) = to
	nc.optsMu.Unlock()
}

// SetDisconnectHandler replaces the disconnect handler.
//
// Deprecated: use [Conn.SetDisconnectErrHandler], whose handler is told why.
func (nc *Conn) SetDisconnectHandler(dcb ConnHandler) {
	setHandler(nc, func(o *Options) *ConnHandler { return &o.DisconnectedCB }, dcb)
}

// SetDisconnectErrHandler replaces the handler that is called at every
// disconnect. Calls that have begun are not affected.
func (nc *Conn) SetDisconnectErrHandler(dcb ConnErrHandler) {
	setHandler(nc, func(o *Options) *ConnErrHandler { return &o.DisconnectedErrCB }, dcb)
}

// DisconnectErrHandler returns the handler that is called at every disconnect.
func (nc *Conn) DisconnectErrHandler() ConnErrHandler {
	return handler(nc, &nc.Opts.DisconnectedErrCB)
}

// SetReconnectHandler replaces the handler that is called at every successful
// reconnect.
func (nc *Conn) SetReconnectHandler(rcb ConnHandler) {
	setHandler(nc, func(o *Options) *ConnHandler { return &o.ReconnectedCB }, rcb)
}

// ReconnectHandler returns the handler that is called at every successful
// reconnect.
func (nc *Conn) ReconnectHandler() ConnHandler {
	return handler(nc, &nc.Opts.ReconnectedCB)
}

// SetDiscoveredServersHandler replaces the handler that is called when servers
// unknown so far have joined.
func (nc *Conn) SetDiscoveredServersHandler(dscb ConnHandler) {
	setHandler(nc, func(o *Options) *ConnHandler { return &o.DiscoveredServersCB }, dscb)
}

// DiscoveredServersHandler returns the handler that is called when servers
// unknown so far have joined.
func (nc *Conn) DiscoveredServersHandler() ConnHandler {
	return handler(nc, &nc.Opts.DiscoveredServersCB)
}

// SetClosedHandler replaces the handler that is called once, when the connection
// is closed for good.
func (nc *Conn) SetClosedHandler(cb ConnHandler) {
	setHandler(nc, func(o *Options) *ConnHandler { return &o.ClosedCB }, cb)
}

// ClosedHandler returns the handler that is called when the connection is closed
// for good.
func (nc *Conn) ClosedHandler() ConnHandler {
	return handler(nc, &nc.Opts.ClosedCB)
}

// SetErrorHandler replaces the handler of asynchronous errors. With nil nobody is
// told of them, unlike [ErrorHandler].
func (nc *Conn) SetErrorHandler(cb ErrHandler) {
	setHandler(nc, func(o *Options) *ErrHandler { return &o.AsyncErrorCB }, cb)
}

// ErrorHandler returns the handler of asynchronous errors.
func (nc *Conn) ErrorHandler() ErrHandler {
	return handler(nc, &nc.Opts.AsyncErrorCB)
}

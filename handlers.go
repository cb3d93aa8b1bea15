package nats

import (
	"fmt"
	"os"
	"reflect"
)

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

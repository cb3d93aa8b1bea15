package nats

import (
	"fmt"
	"os"
	"sync"
)

// handlerSet holds the handlers that can be replaced while the connection works.
type handlerSet struct {
	mu           sync.Mutex
	closed       ConnHandler
	disconnected ConnHandler
	disconnErr   ConnErrHandler
	reconnected  ConnHandler
	discovered   ConnHandler
	async        ErrHandler
}

func (h *handlerSet) init(o *Options) {
	h.closed = o.ClosedCB
	h.disconnected = o.DisconnectedCB
	h.disconnErr = o.DisconnectedErrCB
	h.reconnected = o.ReconnectedCB
	h.discovered = o.DiscoveredServersCB
	h.async = o.AsyncErrorCB
	if h.async == nil {
		h.async = printAsyncError
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

func getHandler[H any](h *handlerSet, field *H) H {
	h.mu.Lock()
	defer h.mu.Unlock()
	return *field
}

func setHandler[H any](nc *Conn, field *H, to H) {
	if nc == nil {
		return
	}
	nc.handlers.mu.Lock()
	*field = to
	nc.handlers.mu.Unlock()
}

// SetDisconnectHandler replaces the disconnect handler.
//
// Deprecated: use [Conn.SetDisconnectErrHandler], whose handler is told why.
func (nc *Conn) SetDisconnectHandler(dcb ConnHandler) {
	setHandler(nc, &nc.handlers.disconnected, dcb)
}

// SetDisconnectErrHandler replaces the handler that is called at every
// disconnect. Calls that have begun are not affected.
func (nc *Conn) SetDisconnectErrHandler(dcb ConnErrHandler) {
	setHandler(nc, &nc.handlers.disconnErr, dcb)
}

// DisconnectErrHandler returns the handler that is called at every disconnect.
func (nc *Conn) DisconnectErrHandler() ConnErrHandler {
	return getHandler(&nc.handlers, &nc.handlers.disconnErr)
}

// SetReconnectHandler replaces the handler that is called at every successful
// reconnect.
func (nc *Conn) SetReconnectHandler(rcb ConnHandler) {
	setHandler(nc, &nc.handlers.reconnected, rcb)
}

// ReconnectHandler returns the handler that is called at every successful
// reconnect.
func (nc *Conn) ReconnectHandler() ConnHandler {
	return getHandler(&nc.handlers, &nc.handlers.reconnected)
}

// SetDiscoveredServersHandler replaces the handler that is called when servers
// unknown so far have joined.
func (nc *Conn) SetDiscoveredServersHandler(dscb ConnHandler) {
	setHandler(nc, &nc.handlers.discovered, dscb)
}

// DiscoveredServersHandler returns the handler that is called when servers
// unknown so far have joined.
func (nc *Conn) DiscoveredServersHandler() ConnHandler {
	return getHandler(&nc.handlers, &nc.handlers.discovered)
}

// SetClosedHandler replaces the handler that is called once, when the connection
// is closed for good.
func (nc *Conn) SetClosedHandler(cb ConnHandler) {
	setHandler(nc, &nc.handlers.closed, cb)
}

// ClosedHandler returns the handler that is called when the connection is closed
// for good.
func (nc *Conn) ClosedHandler() ConnHandler {
	return getHandler(&nc.handlers, &nc.handlers.closed)
}

// SetErrorHandler replaces the handler of asynchronous errors. Nil writes them to
// standard error.
func (nc *Conn) SetErrorHandler(cb ErrHandler) {
	setHandler(nc, &nc.handlers.async, cb)
}

// ErrorHandler returns the handler of asynchronous errors.
func (nc *Conn) ErrorHandler() ErrHandler {
	return getHandler(&nc.handlers, &nc.handlers.async)
}

package nats

import "net/http"

// Compression, when true, asks for compression on WebSocket connections. Others
// have none. Off by default.
func Compression(enabled bool) Option {
	return func(o *Options) error {
		o.Compression = enabled
		return nil
	}
}

// ProxyPath sets the path of every WebSocket URL, for servers behind a proxy
// that routes by path. It replaces the path of a URL, and discovered servers,
// which have none, get it too.
func ProxyPath(path string) Option {
	return func(o *Options) error {
		o.ProxyPath = path
		return nil
	}
}

// WebSocketConnectionHeaders sets the HTTP headers of WebSocket handshakes. With
// a [WebSocketConnectionHeadersHandler] it is [ErrWebSocketHeadersAlreadySet].
func WebSocketConnectionHeaders(headers http.Header) Option {
	return func(o *Options) error {
		if o.WebSocketConnectionHeadersHandler != nil {
			return ErrWebSocketHeadersAlreadySet
		}
		o.WebSocketConnectionHeaders = headers
		return nil
	}
}

// WebSocketConnectionHeadersHandler sets a function that returns the HTTP
// headers of each WebSocket handshake, for tokens that change. With
// [WebSocketConnectionHeaders] it is [ErrWebSocketHeadersAlreadySet].
func WebSocketConnectionHeadersHandler(cb WebSocketHeadersHandler) Option {
	return func(o *Options) error {
		if len(o.WebSocketConnectionHeaders) > 0 {
			return ErrWebSocketHeadersAlreadySet
		}
		o.WebSocketConnectionHeadersHandler = cb
		return nil
	}
}

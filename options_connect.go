package nats

import (
	"net"
	"net/http"
	"time"
)

// Name sets the name that the server's monitoring shows.
func Name(name string) Option {
	return func(o *Options) error {
		o.Name = name
		return nil
	}
}

// Timeout bounds one attempt to connect to one server, from the look-up of its
// name to its PONG. Zero: the default of 2 s. Negative: Connect fails with
// [ErrBadTimeout].
func Timeout(t time.Duration) Option {
	return func(o *Options) error {
		o.Timeout = t
		return nil
	}
}

// RetryOnFailedConnect, when true, makes [Connect] return a connection that goes
// on trying in the background when no server answers. [ConnectHandler] tells
// when it is connected, [ReconnectHandler] if there is none; [ClosedHandler] tells when it has
// given up, see [MaxReconnects]. Off by default.
func RetryOnFailedConnect(retry bool) Option {
	return func(o *Options) error {
		o.RetryOnFailedConnect = retry
		return nil
	}
}

// DontRandomize tries servers in the order in which they were given. By default
// the order is random, so that clients spread over the servers. Either way a
// reconnect tries the server just lost after those that haven't failed within the
// last minute, discovered ones included, and those that have after it; where the
// order isn't random, the one just lost is from then on the last of them.
func DontRandomize() Option {
	return func(o *Options) error {
		o.NoRandomize = true
		return nil
	}
}

// NoEcho asks the server not to deliver the connection's messages to its own
// subscriptions. A server too old for that is [ErrNoEchoNotSupported].
func NoEcho() Option {
	return func(o *Options) error {
		o.NoEcho = true
		return nil
	}
}

// InProcessServer connects to a server in the same process, in place of any URL.
func InProcessServer(server InProcessConnProvider) Option {
	return func(o *Options) error {
		o.InProcessServer = server
		return nil
	}
}

// Dialer sets the dialer of network connections.
//
// Deprecated: use [SetCustomDialer], which takes a net.Dialer too.
func Dialer(dialer *net.Dialer) Option {
	return func(o *Options) error {
		o.Dialer = dialer
		return nil
	}
}

// SetCustomDialer sets what makes the network connections, in place of a
// [net.Dialer]. See [CustomDialer] for what it must and may do.
func SetCustomDialer(dialer CustomDialer) Option {
	return func(o *Options) error {
		o.CustomDialer = dialer
		return nil
	}
}

// MultipathTCP turns multipath TCP on or off for connections that the plain
// dialer, or the one given to [Dialer], makes. Without the option Go decides.
func MultipathTCP(enabled bool) Option {
	return func(o *Options) error {
		o.AllowMultipathTCP = &enabled
		return nil
	}
}

// SkipHostLookup leaves the look-up of a server's name to the dialer, for
// proxies and service meshes that route by name. Otherwise all addresses of a
// name are looked up and tried.
func SkipHostLookup() Option {
	return func(o *Options) error {
		o.SkipHostLookup = true
		return nil
	}
}

// ConnectionAttemptDelay is how long an attempt to connect may be silent before
// the next server, or the next address, is tried beside it. The first to finish
// wins; at most two servers are tried at a time. With each failed pass over the
// servers the delay doubles, up to eight times what it was: servers that are all
// slow are helped by patience. Zero: the default of 250 ms, or with a
// [CustomDialer] that isn't a [ContextDialer], and an [InProcessServer], one after
// another. Negative: one after another.
func ConnectionAttemptDelay(d time.Duration) Option {
	return func(o *Options) error {
		o.ConnectionAttemptDelay = d
		return nil
	}
}

// PingInterval is how often the client sends a PING to see whether the server is
// there. Zero or negative: never. Default 2 minutes. See [MaxPingsOutstanding],
// and [StaleAfter] for a budget that is easier to think in.
func PingInterval(t time.Duration) Option {
	return func(o *Options) error {
		o.PingInterval = t
		return nil
	}
}

// MaxPingsOutstanding is how many PINGs may be unanswered; one more ends the
// connection to that server with [ErrStaleConnection]. Zero: the default of 2.
// Negative: the first PING that is due ends it.
func MaxPingsOutstanding(max int) Option {
	return func(o *Options) error {
		o.MaxPingsOut = max
		return nil
	}
}

// StaleAfter bounds how long a server may be dead before that is noticed and the
// connection moves on: a server that was stopped, a network that drops
// everything, a peer that reads but never answers, with traffic and without. It
// works beside [PingInterval]; some 5 to 10 seconds suit most networks. A healthy
// server, or the network, may pause for up to two thirds of it without a needless
// reconnect; pauses of this process don't count. A slow link is no dead one: as long as
// the peer's system acknowledges what was written before (which Linux says of plain
// sockets, with TLS and WebSocket on them too) or, elsewhere, the socket takes it, the
// server isn't asked yet; and its answer may then take as long as what was written and
// not confirmed needs at the best pace that the connection has shown, 16 KiB a second
// at least (on Linux for 256 KiB at most, which may be hidden in buffers on the way).
// While a slow link is at that for longer than the budget, a pause may take five
// twelfths of it. Less than a second is asking for trouble. Zero or negative: off, the default.
func StaleAfter(d time.Duration) Option {
	return func(o *Options) error {
		o.StaleAfter = d
		return nil
	}
}

// DrainTimeout bounds [Conn.Drain], a reconnect in its course included. Zero:
// the default of 30 s. Negative: the drain ends at once.
func DrainTimeout(t time.Duration) Option {
	return func(o *Options) error {
		o.DrainTimeout = t
		return nil
	}
}

// SyncQueueLen is how many messages may wait for [Subscription.NextMsg] in a
// subscription without a handler; past it messages are dropped and the error is
// [ErrSlowConsumer]. Zero: the default of 65,536; negative, too.
func SyncQueueLen(max int) Option {
	return func(o *Options) error {
		o.SubChanLen = max
		return nil
	}
}

// UseOldRequestStyle gives each request an inbox and a subscription of its own,
// in place of one subscription that all requests share.
func UseOldRequestStyle() Option {
	return func(o *Options) error {
		o.UseOldRequestStyle = true
		return nil
	}
}

// CustomInboxPrefix sets what inbox subjects start with, in place of "_INBOX":
// a subject without wildcards and without a dot at its end. Anything else is an
// error.
func CustomInboxPrefix(p string) Option {
	return func(o *Options) error {
		if err := checkInboxPrefix(p); err != nil {
			return err
		}
		o.InboxPrefix = p
		return nil
	}
}

// PermissionErrOnSubscribe, when true, makes [Subscription.NextMsg] return
// [ErrPermissionViolation] when the server refused the subscription. Off by
// default; the error handler is told either way.
func PermissionErrOnSubscribe(enabled bool) Option {
	return func(o *Options) error {
		o.PermissionErrOnSubscribe = enabled
		return nil
	}
}

// SkipSubjectValidation doesn't look for spaces and line breaks in subjects when
// publishing. It saves a nanosecond or two; a subject that has them anyway
// breaks the connection, or worse, sends commands of its own. Don't use it with
// subjects from outside.
func SkipSubjectValidation() Option {
	return func(o *Options) error {
		o.SkipSubjectValidation = true
		return nil
	}
}

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

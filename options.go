package nats

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Option changes one thing about the connection that [Connect] makes. Options
// are applied in their order; the first that returns an error ends Connect with
// it.
type Option func(*Options) error

// Options is everything that can be said about a connection. Start from
// [GetDefaultOptions] or use the option functions with [Connect]. In a struct
// made by hand, fields left at zero mean what their comment says; note that
// AllowReconnect is off in one.
type Options struct {
	// Url is one server. With Servers set too it comes first among them.
	Url string

	// InProcessServer is a server in the same process to connect to, in place
	// of any URL.
	InProcessServer InProcessConnProvider

	// Servers are the servers to connect to, one URL each. Neither Url nor
	// Servers means DefaultURL.
	Servers []string

	// NoRandomize tries the servers in the order given, see DontRandomize.
	// Otherwise it is random.
	NoRandomize bool

	// NoEcho asks the server not to deliver this connection's messages to its
	// own subscriptions.
	NoEcho bool

	// Name is shown by the server's monitoring.
	Name string

	// Verbose asks the server to acknowledge every line with +OK. It costs
	// bandwidth and is good for nothing but debugging.
	Verbose bool

	// Pedantic asks the server to check subjects more strictly.
	Pedantic bool

	// Secure requires TLS. Without a TLSConfig or certificate authorities the
	// server's certificate is checked against the system's.
	Secure bool

	// TLSConfig is used for TLS connections; it is copied for each. Nil: a plain
	// configuration with TLS 1.2 at least.
	TLSConfig *tls.Config

	// TLSCertCB returns the client's certificate, at each handshake.
	TLSCertCB TLSCertHandler

	// TLSHandshakeFirst makes TLS before the server has said anything. The
	// server must be configured for it too.
	TLSHandshakeFirst bool

	// RootCAsCB returns the certificate authorities to trust, at each handshake.
	RootCAsCB RootCAsHandler

	// AllowReconnect looks for a server again after a loss. When it is false
	// any loss closes the connection for good. On by default, off in a struct
	// made by hand.
	AllowReconnect bool

	// MaxReconnect is how many attempts in a row may fail for one server before
	// it is dropped from the pool. When no server is left the connection is
	// closed with ErrNoServers. Negative: never. Zero: none is allowed, so that
	// a loss closes the connection. Default 60.
	MaxReconnect int

	// ReconnectWait is how long to wait after all servers were tried and failed
	// before they are tried again. Zero or negative: no wait. Default 2 s.
	// CustomReconnectDelayCB and ReconnectBackoffFirst replace it.
	ReconnectWait time.Duration

	// CustomReconnectDelayCB is asked how long to wait each time all servers
	// were tried and failed. Its answer replaces ReconnectWait, jitter and
	// back-off.
	CustomReconnectDelayCB ReconnectDelayHandler

	// ReconnectJitter is the upper bound of a random time added to
	// ReconnectWait on connections without TLS. Zero or negative: none.
	// Default 100 ms.
	ReconnectJitter time.Duration

	// ReconnectJitterTLS is the same for connections with TLS. Zero or
	// negative: none. Default 1 s.
	ReconnectJitterTLS time.Duration

	// Timeout bounds one attempt to connect to one server: look-up, dial, TLS
	// and the exchange up to the server's PONG. Zero: the default of 2 s.
	// Negative: ErrBadTimeout.
	Timeout time.Duration

	// DrainTimeout bounds Drain. Zero: the default of 30 s. Negative: it ends at
	// once.
	DrainTimeout time.Duration

	// FlusherTimeout is how long the socket may take nothing of what is written
	// to it. Zero: the default of 1 minute. Negative: no limit.
	FlusherTimeout time.Duration

	// ReconnectOnFlusherError reconnects when a write took longer than
	// FlusherTimeout. Otherwise the error goes to AsyncErrorCB and the write is
	// tried again. Other errors of the socket always reconnect.
	ReconnectOnFlusherError bool

	// PingInterval is how often the client sends a PING. Zero or negative: never.
	// Default 2 minutes.
	PingInterval time.Duration

	// MaxPingsOut is how many PINGs may be unanswered; one more ends the
	// connection to that server with ErrStaleConnection. Zero: the default of 2.
	// Negative: the first PING that is due ends it.
	MaxPingsOut int

	// ClosedCB is called once, when the connection is closed for good.
	ClosedCB ConnHandler

	// DisconnectedCB is called when a connection to a server has ended, unless
	// DisconnectedErrCB is set.
	//
	// Deprecated: DisconnectedErrCB is told the reason.
	DisconnectedCB ConnHandler

	// DisconnectedErrCB is called when a connection to a server has ended, with
	// the reason: nil when the program closed it.
	DisconnectedErrCB ConnErrHandler

	// ConnectedCB is called when the first connection is made, be it within
	// Connect or, with RetryOnFailedConnect, later.
	ConnectedCB ConnHandler

	// ReconnectedCB is called when a connection is made again after a loss. It
	// is called for the first connection too when Connect returned without one
	// and ConnectedCB is not set.
	ReconnectedCB ConnHandler

	// DiscoveredServersCB is called when a server has told of others that were
	// unknown.
	DiscoveredServersCB ConnHandler

	// AsyncErrorCB is called with errors that no call can return. Nil: they are
	// written to standard error, a line each.
	AsyncErrorCB ErrHandler

	// ReconnectErrCB is called when an attempt to reconnect failed, once for
	// each attempt, whatever the reason; with RetryOnFailedConnect also for
	// those of the first connect.
	ReconnectErrCB ConnErrHandler

	// ReconnectToServerCB chooses the server of each reconnect attempt.
	ReconnectToServerCB ReconnectToServerHandler

	// ReconnectBufSize is how many bytes of messages may wait while there is no
	// connection; past it publishing fails with ErrReconnectBufExceeded, unless
	// OutboundFull says otherwise. The same bound holds for what waits for the
	// socket while connected. Zero: the default of 8 MiB. Negative: nothing may
	// be published without a connection, and with one the bound is 8 MiB.
	ReconnectBufSize int

	// SubChanLen is how many messages may wait for NextMsg in a subscription
	// without a handler; past it the subscription is a slow consumer. Zero: the
	// default of 65,536; negative, too.
	SubChanLen int

	// UserJWT returns the user's JWT, at each attempt to connect. It excludes
	// Nkey.
	UserJWT UserJWTHandler

	// Nkey is the user's public nkey. It needs SignatureCB and excludes UserJWT.
	Nkey string

	// SignatureCB signs the server's nonce, at each attempt to connect.
	SignatureCB SignatureHandler

	// User and Password are used with servers whose URL has no credentials.
	User     string
	Password string

	// UserInfo returns user and password, at each attempt to connect. It
	// excludes User and Password.
	UserInfo UserInfoCB

	// Token is used with servers whose URL has no credentials.
	Token string

	// TokenHandler returns the token, at each attempt to connect. It excludes
	// Token and a token in a URL.
	TokenHandler AuthTokenHandler

	// Dialer makes the network connections. Nil: a plain one. Its Timeout is
	// bounded by the Timeout of the options.
	//
	// Deprecated: CustomDialer takes a net.Dialer too.
	Dialer *net.Dialer

	// AllowMultipathTCP turns multipath TCP on or off for Dialer. Nil: as Dialer
	// or Go has it. It falls back to TCP where there is none.
	AllowMultipathTCP *bool

	// CustomDialer makes the network connections in place of Dialer.
	CustomDialer CustomDialer

	// UseOldRequestStyle gives each request an inbox and a subscription of its
	// own, in place of one that all share.
	UseOldRequestStyle bool

	// NoCallbacksAfterClientClose calls no handler any more once the program
	// has called Close.
	NoCallbacksAfterClientClose bool

	// LameDuckModeHandler is called when the server said that it is about to
	// shut down.
	LameDuckModeHandler ConnHandler

	// RetryOnFailedConnect makes Connect return a connection that goes on
	// trying when no server answers: its status is RECONNECTING, MaxReconnect
	// and ReconnectWait apply. Once it is connected ConnectedCB is called if
	// set, else ReconnectedCB; if it gives up, ClosedCB.
	RetryOnFailedConnect bool

	// Compression asks for compression on WebSocket connections.
	Compression bool

	// ProxyPath is the path of every WebSocket URL, for servers behind a proxy;
	// it replaces the path of a URL and is used for discovered servers too.
	ProxyPath string

	// InboxPrefix starts the subjects of inboxes, without the dot behind it.
	// Empty: "_INBOX".
	InboxPrefix string

	// IgnoreAuthErrorAbort goes on trying when a server has refused the
	// credentials in the same way twice. Otherwise that closes the connection.
	IgnoreAuthErrorAbort bool

	// SkipHostLookup leaves resolving a server's name to the dialer, which may
	// then use one address only.
	SkipHostLookup bool

	// PermissionErrOnSubscribe makes NextMsg return ErrPermissionViolation when
	// the server refused the subscription.
	PermissionErrOnSubscribe bool

	// WebSocketConnectionHeaders are sent with each WebSocket handshake.
	WebSocketConnectionHeaders http.Header

	// WebSocketConnectionHeadersHandler returns the headers of each WebSocket
	// handshake. It is used in place of WebSocketConnectionHeaders.
	WebSocketConnectionHeadersHandler WebSocketHeadersHandler

	// SkipSubjectValidation doesn't look for spaces and line breaks in the
	// subjects of publishes. It saves a nanosecond or two; a subject that has
	// them anyway breaks the connection, or sends commands of its own.
	SkipSubjectValidation bool

	// IgnoreDiscoveredServers doesn't use the servers that a server tells of.
	IgnoreDiscoveredServers bool

	// WriteBufferSize is the size in bytes of the pieces that the outbound buffer
	// is made of. It neither bounds the buffer nor delays a write. Zero: the
	// default of 32 KiB; negative, too.
	WriteBufferSize int

	// What follows is evernats' own.

	// ReconnectJitterMax caps the jitter, whatever the two above say. Zero: the
	// default of 5 minutes. Negative: no cap.
	ReconnectJitterMax time.Duration

	// ReconnectBackoffFirst and ReconnectBackoffMax make the wait after a
	// failed pass grow, in place of ReconnectWait and its jitter: it is random
	// between zero and a bound that starts at ReconnectBackoffFirst, doubles
	// with each pass and stops at ReconnectBackoffMax. A connection that
	// lived for ReconnectWait starts over. Zero or negative first: off. Zero max: 10 s,
	// or first if that is more.
	ReconnectBackoffFirst time.Duration
	ReconnectBackoffMax   time.Duration

	// LameDuckMigration moves the connection to another server, without a gap, before
	// one that says that it leaves hangs up; see the option [LameDuckMigration].
	LameDuckMigration bool

	// ReconnectSpread delays the first attempt after a loss by a random time
	// below it, so that the clients of a server that died don't all arrive at
	// the next one together. Zero or negative: at once.
	ReconnectSpread time.Duration

	// ConnectionAttemptDelay is how long an attempt may be silent before the
	// next server, or the next address of the server's name, is tried beside
	// it; the first to finish wins. At most two servers are tried at a time, and
	// the delay doubles with each failed pass, up to eight times.
	// Zero: the default of 250 ms, or with a CustomDialer one after another, unless
	// it is a ContextDialer. Negative: one after another.
	ConnectionAttemptDelay time.Duration

	// StaleAfter is how long a server may be dead before that is noticed: one
	// that stopped, that no longer reads, or that reads but never answers, with
	// and without traffic. It works beside PingInterval. Zero or negative: off.
	StaleAfter time.Duration

	// InDoubtCB is called when a connection ended, also through Close, while the
	// server hadn't confirmed all that was written to it. With AtLeastOnce
	// nothing is in doubt.
	InDoubtCB func(*Conn, InDoubt)

	// MessageDroppedCB is called with each message that Publish accepted and
	// that was given up, or with a run of them. What was not sent when the
	// connection is closed is among them, with ErrConnectionClosed. Nil:
	// AsyncErrorCB is told, with a DroppedError.
	MessageDroppedCB func(*Conn, *DroppedMsg)

	// OutboundFull says what a publish does when the buffer is full. Zero:
	// OutboundDefault.
	OutboundFull OutboundFullPolicy

	// PublishTTL is how long a message may wait for a connection. One that
	// waited longer is given up and reported with ErrMessageExpired. Zero or
	// negative: for ever.
	PublishTTL time.Duration

	// AtLeastOnce keeps every message until the server has confirmed that it
	// processed it, and sends it again, in order, on the next connection
	// otherwise. Messages may arrive twice; none gets lost.
	AtLeastOnce bool

	// HeldLimit bounds the bytes of messages that wait or are kept with
	// AtLeastOnce; past it OutboundFull says what a publish does. Zero: the
	// default of 64 MiB. Negative: ErrInvalidArg.
	HeldLimit int

	// FenceBytes and FenceInterval say when the server is asked, by a PING, to
	// confirm what was written: after so many bytes of messages, or when messages
	// have been unconfirmed for so long, whichever comes first. They bound what is
	// reported as InDoubt, or sent again with AtLeastOnce, after a loss. An idle
	// connection is asked nothing. Zero: 1 MiB and 1 second, with AtLeastOnce
	// 256 KiB and 100 ms. Negative: ErrInvalidArg.
	FenceBytes    int
	FenceInterval time.Duration

	// FailRequestsOnDisconnect makes a request that was sent fail with
	// ErrInDoubt when its connection is lost, rather than wait for its timeout.
	// One that was still queued goes on.
	FailRequestsOnDisconnect bool

	// RetryRequestsOnDisconnect sends a request that was sent and not answered
	// again on the next connection. The services must be safe to ask twice. It
	// goes before FailRequestsOnDisconnect.
	RetryRequestsOnDisconnect bool

	// DetailedErrors makes calls and handlers give errors with all that is known:
	// which server, in which phase, what to do. They are compared by errors.Is.
	// Otherwise they are the bare errors that programs compare with ==.
	DetailedErrors bool

	// CheckLent overwrites what was lent to a handler when it has returned, see
	// [CheckLent].
	CheckLent bool

	// ParallelHandlers lets a handler that takes longer than 50 ms delay only its own
	// later calls. Otherwise handlers run strictly one after another.
	ParallelHandlers bool

	// AttemptCB is called with each attempt to connect that failed, those of the
	// first connect included.
	AttemptCB func(*Conn, *ConnError)

	// EventCB is called with each event, see EventHandler.
	EventCB func(*Conn, Event)

	// Logger is told of each event, see the option of that name. Nil: nothing is
	// logged.
	Logger *slog.Logger
}

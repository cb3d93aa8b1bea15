package nats

import (
	"errors"

	"github.com/evernats/nats/internal/reconnect"
)

// What a server says in an -ERR line, in lower case and without quotes. The
// client compares the start of the line with these to know what happened.
const (
	// STALE_CONNECTION is said before a server hangs up on a client that
	// doesn't answer its pings.
	STALE_CONNECTION = "stale connection"

	// PERMISSIONS_ERR is said when the account may not publish or subscribe.
	PERMISSIONS_ERR = "permissions violation"

	// AUTHORIZATION_ERR is said when the credentials were not accepted.
	AUTHORIZATION_ERR = "authorization violation"

	// AUTHENTICATION_EXPIRED_ERR is said when the user's credentials expired.
	AUTHENTICATION_EXPIRED_ERR = "user authentication expired"

	// AUTHENTICATION_REVOKED_ERR is said when the user's credentials were revoked.
	AUTHENTICATION_REVOKED_ERR = "user authentication revoked"

	// ACCOUNT_AUTHENTICATION_EXPIRED_ERR is said when the account's
	// credentials expired.
	ACCOUNT_AUTHENTICATION_EXPIRED_ERR = "account authentication expired"

	// MAX_CONNECTIONS_ERR is said when the server has as many clients as it
	// is allowed to have.
	MAX_CONNECTIONS_ERR = "maximum connections exceeded"

	// MAX_ACCOUNT_CONNECTIONS_ERR is said when the account has as many
	// connections as it is allowed to have.
	MAX_ACCOUNT_CONNECTIONS_ERR = "maximum account active connections exceeded"

	// MAX_SUBSCRIPTIONS_ERR is said when the account or connection has as many
	// subscriptions as it is allowed to have.
	MAX_SUBSCRIPTIONS_ERR = "maximum subscriptions exceeded"
)

// Errors about the state of the connection.
var (
	// ErrConnectionClosed: the connection is closed for good.
	ErrConnectionClosed = errors.New("nats: connection closed")

	// ErrConnectionDraining: the connection drains and takes no new
	// subscriptions or, later on, publishes.
	ErrConnectionDraining = errors.New("nats: connection draining")

	// ErrDrainTimeout: a drain didn't finish within DrainTimeout.
	ErrDrainTimeout = errors.New("nats: draining connection timed out")

	// ErrConnectionReconnecting: the call needs a connected server and the
	// connection is looking for one. No call returns it: Drain, which does in
	// nats.go, goes on through a reconnect here.
	ErrConnectionReconnecting = errors.New("nats: connection reconnecting")

	// ErrDisconnected: the call needs a connected server and there is none.
	ErrDisconnected = errors.New("nats: server is disconnected")

	// ErrInvalidConnection: a method was called on a nil connection.
	ErrInvalidConnection = errors.New("nats: invalid connection")

	// ErrStaleConnection: the server didn't answer pings in time.
	ErrStaleConnection = errors.New("nats: " + STALE_CONNECTION)

	// ErrConnectionNotTLS: TLS details were asked of a connection without TLS.
	ErrConnectionNotTLS = errors.New("nats: connection is not tls")
)

// Errors from connecting.
var (
	// ErrNoServers: every server was tried and none could be reached, or all of them
	// used up their attempts.
	ErrNoServers = reconnect.ErrNoServers

	// ErrBadURL: a server URL can't be used. The error that carries it says
	// which URL, without its credentials, and what is wrong with it.
	ErrBadURL = errors.New("nats: invalid server URL")

	// ErrMixingWebsocketSchemes: ws or wss URLs stand together with others.
	ErrMixingWebsocketSchemes = errors.New("nats: mixing of websocket and non websocket URLs is not allowed")

	// ErrServerNotInPool: ReconnectToServerCB chose a server that the pool
	// doesn't have.
	ErrServerNotInPool = errors.New("nats: selected server is not in the pool")

	// ErrNoInfoReceived: the peer didn't start with INFO; it is probably no
	// NATS server, or one that wants TLS first.
	ErrNoInfoReceived = errors.New("nats: protocol exception, INFO not received")

	// ErrJsonParse: the server's INFO is not valid JSON.
	ErrJsonParse = errors.New("nats: connect message, json parse error")

	// ErrSecureConnRequired: the server wants TLS and the client didn't use it.
	ErrSecureConnRequired = errors.New("nats: secure connection required")

	// ErrSecureConnWanted: TLS was asked for and the server doesn't have it.
	ErrSecureConnWanted = errors.New("nats: secure connection not available")

	// ErrTLS: the TLS handshake failed, or the server hung up right after it, which
	// is how it refuses a client's certificate.
	ErrTLS = errors.New("nats: tls error")

	// ErrMaxConnectionsExceeded: the server refuses further clients for now.
	ErrMaxConnectionsExceeded = errors.New("nats: server maximum connections exceeded")

	// ErrMaxAccountConnectionsExceeded: the server refuses further connections
	// of this account for now.
	ErrMaxAccountConnectionsExceeded = errors.New("nats: maximum account active connections exceeded")
)

// Errors about credentials and permissions.
var (
	// ErrAuthorization: the server refused the credentials.
	ErrAuthorization = errors.New("nats: authorization violation")

	// ErrAuthExpired: the user's credentials expired.
	ErrAuthExpired = errors.New("nats: authentication expired")

	// ErrAuthRevoked: the user's credentials were revoked.
	ErrAuthRevoked = errors.New("nats: authentication revoked")

	// ErrAccountAuthExpired: the account's credentials expired.
	ErrAccountAuthExpired = errors.New("nats: account authentication expired")

	// ErrPermissionViolation: the server refused a publish or a subscription.
	ErrPermissionViolation = errors.New("nats: permissions violation")

	// ErrNkeysNotSupported: an nkey was given and the server sent no nonce to
	// sign.
	ErrNkeysNotSupported = errors.New("nats: nkeys not supported by the server")
)

// Errors about options.
var (
	// ErrMultipleTLSConfigs: Secure was given more than one configuration.
	ErrMultipleTLSConfigs = errors.New("nats: multiple tls.Configs not allowed")

	// ErrClientCertOrRootCAsRequired: ClientTLSConfig was given neither callback.
	ErrClientCertOrRootCAsRequired = errors.New("nats: at least one of certCB or rootCAsCB must be set")

	// ErrUserButNoSigCB: a user JWT callback was given without a signature callback.
	ErrUserButNoSigCB = errors.New("nats: user callback defined without a signature handler")

	// ErrNkeyButNoSigCB: an nkey was given without a signature callback.
	ErrNkeyButNoSigCB = errors.New("nats: nkey defined without a signature handler")

	// ErrNoUserCB: UserJWT was given no user callback.
	ErrNoUserCB = errors.New("nats: user callback not defined")

	// ErrNkeyAndUser: an nkey and a user JWT callback exclude each other.
	ErrNkeyAndUser = errors.New("nats: user callback and nkey defined")

	// ErrTokenAlreadySet: a token and a token handler exclude each other.
	ErrTokenAlreadySet = errors.New("nats: token and token handler both set")

	// ErrUserInfoAlreadySet: a user or password and a user info handler
	// exclude each other.
	ErrUserInfoAlreadySet = errors.New("nats: cannot set user info callback and user/pass")

	// ErrWebSocketHeadersAlreadySet: fixed WebSocket headers and a headers
	// handler exclude each other.
	ErrWebSocketHeadersAlreadySet = errors.New("nats: websocket connection headers already set")

	// ErrInvalidArg: an argument or option value makes no sense. The error that
	// carries it says which.
	ErrInvalidArg = errors.New("nats: invalid argument")

	// ErrBadTimeout: a timeout is negative, or zero where one is needed.
	ErrBadTimeout = errors.New("nats: timeout invalid")
)

// Errors about subjects, messages and publishing.
var (
	// ErrBadSubject: a subject is empty, has a space or line break in it or,
	// for a subscription, an empty token.
	ErrBadSubject = errors.New("nats: invalid subject")

	// ErrInvalidMsg: a message is nil.
	ErrInvalidMsg = errors.New("nats: invalid message or message nil")

	// ErrMaxPayload: a message is larger than the server takes.
	ErrMaxPayload = errors.New("nats: maximum payload exceeded")

	// ErrHeadersNotSupported: a message has headers and the server takes none.
	ErrHeadersNotSupported = errors.New("nats: headers not supported by this server")

	// ErrBadHeaderMsg: a header block can't be decoded, or a header name can't
	// be encoded.
	ErrBadHeaderMsg = errors.New("nats: message could not decode headers")

	// ErrMsgNotBound: Respond was called on a message that no subscription
	// delivered.
	ErrMsgNotBound = errors.New("nats: message is not bound to subscription/connection")

	// ErrMsgNoReply: Respond was called on a message without a reply subject.
	ErrMsgNoReply = errors.New("nats: message does not have a reply")

	// ErrNoResponders: nobody subscribes to the subject of a request.
	ErrNoResponders = errors.New("nats: no responders available for request")

	// ErrOutboundFull: the outbound buffer has no room for the message, see
	// [OutboundFull]. [ErrReconnectBufExceeded] matches it too, so that
	// errors.Is(err, ErrOutboundFull) covers both.
	ErrOutboundFull = errors.New("nats: outbound buffer full")

	// ErrReconnectBufExceeded: there is no connection and the message doesn't
	// fit into ReconnectBufSize any more.
	ErrReconnectBufExceeded error = &kindError{"nats: outbound buffer limit exceeded", ErrOutboundFull}

	// ErrInDoubt: the connection died after the message or request was written
	// and before the server confirmed it: it may or may not have arrived.
	ErrInDoubt = errors.New("nats: connection lost, outcome in doubt")

	// ErrMessageDropped: a queued message was given up and not sent. Each of
	// the reasons below matches it.
	ErrMessageDropped = errors.New("nats: message dropped")

	// ErrMessageExpired: a queued message waited for a connection longer than
	// PublishTTL. It matches [ErrMessageDropped].
	ErrMessageExpired error = &kindError{"nats: message expired before it could be sent", ErrMessageDropped}

	// ErrPoisonMessage: a queued message ended the connection each of the three
	// times it was sent. It matches [ErrMessageDropped].
	ErrPoisonMessage error = &kindError{"nats: message ended the connection each time it was sent", ErrMessageDropped}

	// ErrPoisonSubscription: a subscription ended the connection each time it was
	// made. It isn't made again; the error handler is told, and NextMsg says so.
	ErrPoisonSubscription = errors.New("nats: subscription ended the connection each time it was made")
)

// Errors about subscriptions and waiting.
var (
	// ErrBadSubscription: the subscription has ended, or never was one.
	ErrBadSubscription = errors.New("nats: invalid subscription")

	// ErrTypeSubscription: the call doesn't fit this kind of subscription.
	ErrTypeSubscription = errors.New("nats: invalid subscription type")

	// ErrBadQueueName: a queue group's name has a space or line break in it.
	ErrBadQueueName = errors.New("nats: invalid queue name")

	// ErrSlowConsumer: a subscription's pending limits are reached; messages
	// for it are dropped until its handler catches up.
	ErrSlowConsumer = errors.New("nats: slow consumer, messages dropped")

	// ErrTimeout: the time given to a call ran out.
	ErrTimeout = errors.New("nats: timeout")

	// ErrChanArg: a channel subscription needs a channel.
	ErrChanArg = errors.New("nats: argument needs to be a channel type")

	// ErrMaxMessages: an auto-unsubscribe limit was reached and all messages up
	// to it were delivered.
	ErrMaxMessages = errors.New("nats: maximum messages delivered")

	// ErrSyncSubRequired: NextMsg was called on a subscription with a handler.
	ErrSyncSubRequired = errors.New("nats: illegal call on an async subscription")

	// ErrInvalidContext: a nil context was given.
	ErrInvalidContext = errors.New("nats: invalid context")

	// ErrNoDeadlineContext: the call needs a context with a deadline.
	ErrNoDeadlineContext = errors.New("nats: context requires a deadline")

	// ErrMaxSubscriptionsExceeded: the server takes no further subscriptions
	// of this connection or account.
	ErrMaxSubscriptionsExceeded = errors.New("nats: server maximum subscriptions exceeded")
)

// Errors about what a server doesn't have.
var (
	// ErrNoEchoNotSupported: the server is too old for NoEcho.
	ErrNoEchoNotSupported = errors.New("nats: no echo option not supported by this server")

	// ErrClientIDNotSupported: the server didn't say the client's number.
	ErrClientIDNotSupported = errors.New("nats: client ID not supported by this server")

	// ErrClientIPNotSupported: the server didn't say the client's address.
	ErrClientIPNotSupported = errors.New("nats: client IP not supported by this server")
)

// kindError is a sentinel that belongs to a more general one.
type kindError struct {
	text string
	kind error
}

func (e *kindError) Error() string { return e.text }
func (e *kindError) Unwrap() error { return e.kind }

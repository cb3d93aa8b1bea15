// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package nats

import (
	evernats "github.com/evernats/nats"
)

// Conn is one logical connection to a NATS system. It outlives the servers: it
// dials, gives up and dials again by itself, keeps what was published meanwhile,
// and re-establishes every subscription. A Conn is safe for concurrent use; make
// one with [Connect] or [Options.Connect] and end it with [Conn.Drain] or
// [Conn.Close].
//
// The embedded Statistics are updated while the connection works; read them with
// [Conn.Stats], which takes a consistent copy.
type Conn = evernats.Conn

// Encoder turns values into payloads and back. Its methods may be called by several
// goroutines at once. The subject is that of the message.
//
// Deprecated: encode in your program.
type Encoder = evernats.Encoder

// EncodedConn is a connection that publishes and receives values, which an encoder
// turns into payloads and back. [NewEncodedConn] makes one.
//
// Deprecated: encode in your program.
type EncodedConn = evernats.EncodedConn

// Handler is a function that an [EncodedConn] calls with the messages of a
// subscription, of one of these forms, where T is a type that the encoder can read:
//
//	func(m *nats.Msg)                // as it came
//	func(v T)
//	func(subject string, v T)
//	func(subject, reply string, v T)
//
// Results are ignored. T is often a pointer; it is a new one each time. It may be
// *nats.Msg in every form.
//
// Deprecated: encode in your program.
type Handler = evernats.Handler

// Header holds the headers of a message: for each key its values, in order.
// Unlike in HTTP, keys are used exactly as they are written: "Foo" and "foo" are
// two keys. Make one with Header{} or [NewMsg]; Get, Values and Del work on a nil
// Header, Add and Set don't.
//
// A key may have letters, digits and !#$%&'*+-.^_`|~ in it; a message with any
// other key is refused with [ErrBadHeaderMsg]. Spaces around a value are not
// sent, and line ends within one are sent as spaces.
type Header = evernats.Header

// Msg is a message, one that was received or one to be published with
// [Conn.PublishMsg]. A received message belongs to the program: the client
// doesn't touch it or its data again, so it may be kept and passed on. Messages
// with small payloads that came in together share their memory: one that is kept
// may keep up to 4 KiB of others with it.
type Msg = evernats.Msg

// Option changes one thing about the connection that [Connect] makes. Options
// are applied in their order; the first that returns an error ends Connect with
// it.
type Option = evernats.Option

// Options is everything that can be said about a connection. Start from
// [GetDefaultOptions] or use the option functions with [Connect]. In a struct
// made by hand, fields left at zero mean what their comment says; note that
// AllowReconnect is off in one.
type Options = evernats.Options

// Subscription is interest in a subject. Make one with the Subscribe methods of
// [Conn]; it lives through reconnects, with its queue group and what is left of
// its auto-unsubscribe count, until it is unsubscribed, drained, used up or the
// connection is closed.
type Subscription = evernats.Subscription

// Status says how a connection stands. A fresh connection is CONNECTING, then
// CONNECTED; after a loss it is RECONNECTING until it is CONNECTED again. CLOSED
// is for good.
type Status = evernats.Status

// SubStatus says how a subscription stands, see [Subscription.StatusChanged].
type SubStatus = evernats.SubStatus

// SubscriptionType says how a subscription hands over its messages.
type SubscriptionType = evernats.SubscriptionType

// Statistics counts what a connection has sent and received since it was made,
// over all its servers. Bytes are payload and headers, without subjects and
// protocol. [Conn.Stats] takes a consistent copy.
type Statistics = evernats.Statistics

// Server is a member of the pool of servers that a connection may use.
type Server = evernats.Server

// ServerInfo is what a server says of itself in INFO.
type ServerInfo = evernats.ServerInfo

// MsgHandler is called with each message of a subscription, one after another.
// The message belongs to the handler: it may be kept and passed on.
type MsgHandler = evernats.MsgHandler

// ConnHandler is called with the connection that something happened to.
// Handlers run on a goroutine of the connection, strictly one after another in the
// order of what happened, and the [ClosedHandler] last; one that takes long delays
// those behind it and nothing else, see [evernats.ParallelHandlers]. Only what nats.go doesn't
// know, the [evernats.AttemptHandler], the [evernats.InDoubtHandler] and the [evernats.MessageDroppedHandler],
// may run beside them when a call takes longer than 50 ms. They may call any method
// of the connection.
type ConnHandler = evernats.ConnHandler

// ConnErrHandler is called with the connection and the error that happened,
// which may be nil where the handler's documentation says so.
type ConnErrHandler = evernats.ConnErrHandler

// ErrHandler is called with errors that no call can return: a slow consumer, a
// refused permission, a message given up. The subscription is nil when the error
// is about none.
type ErrHandler = evernats.ErrHandler

// ReconnectDelayHandler says how long to wait before the servers are tried
// again. It is called each time all of them were tried and failed, with the
// number of those passes so far: 1, 2, … Zero or less means no wait.
type ReconnectDelayHandler = evernats.ReconnectDelayHandler

// ReconnectToServerHandler chooses the server of the next reconnect attempt: it
// is given the pool and the INFO of the server last connected, and returns a
// pointer to one element of that slice and how long to wait first. It is called
// before every attempt. With nil, or a server that is not in the pool
// (ReconnectErrCB is then called with [ErrServerNotInPool]), the connection
// chooses by itself. Servers that used up MaxReconnect are no longer in the
// pool.
type ReconnectToServerHandler = evernats.ReconnectToServerHandler

// SignatureHandler signs the server's nonce with the user's private key and
// returns the raw signature. It is called at each attempt to connect, one call
// at a time; its error fails the attempt.
type SignatureHandler = evernats.SignatureHandler

// AuthTokenHandler returns the token to connect with. It is called at each
// attempt to connect, one call at a time.
type AuthTokenHandler = evernats.AuthTokenHandler

// UserInfoCB returns the user and the password to connect with. It is called at
// each attempt to connect, one call at a time.
type UserInfoCB = evernats.UserInfoCB

// UserJWTHandler returns the user's JWT to connect with. It is called at each
// attempt to connect, one call at a time; its error fails the attempt.
type UserJWTHandler = evernats.UserJWTHandler

// TLSCertHandler returns the client's certificate. It is called at each TLS
// handshake, one call at a time, so that a certificate that was renewed is used.
// Its error fails the attempt.
type TLSCertHandler = evernats.TLSCertHandler

// RootCAsHandler returns the certificate authorities to trust. It is called at
// each TLS handshake, one call at a time; its error fails the attempt.
type RootCAsHandler = evernats.RootCAsHandler

// WebSocketHeadersHandler returns the HTTP headers of a WebSocket handshake. It
// is called at each attempt to connect, one call at a time; its error fails the
// attempt.
type WebSocketHeadersHandler = evernats.WebSocketHeadersHandler

// CustomDialer makes the network connection to a server in place of a
// [net.Dialer]. The address is host:port.
//
// Its Dial is called from one goroutine at a time, so servers and addresses are
// tried one after another; a Dial that doesn't return after the connection's
// Timeout holds up the attempts behind it, though nothing else. With a positive
// [evernats.ConnectionAttemptDelay], which [evernats.Resilient] sets too, attempts race: then Dial is
// called from two goroutines at once. A [evernats.ContextDialer] always may be.
//
// A CustomDialer that also has a method SkipTLSHandshake() bool returning true
// has made TLS itself, and the connection makes none on top.
type CustomDialer = evernats.CustomDialer

// InProcessConnProvider is a NATS server in the same process; the server of the
// nats-server module is one.
type InProcessConnProvider = evernats.InProcessConnProvider

// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package nats

import (
	evernats "github.com/evernats/nats"
)

const JSON_ENCODER = evernats.JSON_ENCODER // builtin.JsonEncoder

const GOB_ENCODER = evernats.GOB_ENCODER // builtin.GobEncoder

const DEFAULT_ENCODER = evernats.DEFAULT_ENCODER // builtin.DefaultEncoder

// STALE_CONNECTION is said before a server hangs up on a client that
// doesn't answer its pings.
const STALE_CONNECTION = evernats.STALE_CONNECTION

// PERMISSIONS_ERR is said when the account may not publish or subscribe.
const PERMISSIONS_ERR = evernats.PERMISSIONS_ERR

// AUTHORIZATION_ERR is said when the credentials were not accepted.
const AUTHORIZATION_ERR = evernats.AUTHORIZATION_ERR

// AUTHENTICATION_EXPIRED_ERR is said when the user's credentials expired.
const AUTHENTICATION_EXPIRED_ERR = evernats.AUTHENTICATION_EXPIRED_ERR

// AUTHENTICATION_REVOKED_ERR is said when the user's credentials were revoked.
const AUTHENTICATION_REVOKED_ERR = evernats.AUTHENTICATION_REVOKED_ERR

// ACCOUNT_AUTHENTICATION_EXPIRED_ERR is said when the account's
// credentials expired.
const ACCOUNT_AUTHENTICATION_EXPIRED_ERR = evernats.ACCOUNT_AUTHENTICATION_EXPIRED_ERR

// MAX_CONNECTIONS_ERR is said when the server has as many clients as it
// is allowed to have.
const MAX_CONNECTIONS_ERR = evernats.MAX_CONNECTIONS_ERR

// MAX_ACCOUNT_CONNECTIONS_ERR is said when the account has as many
// connections as it is allowed to have.
const MAX_ACCOUNT_CONNECTIONS_ERR = evernats.MAX_ACCOUNT_CONNECTIONS_ERR

// MAX_SUBSCRIPTIONS_ERR is said when the account or connection has as many
// subscriptions as it is allowed to have.
const MAX_SUBSCRIPTIONS_ERR = evernats.MAX_SUBSCRIPTIONS_ERR

// DefaultURL is where Connect goes when it is told nothing.
const DefaultURL = evernats.DefaultURL

// DefaultPort is the port of a nats or tls URL without one. For ws it is
// 80, for wss 443.
const DefaultPort = evernats.DefaultPort

// DefaultMaxReconnect is the default of MaxReconnect: attempts per server.
const DefaultMaxReconnect = evernats.DefaultMaxReconnect

// DefaultReconnectWait is the default of ReconnectWait.
const DefaultReconnectWait = evernats.DefaultReconnectWait

// DefaultReconnectJitter is the default of ReconnectJitter.
const DefaultReconnectJitter = evernats.DefaultReconnectJitter

// DefaultReconnectJitterTLS is the default of ReconnectJitterTLS.
const DefaultReconnectJitterTLS = evernats.DefaultReconnectJitterTLS

// DefaultTimeout is the default of Timeout.
const DefaultTimeout = evernats.DefaultTimeout

// DefaultPingInterval is the default of PingInterval.
const DefaultPingInterval = evernats.DefaultPingInterval

// DefaultMaxPingOut is the default of MaxPingsOut.
const DefaultMaxPingOut = evernats.DefaultMaxPingOut

// DefaultMaxChanLen is the default of SubChanLen.
const DefaultMaxChanLen = evernats.DefaultMaxChanLen

// DefaultReconnectBufSize is the default of ReconnectBufSize in bytes.
const DefaultReconnectBufSize = evernats.DefaultReconnectBufSize

// DefaultWriteBufSize is the default of WriteBufferSize in bytes.
const DefaultWriteBufSize = evernats.DefaultWriteBufSize

// DefaultDrainTimeout is the default of DrainTimeout.
const DefaultDrainTimeout = evernats.DefaultDrainTimeout

// DefaultFlusherTimeout is the default of FlusherTimeout.
const DefaultFlusherTimeout = evernats.DefaultFlusherTimeout

// Version is this library's version; it is sent to servers in CONNECT.
const Version = evernats.Version

// InboxPrefix starts every inbox subject unless CustomInboxPrefix says
// otherwise.
const InboxPrefix = evernats.InboxPrefix

// LangString is what the client calls its language in CONNECT.
const LangString = evernats.LangString

// RequestChanLen is kept for programs that use it; requests need no
// channel of that size here.
const RequestChanLen = evernats.RequestChanLen

// DefaultSubPendingMsgsLimit is how many messages may wait for the handler
// of a subscription. Past it the subscription is a slow consumer. See
// [Subscription.SetPendingLimits].
const DefaultSubPendingMsgsLimit = evernats.DefaultSubPendingMsgsLimit

// DefaultSubPendingBytesLimit is how many bytes of messages may wait for
// the handler of a subscription: 64 MiB.
const DefaultSubPendingBytesLimit = evernats.DefaultSubPendingBytesLimit

const DISCONNECTED = evernats.DISCONNECTED // kept for programs that name it; a connection goes from CONNECTED to RECONNECTING

const CONNECTED = evernats.CONNECTED // a server is in use

const CLOSED = evernats.CLOSED // for good

const RECONNECTING = evernats.RECONNECTING // looking for a server after a loss

const CONNECTING = evernats.CONNECTING // looking for the first server

const DRAINING_SUBS = evernats.DRAINING_SUBS // Drain: subscriptions finish what they have

const DRAINING_PUBS = evernats.DRAINING_PUBS // Drain: published messages are sent

const SubscriptionActive = evernats.SubscriptionActive // receives messages

const SubscriptionDraining = evernats.SubscriptionDraining // finishes what it has

const SubscriptionClosed = evernats.SubscriptionClosed // ended

const SubscriptionSlowConsumer = evernats.SubscriptionSlowConsumer // drops messages: its pending limits are reached

const AsyncSubscription = evernats.AsyncSubscription // to a handler function

const SyncSubscription = evernats.SyncSubscription // to NextMsg

const ChanSubscription = evernats.ChanSubscription // to a channel of the program's

const NilSubscription = evernats.NilSubscription // it was nil

const PullSubscription = evernats.PullSubscription // of JetStream pull consumers; the core never makes one

// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package nats

import (
	evernats "github.com/evernats/nats"
)

// ErrConnectionClosed: the connection is closed for good.
var ErrConnectionClosed = evernats.ErrConnectionClosed

// ErrConnectionDraining: the connection drains and takes no new
// subscriptions or, later on, publishes.
var ErrConnectionDraining = evernats.ErrConnectionDraining

// ErrDrainTimeout: a drain didn't finish within DrainTimeout.
var ErrDrainTimeout = evernats.ErrDrainTimeout

// ErrConnectionReconnecting: the call needs a connected server and the
// connection is looking for one. No call returns it: Drain, which does in
// nats.go, goes on through a reconnect here.
var ErrConnectionReconnecting = evernats.ErrConnectionReconnecting

// ErrDisconnected: the call needs a connected server and there is none.
var ErrDisconnected = evernats.ErrDisconnected

// ErrInvalidConnection: a method was called on a nil connection.
var ErrInvalidConnection = evernats.ErrInvalidConnection

// ErrStaleConnection: the server didn't answer pings in time.
var ErrStaleConnection = evernats.ErrStaleConnection

// ErrConnectionNotTLS: TLS details were asked of a connection without TLS.
var ErrConnectionNotTLS = evernats.ErrConnectionNotTLS

// ErrNoServers: every server was tried and none could be reached, or all of them
// used up their attempts.
var ErrNoServers = evernats.ErrNoServers

// ErrMixingWebsocketSchemes: ws or wss URLs stand together with others.
var ErrMixingWebsocketSchemes = evernats.ErrMixingWebsocketSchemes

// ErrServerNotInPool: ReconnectToServerCB chose a server that the pool
// doesn't have.
var ErrServerNotInPool = evernats.ErrServerNotInPool

// ErrNoInfoReceived: the peer didn't start with INFO; it is probably no
// NATS server, or one that wants TLS first.
var ErrNoInfoReceived = evernats.ErrNoInfoReceived

// ErrJsonParse: the server's INFO is not valid JSON.
var ErrJsonParse = evernats.ErrJsonParse

// ErrSecureConnRequired: the server wants TLS and the client didn't use it.
var ErrSecureConnRequired = evernats.ErrSecureConnRequired

// ErrSecureConnWanted: TLS was asked for and the server doesn't have it.
var ErrSecureConnWanted = evernats.ErrSecureConnWanted

// ErrTLS: the TLS handshake failed, or the server hung up right after it, which
// is how it refuses a client's certificate.
var ErrTLS = evernats.ErrTLS

// ErrMaxConnectionsExceeded: the server refuses further clients for now.
var ErrMaxConnectionsExceeded = evernats.ErrMaxConnectionsExceeded

// ErrMaxAccountConnectionsExceeded: the server refuses further connections
// of this account for now.
var ErrMaxAccountConnectionsExceeded = evernats.ErrMaxAccountConnectionsExceeded

// ErrAuthorization: the server refused the credentials.
var ErrAuthorization = evernats.ErrAuthorization

// ErrAuthExpired: the user's credentials expired.
var ErrAuthExpired = evernats.ErrAuthExpired

// ErrAuthRevoked: the user's credentials were revoked.
var ErrAuthRevoked = evernats.ErrAuthRevoked

// ErrAccountAuthExpired: the account's credentials expired.
var ErrAccountAuthExpired = evernats.ErrAccountAuthExpired

// ErrPermissionViolation: the server refused a publish or a subscription.
var ErrPermissionViolation = evernats.ErrPermissionViolation

// ErrNkeysNotSupported: an nkey was given and the server sent no nonce to
// sign.
var ErrNkeysNotSupported = evernats.ErrNkeysNotSupported

// ErrMultipleTLSConfigs: Secure was given more than one configuration.
var ErrMultipleTLSConfigs = evernats.ErrMultipleTLSConfigs

// ErrClientCertOrRootCAsRequired: ClientTLSConfig was given neither callback.
var ErrClientCertOrRootCAsRequired = evernats.ErrClientCertOrRootCAsRequired

// ErrUserButNoSigCB: a user JWT callback was given without a signature callback.
var ErrUserButNoSigCB = evernats.ErrUserButNoSigCB

// ErrNkeyButNoSigCB: an nkey was given without a signature callback.
var ErrNkeyButNoSigCB = evernats.ErrNkeyButNoSigCB

// ErrNoUserCB: UserJWT was given no user callback.
var ErrNoUserCB = evernats.ErrNoUserCB

// ErrNkeyAndUser: an nkey and a user JWT callback exclude each other.
var ErrNkeyAndUser = evernats.ErrNkeyAndUser

// ErrTokenAlreadySet: a token and a token handler exclude each other.
var ErrTokenAlreadySet = evernats.ErrTokenAlreadySet

// ErrUserInfoAlreadySet: a user or password and a user info handler
// exclude each other.
var ErrUserInfoAlreadySet = evernats.ErrUserInfoAlreadySet

// ErrWebSocketHeadersAlreadySet: fixed WebSocket headers and a headers
// handler exclude each other.
var ErrWebSocketHeadersAlreadySet = evernats.ErrWebSocketHeadersAlreadySet

// ErrInvalidArg: an argument or option value makes no sense. The error that
// carries it says which.
var ErrInvalidArg = evernats.ErrInvalidArg

// ErrBadTimeout: a timeout is negative, or zero where one is needed.
var ErrBadTimeout = evernats.ErrBadTimeout

// ErrBadSubject: a subject is empty, has a space or line break in it or,
// for a subscription, an empty token.
var ErrBadSubject = evernats.ErrBadSubject

// ErrInvalidMsg: a message is nil.
var ErrInvalidMsg = evernats.ErrInvalidMsg

// ErrMaxPayload: a message is larger than the server takes.
var ErrMaxPayload = evernats.ErrMaxPayload

// ErrHeadersNotSupported: a message has headers and the server takes none.
var ErrHeadersNotSupported = evernats.ErrHeadersNotSupported

// ErrBadHeaderMsg: a header block can't be decoded, or a header name can't
// be encoded.
var ErrBadHeaderMsg = evernats.ErrBadHeaderMsg

// ErrMsgNotBound: Respond was called on a message that no subscription
// delivered.
var ErrMsgNotBound = evernats.ErrMsgNotBound

// ErrMsgNoReply: Respond was called on a message without a reply subject.
var ErrMsgNoReply = evernats.ErrMsgNoReply

// ErrNoResponders: nobody subscribes to the subject of a request.
var ErrNoResponders = evernats.ErrNoResponders

// ErrReconnectBufExceeded: there is no connection and the message doesn't
// fit into ReconnectBufSize any more.
var ErrReconnectBufExceeded = evernats.ErrReconnectBufExceeded

// ErrBadSubscription: the subscription has ended, or never was one.
var ErrBadSubscription = evernats.ErrBadSubscription

// ErrTypeSubscription: the call doesn't fit this kind of subscription.
var ErrTypeSubscription = evernats.ErrTypeSubscription

// ErrBadQueueName: a queue group's name has a space or line break in it.
var ErrBadQueueName = evernats.ErrBadQueueName

// ErrSlowConsumer: a subscription's pending limits are reached; messages
// for it are dropped until its handler catches up.
var ErrSlowConsumer = evernats.ErrSlowConsumer

// ErrTimeout: the time given to a call ran out.
var ErrTimeout = evernats.ErrTimeout

// ErrChanArg: a channel subscription needs a channel.
var ErrChanArg = evernats.ErrChanArg

// ErrMaxMessages: an auto-unsubscribe limit was reached and all messages up
// to it were delivered.
var ErrMaxMessages = evernats.ErrMaxMessages

// ErrSyncSubRequired: NextMsg was called on a subscription with a handler.
var ErrSyncSubRequired = evernats.ErrSyncSubRequired

// ErrInvalidContext: a nil context was given.
var ErrInvalidContext = evernats.ErrInvalidContext

// ErrNoDeadlineContext: the call needs a context with a deadline.
var ErrNoDeadlineContext = evernats.ErrNoDeadlineContext

// ErrMaxSubscriptionsExceeded: the server takes no further subscriptions
// of this connection or account.
var ErrMaxSubscriptionsExceeded = evernats.ErrMaxSubscriptionsExceeded

// ErrNoEchoNotSupported: the server is too old for NoEcho.
var ErrNoEchoNotSupported = evernats.ErrNoEchoNotSupported

// ErrClientIDNotSupported: the server didn't say the client's number.
var ErrClientIDNotSupported = evernats.ErrClientIDNotSupported

// ErrClientIPNotSupported: the server didn't say the client's address.
var ErrClientIPNotSupported = evernats.ErrClientIPNotSupported

// ErrJetStreamNotEnabled: the server has no JetStream.
var ErrJetStreamNotEnabled = evernats.ErrJetStreamNotEnabled

// ErrJetStreamNotEnabledForAccount: the account has no JetStream.
var ErrJetStreamNotEnabledForAccount = evernats.ErrJetStreamNotEnabledForAccount

// ErrStreamNotFound: there is no such stream.
var ErrStreamNotFound = evernats.ErrStreamNotFound

// ErrStreamNameAlreadyInUse: a stream of that name is there already, with another configuration.
var ErrStreamNameAlreadyInUse = evernats.ErrStreamNameAlreadyInUse

// ErrConsumerNotFound: there is no such consumer.
var ErrConsumerNotFound = evernats.ErrConsumerNotFound

// ErrMsgNotFound: the stream has no such message.
var ErrMsgNotFound = evernats.ErrMsgNotFound

// ErrBadRequest: the server didn't understand a request.
var ErrBadRequest = evernats.ErrBadRequest

// ErrDuplicateFilterSubjects: a consumer has both FilterSubject and FilterSubjects.
var ErrDuplicateFilterSubjects = evernats.ErrDuplicateFilterSubjects

// ErrOverlappingFilterSubjects: two of FilterSubjects match the same subjects.
var ErrOverlappingFilterSubjects = evernats.ErrOverlappingFilterSubjects

// ErrEmptyFilter: one of FilterSubjects is empty.
var ErrEmptyFilter = evernats.ErrEmptyFilter

// ErrAsyncPublishTimeout: no acknowledgement came in time; whether the message is stored isn't known: it is [evernats.ErrInDoubt], too.
var ErrAsyncPublishTimeout = evernats.ErrAsyncPublishTimeout

// ErrCantAckIfConsumerAckNone: the consumer wants no acknowledgements.
var ErrCantAckIfConsumerAckNone = evernats.ErrCantAckIfConsumerAckNone

// ErrConsumerConfigRequired: AddConsumer or UpdateConsumer was given none.
var ErrConsumerConfigRequired = evernats.ErrConsumerConfigRequired

// ErrConsumerCreationResponseEmpty: a server's answer to making a consumer had nothing in it.
var ErrConsumerCreationResponseEmpty = evernats.ErrConsumerCreationResponseEmpty

// ErrConsumerDeleted: the consumer was deleted, or isn't there.
var ErrConsumerDeleted = evernats.ErrConsumerDeleted

// ErrConsumerInfoOnOrderedReset: an ordered subscription's consumer is being made anew.
var ErrConsumerInfoOnOrderedReset = evernats.ErrConsumerInfoOnOrderedReset

// ErrConsumerLeadershipChanged: the consumer's leader changed.
var ErrConsumerLeadershipChanged = evernats.ErrConsumerLeadershipChanged

// ErrConsumerMultipleFilterSubjectsNotSupported: the server doesn't know FilterSubjects.
var ErrConsumerMultipleFilterSubjectsNotSupported = evernats.ErrConsumerMultipleFilterSubjectsNotSupported

// ErrConsumerNameAlreadyInUse: a consumer of that name is there already, with another configuration.
var ErrConsumerNameAlreadyInUse = evernats.ErrConsumerNameAlreadyInUse

// ErrConsumerNameRequired: a consumer's name is empty.
var ErrConsumerNameRequired = evernats.ErrConsumerNameRequired

// ErrConsumerNotActive tells the error handler that nothing was heard of a push consumer
// for two heartbeats; the subscription goes on.
var ErrConsumerNotActive = evernats.ErrConsumerNotActive

// ErrContextAndTimeout: an operation was given both a context and a time.
var ErrContextAndTimeout = evernats.ErrContextAndTimeout

// ErrFetchDisconnected: a fetch ended without a message while the connection was away.
var ErrFetchDisconnected = evernats.ErrFetchDisconnected

// ErrInvalidConsumerName: a consumer's name has a space, a dot, a wildcard or a slash in it.
var ErrInvalidConsumerName = evernats.ErrInvalidConsumerName

// ErrInvalidDurableName: a durable consumer's name has a dot in it.
//
// Deprecated: nothing returns it; see [ErrInvalidConsumerName].
var ErrInvalidDurableName = evernats.ErrInvalidDurableName

// ErrInvalidFilterSubject: a filter subject can't be.
var ErrInvalidFilterSubject = evernats.ErrInvalidFilterSubject

// ErrInvalidJSAck: what came in answer to a published message is no acknowledgement.
var ErrInvalidJSAck = evernats.ErrInvalidJSAck

// ErrInvalidStreamName: a stream's name has a space, a dot, a wildcard or a slash in it.
var ErrInvalidStreamName = evernats.ErrInvalidStreamName

// ErrJetStreamPublisherClosed: CleanupPublisher was called while the message was on its way, and whether it is stored isn't known: it is [evernats.ErrInDoubt], too.
var ErrJetStreamPublisherClosed = evernats.ErrJetStreamPublisherClosed

// ErrMsgAlreadyAckd: the message was acknowledged before.
var ErrMsgAlreadyAckd = evernats.ErrMsgAlreadyAckd

// ErrNoHeartbeat: nothing was heard of the consumer for two heartbeats.
var ErrNoHeartbeat = evernats.ErrNoHeartbeat

// ErrNoMatchingStream: no stream stores the subject.
var ErrNoMatchingStream = evernats.ErrNoMatchingStream

// ErrNoStreamResponse: no stream answered for the subject.
var ErrNoStreamResponse = evernats.ErrNoStreamResponse

// ErrNotJSMessage: the message isn't from a consumer.
var ErrNotJSMessage = evernats.ErrNotJSMessage

// ErrPullSubscribeRequired: the consumer is a pull consumer, for PullSubscribe.
var ErrPullSubscribeRequired = evernats.ErrPullSubscribeRequired

// ErrPullSubscribeToPushConsumer: the consumer is a push consumer, which PullSubscribe isn't for.
var ErrPullSubscribeToPushConsumer = evernats.ErrPullSubscribeToPushConsumer

// ErrStreamConfigRequired: AddStream or UpdateStream was given none.
var ErrStreamConfigRequired = evernats.ErrStreamConfigRequired

// ErrStreamNameRequired: a stream's name is empty.
var ErrStreamNameRequired = evernats.ErrStreamNameRequired

// ErrStreamSourceMultipleSubjectTransformsNotSupported: the server doesn't know several transforms of a source.
var ErrStreamSourceMultipleSubjectTransformsNotSupported = evernats.ErrStreamSourceMultipleSubjectTransformsNotSupported

// ErrStreamSourceNotSupported: the server doesn't know sources.
var ErrStreamSourceNotSupported = evernats.ErrStreamSourceNotSupported

// ErrStreamSourceSubjectTransformNotSupported: the server doesn't know transforms of a source.
var ErrStreamSourceSubjectTransformNotSupported = evernats.ErrStreamSourceSubjectTransformNotSupported

// ErrStreamSubjectTransformNotSupported: the server doesn't know transforms of a stream.
var ErrStreamSubjectTransformNotSupported = evernats.ErrStreamSubjectTransformNotSupported

// ErrSubjectMismatch: the subject of a subscription isn't the consumer's.
var ErrSubjectMismatch = evernats.ErrSubjectMismatch

// ErrSubscriptionClosed: the subscription ended while a fetch waited.
var ErrSubscriptionClosed = evernats.ErrSubscriptionClosed

// ErrTooManyStalledMsgs: as many messages as may be are unacknowledged, and none was in the time of [StallWait].
var ErrTooManyStalledMsgs = evernats.ErrTooManyStalledMsgs

// ErrKeyValueConfigRequired: a bucket can't be made without a configuration.
var ErrKeyValueConfigRequired = evernats.ErrKeyValueConfigRequired

// ErrInvalidBucketName: a bucket's name has letters, digits, - and _ alone, and one at least.
var ErrInvalidBucketName = evernats.ErrInvalidBucketName

// ErrInvalidKey: a key has letters, digits and -/_=. alone, one at least, and no dot at either end.
var ErrInvalidKey = evernats.ErrInvalidKey

// ErrBucketNotFound: there is no such bucket.
var ErrBucketNotFound = evernats.ErrBucketNotFound

// ErrBadBucket: the stream of that name isn't a bucket's.
var ErrBadBucket = evernats.ErrBadBucket

// ErrKeyNotFound: there is no such key, or it was deleted, or has no such revision.
var ErrKeyNotFound = evernats.ErrKeyNotFound

// ErrKeyDeleted: the key was deleted.
var ErrKeyDeleted = evernats.ErrKeyDeleted

// ErrHistoryToLarge: a bucket keeps at most [KeyValueMaxHistory] values of a key.
var ErrHistoryToLarge = evernats.ErrHistoryToLarge

// ErrNoKeysFound: there are no keys.
var ErrNoKeysFound = evernats.ErrNoKeysFound

// ErrKeyWatcherTimeout: a list waited too long for what is there.
var ErrKeyWatcherTimeout = evernats.ErrKeyWatcherTimeout

// ErrKeyExists: there is a value to be created already. It is equal, for errors.Is, to
// every error with code 10071, which conflicts of revisions have too where a bucket
// isn't replicated: ask for those with [ErrKeyRevisionMismatch].
var ErrKeyExists = evernats.ErrKeyExists

// ErrKeyRevisionMismatch: the key's last revision isn't the expected one. Nothing was written.
var ErrKeyRevisionMismatch = evernats.ErrKeyRevisionMismatch

// ErrObjectConfigRequired: an object store needs a configuration.
var ErrObjectConfigRequired = evernats.ErrObjectConfigRequired

// ErrBadObjectMeta: what is to be said of an object can't be; it has no name.
var ErrBadObjectMeta = evernats.ErrBadObjectMeta

// ErrObjectNotFound: the store has no such object, or it is deleted.
var ErrObjectNotFound = evernats.ErrObjectNotFound

// ErrInvalidStoreName: an object store's name is empty, or has other characters than
// letters, digits, _ and -.
var ErrInvalidStoreName = evernats.ErrInvalidStoreName

// ErrDigestMismatch: the bytes that came aren't those that were stored, or some are
// missing.
var ErrDigestMismatch = evernats.ErrDigestMismatch

// ErrInvalidDigestFormat: a digest isn't of the form SHA-256=….
var ErrInvalidDigestFormat = evernats.ErrInvalidDigestFormat

// ErrNoObjectsFound: the store has none.
var ErrNoObjectsFound = evernats.ErrNoObjectsFound

// ErrObjectAlreadyExists: an object that is no link has the name.
var ErrObjectAlreadyExists = evernats.ErrObjectAlreadyExists

// ErrNameRequired: a name is needed.
var ErrNameRequired = evernats.ErrNameRequired

// ErrNeeds262: the server is too old for object stores. Nothing returns it.
var ErrNeeds262 = evernats.ErrNeeds262

// ErrLinkNotAllowed: Put was given a link; that is what AddLink is for.
var ErrLinkNotAllowed = evernats.ErrLinkNotAllowed

// ErrObjectRequired: no object was given.
var ErrObjectRequired = evernats.ErrObjectRequired

// ErrNoLinkToDeleted: the object to be linked to is deleted.
var ErrNoLinkToDeleted = evernats.ErrNoLinkToDeleted

// ErrNoLinkToLink: the object to be linked to is a link itself.
var ErrNoLinkToLink = evernats.ErrNoLinkToLink

// ErrCantGetBucket: the object is a link to a bucket, which can't be read.
var ErrCantGetBucket = evernats.ErrCantGetBucket

// ErrBucketRequired: no bucket was given.
var ErrBucketRequired = evernats.ErrBucketRequired

// ErrBucketMalformed: what was given as a bucket isn't one of this package.
var ErrBucketMalformed = evernats.ErrBucketMalformed

// ErrUpdateMetaDeleted: there is no such object, or it is deleted, so that nothing
// can be said of it.
var ErrUpdateMetaDeleted = evernats.ErrUpdateMetaDeleted

// DefaultOptions are the default options.
//
// Deprecated: one variable for all connections of a program is shared by them;
// use [GetDefaultOptions].
var DefaultOptions = evernats.DefaultOptions

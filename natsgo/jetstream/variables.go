// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package jetstream

import (
	evernats "github.com/evernats/nats/jetstream"
)

// ErrBucketExists: a bucket of that name is there already, with another configuration.
var ErrBucketExists = evernats.ErrBucketExists

// ErrBucketMalformed: what was given as a bucket isn't one of this package.
var ErrBucketMalformed = evernats.ErrBucketMalformed

// ErrBucketNotFound: there is no such bucket.
var ErrBucketNotFound = evernats.ErrBucketNotFound

// ErrBucketRequired: no bucket was given.
var ErrBucketRequired = evernats.ErrBucketRequired

// ErrBadRequest: the server didn't understand a request.
var ErrBadRequest = evernats.ErrBadRequest

// ErrConsumerCreate: the server couldn't make the consumer.
var ErrConsumerCreate = evernats.ErrConsumerCreate

// ErrConsumerDoesNotExist: there is no such consumer to update.
var ErrConsumerDoesNotExist = evernats.ErrConsumerDoesNotExist

// ErrConsumerExists: a consumer of that name is there already, with another configuration.
var ErrConsumerExists = evernats.ErrConsumerExists

// ErrConsumerInvalidReset: the sequence number doesn't agree with where the consumer begins.
var ErrConsumerInvalidReset = evernats.ErrConsumerInvalidReset

// ErrConsumerNotFound: there is no such consumer.
var ErrConsumerNotFound = evernats.ErrConsumerNotFound

// ErrDuplicateFilterSubjects: a consumer has both FilterSubject and FilterSubjects.
var ErrDuplicateFilterSubjects = evernats.ErrDuplicateFilterSubjects

// ErrEmptyFilter: one of FilterSubjects is empty.
var ErrEmptyFilter = evernats.ErrEmptyFilter

// ErrJetStreamNotEnabled: the server has no JetStream.
var ErrJetStreamNotEnabled = evernats.ErrJetStreamNotEnabled

// ErrJetStreamNotEnabledForAccount: the account has no JetStream.
var ErrJetStreamNotEnabledForAccount = evernats.ErrJetStreamNotEnabledForAccount

// ErrMaximumConsumersLimit: the stream or account allows no more consumers.
var ErrMaximumConsumersLimit = evernats.ErrMaximumConsumersLimit

// ErrMessageSchedulesDisabled: the stream takes no schedules.
var ErrMessageSchedulesDisabled = evernats.ErrMessageSchedulesDisabled

// ErrMirrorWithMsgSchedules: a mirror can't have schedules.
var ErrMirrorWithMsgSchedules = evernats.ErrMirrorWithMsgSchedules

// ErrMsgNotFound: the stream has no such message.
var ErrMsgNotFound = evernats.ErrMsgNotFound

// ErrOverlappingFilterSubjects: two of FilterSubjects match the same subjects.
var ErrOverlappingFilterSubjects = evernats.ErrOverlappingFilterSubjects

// ErrSchedulePatternInvalid: the stream doesn't understand when to publish.
var ErrSchedulePatternInvalid = evernats.ErrSchedulePatternInvalid

// ErrScheduleRollupInvalid: a schedule has a rollup that can't be.
var ErrScheduleRollupInvalid = evernats.ErrScheduleRollupInvalid

// ErrScheduleSourceInvalid: a schedule has a source that can't be.
var ErrScheduleSourceInvalid = evernats.ErrScheduleSourceInvalid

// ErrScheduleTTLInvalid: a schedule has a TTL that can't be.
var ErrScheduleTTLInvalid = evernats.ErrScheduleTTLInvalid

// ErrScheduleTargetInvalid: a schedule has a target that can't be.
var ErrScheduleTargetInvalid = evernats.ErrScheduleTargetInvalid

// ErrSourceWithMsgSchedules: a stream with sources can't have schedules.
var ErrSourceWithMsgSchedules = evernats.ErrSourceWithMsgSchedules

// ErrStreamMessageExceedsMaximum: the message is larger than the stream takes.
var ErrStreamMessageExceedsMaximum = evernats.ErrStreamMessageExceedsMaximum

// ErrStreamNameAlreadyInUse: a stream of that name is there already, with another configuration.
var ErrStreamNameAlreadyInUse = evernats.ErrStreamNameAlreadyInUse

// ErrStreamNotFound: there is no such stream.
var ErrStreamNotFound = evernats.ErrStreamNotFound

// ErrAsyncPublishReplySubjectSet: a message published asynchronously has a reply subject, which the client needs for itself.
var ErrAsyncPublishReplySubjectSet = evernats.ErrAsyncPublishReplySubjectSet

// ErrAsyncPublishTimeout: no acknowledgement came in time; whether the message is stored isn't known: it is [nats.ErrInDoubt], too.
var ErrAsyncPublishTimeout = evernats.ErrAsyncPublishTimeout

// ErrBatchCompleted: a pull got all that it asked for.
var ErrBatchCompleted = evernats.ErrBatchCompleted

// ErrEndOfData: there is nothing more to read.
var ErrEndOfData = evernats.ErrEndOfData

// ErrOrderConsumerUsedAsConsume: an ordered consumer that was used by Consume or
// Messages can't be used by Fetch or Next.
var ErrOrderConsumerUsedAsConsume = evernats.ErrOrderConsumerUsedAsConsume

// ErrOrderConsumerUsedAsFetch: one that was used by Fetch or Next can't be used by
// Consume or Messages.
var ErrOrderConsumerUsedAsFetch = evernats.ErrOrderConsumerUsedAsFetch

// ErrOrderedConsumerConcurrentRequests: an ordered consumer is at work already.
var ErrOrderedConsumerConcurrentRequests = evernats.ErrOrderedConsumerConcurrentRequests

// ErrOrderedConsumerNotCreated: an ordered consumer isn't there at the moment.
var ErrOrderedConsumerNotCreated = evernats.ErrOrderedConsumerNotCreated

// ErrOrderedConsumerReset: messages of an ordered consumer are missing, so that it is made
// anew; consuming goes on. One that was deleted is [ErrConsumerDeleted], and goes on, too.
var ErrOrderedConsumerReset = evernats.ErrOrderedConsumerReset

// ErrConnectionClosed: the connection was closed.
var ErrConnectionClosed = evernats.ErrConnectionClosed

// ErrConsumerAlreadyConsuming: a push consumer is consumed from already by this value.
var ErrConsumerAlreadyConsuming = evernats.ErrConsumerAlreadyConsuming

// ErrConsumerHasActiveSubscription: a push consumer's subject is subscribed to already.
// It is here for programs that compare with it; nothing returns it.
var ErrConsumerHasActiveSubscription = evernats.ErrConsumerHasActiveSubscription

// ErrConsumerCreationResponseEmpty: a server's answer to making a consumer had nothing in it.
var ErrConsumerCreationResponseEmpty = evernats.ErrConsumerCreationResponseEmpty

// ErrConsumerDeleted: the consumer was deleted while it was consumed from, or isn't there.
var ErrConsumerDeleted = evernats.ErrConsumerDeleted

// ErrConsumerLeadershipChanged: the consumer's leader changed; consuming goes on.
var ErrConsumerLeadershipChanged = evernats.ErrConsumerLeadershipChanged

// ErrConsumerMultipleFilterSubjectsNotSupported: the server doesn't know FilterSubjects.
var ErrConsumerMultipleFilterSubjectsNotSupported = evernats.ErrConsumerMultipleFilterSubjectsNotSupported

// ErrConsumerNameAlreadyInUse: the consumer's name is taken.
var ErrConsumerNameAlreadyInUse = evernats.ErrConsumerNameAlreadyInUse

// ErrConsumerResetResponseEmpty: a server's answer to a reset had nothing in it.
var ErrConsumerResetResponseEmpty = evernats.ErrConsumerResetResponseEmpty

// ErrHandlerRequired: Consume was given no handler.
var ErrHandlerRequired = evernats.ErrHandlerRequired

// ErrInvalidConsumerName: a consumer's name is empty, or has a space, a dot, a wildcard or a slash in it.
var ErrInvalidConsumerName = evernats.ErrInvalidConsumerName

// ErrInvalidJSAck: what came in answer to a published message is no acknowledgement.
var ErrInvalidJSAck = evernats.ErrInvalidJSAck

// ErrInvalidJetStreamResponse: a server's answer makes no sense.
var ErrInvalidJetStreamResponse = evernats.ErrInvalidJetStreamResponse

// ErrInvalidOption: an option, or a combination of them, isn't possible; the text says which.
var ErrInvalidOption = evernats.ErrInvalidOption

// ErrInvalidStreamName: a stream's name has a space, a dot, a wildcard or a slash in it.
var ErrInvalidStreamName = evernats.ErrInvalidStreamName

// ErrInvalidSubject: a subject isn't one.
var ErrInvalidSubject = evernats.ErrInvalidSubject

// ErrJetStreamPublisherClosed: CleanupPublisher was called while the message was on its way, and whether it is stored isn't known: it is [nats.ErrInDoubt], too.
var ErrJetStreamPublisherClosed = evernats.ErrJetStreamPublisherClosed

// ErrMaxBytesExceeded: the next message is larger than all bytes that may be asked for.
var ErrMaxBytesExceeded = evernats.ErrMaxBytesExceeded

// ErrMsgAlreadyAckd: the message was acknowledged before.
var ErrMsgAlreadyAckd = evernats.ErrMsgAlreadyAckd

// ErrMsgDeleteUnsuccessful: the server didn't delete the message.
var ErrMsgDeleteUnsuccessful = evernats.ErrMsgDeleteUnsuccessful

// ErrMsgIteratorClosed: the iterator was stopped or drained.
var ErrMsgIteratorClosed = evernats.ErrMsgIteratorClosed

// ErrMsgNoReply: the message has no reply subject.
var ErrMsgNoReply = evernats.ErrMsgNoReply

// ErrMsgNotBound: the message belongs to no connection.
var ErrMsgNotBound = evernats.ErrMsgNotBound

// ErrNameRequired: a name is needed.
var ErrNameRequired = evernats.ErrNameRequired

// ErrNoHeartbeat: nothing was heard of the consumer for two heartbeats; consuming goes on.
var ErrNoHeartbeat = evernats.ErrNoHeartbeat

// ErrNoMessages: there were none.
var ErrNoMessages = evernats.ErrNoMessages

// ErrNoStreamResponse: no stream answered for the subject.
var ErrNoStreamResponse = evernats.ErrNoStreamResponse

// ErrNotJSMessage: the message isn't from a consumer.
var ErrNotJSMessage = evernats.ErrNotJSMessage

// ErrNotPullConsumer: the consumer is a push consumer.
var ErrNotPullConsumer = evernats.ErrNotPullConsumer

// ErrNotPushConsumer: the consumer is a pull consumer.
var ErrNotPushConsumer = evernats.ErrNotPushConsumer

// ErrPinIDMismatch: another client is the pinned one now. A Fetch ends with it, and the next
// one asks as a client that is new.
var ErrPinIDMismatch = evernats.ErrPinIDMismatch

// ErrServerShutdown: the consumer's server goes away; consuming goes on with another.
var ErrServerShutdown = evernats.ErrServerShutdown

// ErrStreamNameRequired: a stream's name is empty.
var ErrStreamNameRequired = evernats.ErrStreamNameRequired

// ErrStreamSourceMultipleFilterSubjectsNotSupported: the server doesn't know several transforms of a source.
var ErrStreamSourceMultipleFilterSubjectsNotSupported = evernats.ErrStreamSourceMultipleFilterSubjectsNotSupported

// ErrStreamSourceNotSupported: the server doesn't know sources.
var ErrStreamSourceNotSupported = evernats.ErrStreamSourceNotSupported

// ErrStreamSourceSubjectTransformNotSupported: the server doesn't know transforms of a source.
var ErrStreamSourceSubjectTransformNotSupported = evernats.ErrStreamSourceSubjectTransformNotSupported

// ErrStreamSubjectTransformNotSupported: the server doesn't know transforms of a stream.
var ErrStreamSubjectTransformNotSupported = evernats.ErrStreamSubjectTransformNotSupported

// ErrTooManyStalledMsgs: as many messages as may be are unacknowledged, and none was in the time of [WithStallWait].
var ErrTooManyStalledMsgs = evernats.ErrTooManyStalledMsgs

// ErrBadBucket: the stream of that name isn't a bucket's.
var ErrBadBucket = evernats.ErrBadBucket

// ErrHistoryTooLarge: a bucket keeps at most [KeyValueMaxHistory] values of a key.
var ErrHistoryTooLarge = evernats.ErrHistoryTooLarge

// ErrInvalidBucketName: a bucket's name has letters, digits, - and _ alone, and one at least.
var ErrInvalidBucketName = evernats.ErrInvalidBucketName

// ErrInvalidKey: a key has letters, digits and -/_=. alone, one at least, and no dot at either end.
var ErrInvalidKey = evernats.ErrInvalidKey

// ErrKeyDeleted: the key was deleted.
var ErrKeyDeleted = evernats.ErrKeyDeleted

// ErrKeyExists: there is a value to be created already. It is equal, for errors.Is, to
// every error with code 10071, which conflicts of revisions have too where a bucket
// isn't replicated: ask for those with [ErrKeyRevisionMismatch].
var ErrKeyExists = evernats.ErrKeyExists

// ErrKeyNotFound: there is no such key, or it was deleted, or has no such revision.
var ErrKeyNotFound = evernats.ErrKeyNotFound

// ErrKeyRevisionMismatch: the key's last revision isn't the expected one. Nothing was written.
var ErrKeyRevisionMismatch = evernats.ErrKeyRevisionMismatch

// ErrKeyValueConfigRequired: a bucket can't be made without a configuration.
var ErrKeyValueConfigRequired = evernats.ErrKeyValueConfigRequired

// ErrLimitMarkerTTLNotSupported: the server doesn't know [KeyValueConfig].LimitMarkerTTL.
var ErrLimitMarkerTTLNotSupported = evernats.ErrLimitMarkerTTLNotSupported

// ErrNoKeysFound: there are no keys.
var ErrNoKeysFound = evernats.ErrNoKeysFound

// ErrTTLOnDeleteNotSupported: [PurgeTTL] is for Purge.
var ErrTTLOnDeleteNotSupported = evernats.ErrTTLOnDeleteNotSupported

// ErrBadObjectMeta: what is to be said of an object can't be; it has no name.
var ErrBadObjectMeta = evernats.ErrBadObjectMeta

// ErrCantGetBucket: the object is a link to a bucket, which can't be read.
var ErrCantGetBucket = evernats.ErrCantGetBucket

// ErrDigestMismatch: the bytes that came aren't those that were stored, or some are
// missing.
var ErrDigestMismatch = evernats.ErrDigestMismatch

// ErrInvalidDigestFormat: a digest isn't of the form SHA-256=….
var ErrInvalidDigestFormat = evernats.ErrInvalidDigestFormat

// ErrInvalidStoreName: an object store's name is empty, or has other characters than
// letters, digits, _ and -.
var ErrInvalidStoreName = evernats.ErrInvalidStoreName

// ErrLinkNotAllowed: Put was given a link; that is what AddLink is for.
var ErrLinkNotAllowed = evernats.ErrLinkNotAllowed

// ErrNoLinkToDeleted: the object to be linked to is deleted.
var ErrNoLinkToDeleted = evernats.ErrNoLinkToDeleted

// ErrNoLinkToLink: the object to be linked to is a link itself.
var ErrNoLinkToLink = evernats.ErrNoLinkToLink

// ErrNoObjectsFound: the store has none.
var ErrNoObjectsFound = evernats.ErrNoObjectsFound

// ErrObjectAlreadyExists: an object that is no link has the name.
var ErrObjectAlreadyExists = evernats.ErrObjectAlreadyExists

// ErrObjectConfigRequired: an object store needs a configuration.
var ErrObjectConfigRequired = evernats.ErrObjectConfigRequired

// ErrObjectNotFound: the store has no such object, or it is deleted.
var ErrObjectNotFound = evernats.ErrObjectNotFound

// ErrObjectRequired: no object was given.
var ErrObjectRequired = evernats.ErrObjectRequired

// ErrUpdateMetaDeleted: there is no such object, or it is deleted, so that nothing
// can be said of it.
var ErrUpdateMetaDeleted = evernats.ErrUpdateMetaDeleted

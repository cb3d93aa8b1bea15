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

const JSErrCodeBadRequest = evernats.JSErrCodeBadRequest // the server didn't understand a request

const JSErrCodeJetStreamNotAvailable = evernats.JSErrCodeJetStreamNotAvailable // JetStream isn't available at the moment

const JSErrCodeConsumerNameExists = evernats.JSErrCodeConsumerNameExists // the consumer's name is taken

const JSErrCodeConsumerNotFound = evernats.JSErrCodeConsumerNotFound // there is no such consumer

const JSErrCodeInsufficientResourcesErr = evernats.JSErrCodeInsufficientResourcesErr // the servers have no room for it

const JSErrCodeMessageNotFound = evernats.JSErrCodeMessageNotFound // the stream has no such message

const JSErrCodeJetStreamNotEnabledForAccount = evernats.JSErrCodeJetStreamNotEnabledForAccount // the account has no JetStream

const JSStreamInvalidConfig = evernats.JSStreamInvalidConfig // the stream's configuration can't be

const JSErrCodeStreamNameInUse = evernats.JSErrCodeStreamNameInUse // a stream of that name is there already, with another configuration

const JSErrCodeStreamNotFound = evernats.JSErrCodeStreamNotFound // there is no such stream

const JSErrCodeStreamWrongLastSequence = evernats.JSErrCodeStreamWrongLastSequence // the last sequence number isn't the expected one

const JSErrCodeJetStreamNotEnabled = evernats.JSErrCodeJetStreamNotEnabled // the server has no JetStream

const JSErrCodeConsumerAlreadyExists = evernats.JSErrCodeConsumerAlreadyExists // a consumer of that name is there already

const JSErrCodeDuplicateFilterSubjects = evernats.JSErrCodeDuplicateFilterSubjects // a consumer has both FilterSubject and FilterSubjects

const JSErrCodeOverlappingFilterSubjects = evernats.JSErrCodeOverlappingFilterSubjects // two of FilterSubjects match the same subjects

const JSErrCodeConsumerEmptyFilter = evernats.JSErrCodeConsumerEmptyFilter // one of FilterSubjects is empty

const JSErrCodeStreamWrongLastSequenceConstant = evernats.JSErrCodeStreamWrongLastSequenceConstant // the last sequence number isn't the expected one, which is a constant

const MigrationStatusBlocked = evernats.MigrationStatusBlocked // something keeps it from going on

const MigrationStatusCatchup = evernats.MigrationStatusCatchup // the new servers fetch what they lack

const MigrationStatusMembership = evernats.MigrationStatusMembership // the group changes

const MigrationStatusMeta = evernats.MigrationStatusMeta // the system notes it

const MigrationStatusQuorum = evernats.MigrationStatusQuorum // too few servers answer

const MigrationStatusSnapshot = evernats.MigrationStatusSnapshot // a snapshot is made

const MigrationStatusUnavailable = evernats.MigrationStatusUnavailable // a server that is needed is away

// AckNonePolicy wants none; the default of a configuration that says nothing.
const AckNonePolicy = evernats.AckNonePolicy

// AckAllPolicy takes the acknowledgement of a message for all before it too.
const AckAllPolicy = evernats.AckAllPolicy

// AckExplicitPolicy wants each message acknowledged.
const AckExplicitPolicy = evernats.AckExplicitPolicy

// AckFlowControlPolicy acknowledges by answers to flow control, for consumers
// that feed other streams.
const AckFlowControlPolicy = evernats.AckFlowControlPolicy

// DeliverAllPolicy begins with the first message; the default.
const DeliverAllPolicy = evernats.DeliverAllPolicy

// DeliverLastPolicy begins with the last message.
const DeliverLastPolicy = evernats.DeliverLastPolicy

// DeliverNewPolicy begins with what is stored after the consumer was made.
const DeliverNewPolicy = evernats.DeliverNewPolicy

// DeliverByStartSequencePolicy begins with ConsumerConfig.OptStartSeq.
const DeliverByStartSequencePolicy = evernats.DeliverByStartSequencePolicy

// DeliverByStartTimePolicy begins at ConsumerConfig.OptStartTime.
const DeliverByStartTimePolicy = evernats.DeliverByStartTimePolicy

// DeliverLastPerSubjectPolicy begins with the last message of each subject.
const DeliverLastPerSubjectPolicy = evernats.DeliverLastPerSubjectPolicy

// DiscardOld removes the oldest messages; the default.
const DiscardOld = evernats.DiscardOld

// DiscardNew refuses new ones.
const DiscardNew = evernats.DiscardNew

// ReplayInstantPolicy sends as fast as it can; the default.
const ReplayInstantPolicy = evernats.ReplayInstantPolicy

// ReplayOriginalPolicy keeps the intervals in which messages were stored.
const ReplayOriginalPolicy = evernats.ReplayOriginalPolicy

// LimitsPolicy removes what is past a limit; the default.
const LimitsPolicy = evernats.LimitsPolicy

// InterestPolicy removes what all consumers have acknowledged.
const InterestPolicy = evernats.InterestPolicy

// WorkQueuePolicy removes what a consumer has acknowledged.
const WorkQueuePolicy = evernats.WorkQueuePolicy

// FileStorage is on disk; the default.
const FileStorage = evernats.FileStorage

// MemoryStorage is in memory.
const MemoryStorage = evernats.MemoryStorage

// NoCompression stores messages as they are; the default.
const NoCompression = evernats.NoCompression

// S2Compression uses S2, a relative of Snappy.
const S2Compression = evernats.S2Compression

// KeyValueMaxHistory is how many values of a key a bucket keeps at most.
const KeyValueMaxHistory = evernats.KeyValueMaxHistory

// AllKeys is the pattern of all keys.
const AllKeys = evernats.AllKeys

// KeyValuePut wrote a value,
const KeyValuePut = evernats.KeyValuePut

// KeyValueDelete deleted the key; earlier values may still be in its history,
const KeyValueDelete = evernats.KeyValueDelete

// KeyValuePurge removed the key with its history.
const KeyValuePurge = evernats.KeyValuePurge

// MsgIdHdr identifies a message: a second one with the same id within the stream's
// duplicate window is not stored again. See [MsgId].
const MsgIdHdr = evernats.MsgIdHdr

// ExpectedStreamHdr names the stream that must be the one to store it.
const ExpectedStreamHdr = evernats.ExpectedStreamHdr

// ExpectedLastSeqHdr is the sequence number that must be the stream's last.
const ExpectedLastSeqHdr = evernats.ExpectedLastSeqHdr

// ExpectedLastSubjSeqHdr is the one that must be the subject's last.
const ExpectedLastSubjSeqHdr = evernats.ExpectedLastSubjSeqHdr

// ExpectedLastMsgIdHdr is the message id that must be the stream's last.
const ExpectedLastMsgIdHdr = evernats.ExpectedLastMsgIdHdr

// MsgTTLHdr is how long the message is kept. See [MsgTTL].
const MsgTTLHdr = evernats.MsgTTLHdr

// MsgRollup removes what was there before: [MsgRollupSubject] or [MsgRollupAll].
const MsgRollup = evernats.MsgRollup

// JSStream is the stream that the message is from.
const JSStream = evernats.JSStream

// JSSequence is its sequence number there.
const JSSequence = evernats.JSSequence

// JSTimeStamp is when it was stored, as RFC 3339 has it.
const JSTimeStamp = evernats.JSTimeStamp

// JSSubject is the subject that it was published to.
const JSSubject = evernats.JSSubject

// JSLastSequence is the number of the message before it on the same subject.
const JSLastSequence = evernats.JSLastSequence

// MsgSize is the size of a message whose payload was left away, see [HeadersOnly].
const MsgSize = evernats.MsgSize

// MsgRollupSubject removes all earlier messages on the subject.
const MsgRollupSubject = evernats.MsgRollupSubject

// MsgRollupAll removes all earlier messages of the stream.
const MsgRollupAll = evernats.MsgRollupAll

// DefaultPubRetryWait is how long a publish waits before it tries again when no stream
// answered.
const DefaultPubRetryWait = evernats.DefaultPubRetryWait

// DefaultPubRetryAttempts is how often it tries again, at least.
const DefaultPubRetryAttempts = evernats.DefaultPubRetryAttempts

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

const PullSubscription = evernats.PullSubscription // of pull consumers of JetStream, to Fetch

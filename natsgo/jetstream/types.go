// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package jetstream

import (
	evernats "github.com/evernats/nats/jetstream"
)

// AccountInfo is what a server says of the account: its use of JetStream and its limits.
type AccountInfo = evernats.AccountInfo

// APIStats counts requests to the API.
type APIStats = evernats.APIStats

// Tier is use and limits.
type Tier = evernats.Tier

// AccountLimits are what an account may use; -1 is no limit.
type AccountLimits = evernats.AccountLimits

// JetStreamError is an error of JetStream: one of this package's sentinels, or an
// [APIError].
type JetStreamError = evernats.JetStreamError

// ErrorCode is the number that the API gives each of its errors.
type ErrorCode = evernats.ErrorCode

// APIError is what a server says against a request. It is equal, for errors.Is, to
// every error with the same ErrorCode.
type APIError = evernats.APIError

// ClusterInfo says which servers have a stream or a consumer.
type ClusterInfo = evernats.ClusterInfo

// PeerInfo is a server with a copy.
type PeerInfo = evernats.PeerInfo

// DesiredClusterInfo is where a stream or a consumer is moving to.
type DesiredClusterInfo = evernats.DesiredClusterInfo

// DesiredPeerInfo is a server that will have a stream or a consumer.
type DesiredPeerInfo = evernats.DesiredPeerInfo

// DesiredClusterInfoStatus says how a move stands.
type DesiredClusterInfoStatus = evernats.DesiredClusterInfoStatus

// DesiredClusterInfoOrigin is what a stream was before it began to move.
type DesiredClusterInfoOrigin = evernats.DesiredClusterInfoOrigin

// MigrationStatusType is a step of a move.
type MigrationStatusType = evernats.MigrationStatusType

// ConsumeContext is a Consume at work.
type ConsumeContext = evernats.ConsumeContext

// Consumer is one pull consumer. It is safe for concurrent use, and several of its
// methods may be at work at once: each gets its own share of the messages.
//
// All of them go on over a lost connection, a change of the consumer's leader and a
// restart of servers, as long as the consumer itself is still there.
type Consumer = evernats.Consumer

// MessageHandler handles a message of Consume.
type MessageHandler = evernats.MessageHandler

// ConsumerConfig says what a consumer is and does. Zero is the default of each field, which the server fills in.
type ConsumerConfig = evernats.ConsumerConfig

// ConsumerInfo is what a server says of a consumer.
type ConsumerInfo = evernats.ConsumerInfo

// SequenceInfo is a place in a consumer and in its stream.
type SequenceInfo = evernats.SequenceInfo

// SequencePair is a message's place in a consumer and in its stream.
type SequencePair = evernats.SequencePair

// PriorityGroupState says which client of a group is pinned.
type PriorityGroupState = evernats.PriorityGroupState

// ConsumerPauseResponse is the answer to a pause or its end.
type ConsumerPauseResponse = evernats.ConsumerPauseResponse

// ConsumerResetResponse is the answer to a reset.
type ConsumerResetResponse = evernats.ConsumerResetResponse

// ConsumerManager makes, finds and removes the consumers of one stream.
//
// Errors of all its methods: [ErrInvalidConsumerName] for names that can't be,
// [ErrStreamNotFound], [ErrConsumerNotFound], [nats.ErrNoResponders] when nobody
// answers for the API, the context's, and an [APIError] for whatever else the server
// has against it.
type ConsumerManager = evernats.ConsumerManager

// StreamConsumerManager makes, finds and removes the consumers of any stream. Its
// methods are those of [ConsumerManager] with the stream's name.
type StreamConsumerManager = evernats.StreamConsumerManager

// AckPolicy says which messages a consumer wants acknowledged.
type AckPolicy = evernats.AckPolicy

// DeliverPolicy says where in the stream a consumer begins.
type DeliverPolicy = evernats.DeliverPolicy

// DiscardPolicy says what a full stream gives up.
type DiscardPolicy = evernats.DiscardPolicy

// PersistModeType says when a stream's writes reach the disk.
type PersistModeType = evernats.PersistModeType

// PriorityPolicy says how a consumer shares messages among the clients of a group.
type PriorityPolicy = evernats.PriorityPolicy

// ReplayPolicy says how fast a consumer sends what is stored.
type ReplayPolicy = evernats.ReplayPolicy

// RetentionPolicy says when a stream removes messages.
type RetentionPolicy = evernats.RetentionPolicy

// StorageType says where a stream is kept.
type StorageType = evernats.StorageType

// StoreCompression says how stored messages are compressed.
type StoreCompression = evernats.StoreCompression

// MessageBatch is what a Fetch gets.
type MessageBatch = evernats.MessageBatch

// FetchOpt is an option of the Fetch methods and of Consumer.Next. Values that can't
// be, or not together, give [ErrInvalidOption].
type FetchOpt = evernats.FetchOpt

// PubAckFuture says what becomes of a message that was published asynchronously. It
// ends with the stream's acknowledgement, or with an error:
//
//   - [ErrNoStreamResponse]: no stream stores the subject, or none answered in time.
//   - An [APIError]: the stream refused the message.
//   - An [APIError] with code 10158 that isn't [nats.ErrInDoubt]: the message isn't stored, and its
//     id can't be used before the stream's duplicate window is over or another server leads it,
//     see PublishAsync.
//   - [ErrAsyncPublishTimeout]: no acknowledgement came in time.
//   - [nats.ErrDisconnected]: the connection was lost behind the message, which has no id,
//     or was sent too long ago to be sent again. A copy that waited for so long is taken
//     out of the connection's buffer, see [nats.MessageDroppedHandler].
//   - [nats.ErrMessageDropped], [nats.ErrMessageExpired]: the connection's buffer was full,
//     or the message waited in it for too long, and it wasn't sent.
//   - [ErrJetStreamPublisherClosed], [nats.ErrConnectionClosed].
//
// Where the message may be stored nevertheless, since it was sent, or an earlier copy of
// it, and no answer came, the error is [nats.ErrInDoubt], too. One that isn't says that the
// message isn't stored; but for [nats.ErrDisconnected] of
// [evernats.WithPublishAsyncFailOnDisconnect].
type PubAckFuture = evernats.PubAckFuture

// GetMsgOpt is an option of Stream.GetMsg.
type GetMsgOpt = evernats.GetMsgOpt

// JetStream is the way into a system's streams, for one connection. Make one with
// [New], [NewWithAPIPrefix] or [NewWithDomain]; it is safe for concurrent use and
// needs no closing.
type JetStream = evernats.JetStream

// KeyValueOp is what an entry did to its key.
type KeyValueOp = evernats.KeyValueOp

// KeyValue is one bucket of keys with values. It is safe for concurrent use, and needs no
// closing.
//
// A key has letters, digits and the signs -/_=. with no dot at either end; all methods
// refuse others with [ErrInvalidKey]. Where keys can be chosen by a pattern, * stands for
// one token between dots, and > at the end for the rest.
//
// Errors of all methods that ask the server: [nats.ErrNoResponders] and
// [ErrNoStreamResponse] when nobody answers for the bucket, the context's, and an
// [APIError] for whatever else the server has against it. A context without a deadline
// gets the default timeout, but for watches and lists.
type KeyValue = evernats.KeyValue

// KeyValueEntry is a value, or a marker, of a key.
type KeyValueEntry = evernats.KeyValueEntry

// KeyWatcher gives the entries of a watch. It goes on by itself over lost connections,
// changes of leaders and restarts of servers, and neither loses an update that the bucket
// still has nor gives one twice. A bucket that was made anew meanwhile, or whose messages
// are gone with the memory of its server, it gives from its beginning.
//
// Entries come in the order of their revisions. After a loss in the middle of the last
// values, which are asked for again then, one of another key may come behind a higher one.
//
// A watch with [UpdatesOnly] has no nil. A program that is slow makes the server wait, which
// sends up to 32 MiB ahead.
type KeyWatcher = evernats.KeyWatcher

// KeyLister gives the keys of a bucket.
type KeyLister = evernats.KeyLister

// KeyValueConfig says what a bucket is and keeps. Zero is the default of each field but
// Bucket.
type KeyValueConfig = evernats.KeyValueConfig

// KeyValueStatus is the state of a bucket.
type KeyValueStatus = evernats.KeyValueStatus

// KeyValueBucketStatus is the [KeyValueStatus] of this package.
type KeyValueBucketStatus = evernats.KeyValueBucketStatus

// KeyValueManager makes, finds and removes buckets.
//
// Errors of all its methods: [ErrInvalidBucketName], [nats.ErrNoResponders] when nobody
// answers for the API, the context's, and an [APIError] for whatever else the server has
// against it.
type KeyValueManager = evernats.KeyValueManager

// KeyValueNamesLister is a list of buckets' names.
type KeyValueNamesLister = evernats.KeyValueNamesLister

// KeyValueLister is a list of buckets' states.
type KeyValueLister = evernats.KeyValueLister

// KVCreateOpt is an option of KeyValue.Create.
type KVCreateOpt = evernats.KVCreateOpt

// KVDeleteOpt is an option of KeyValue.Delete and Purge.
type KVDeleteOpt = evernats.KVDeleteOpt

// KVPurgeOpt is an option of KeyValue.PurgeDeletes.
type KVPurgeOpt = evernats.KVPurgeOpt

// DeleteMarkersOlderThan is how old a marker must be for PurgeDeletes to remove it along
// with the values below it; of a younger one the values alone are removed. 0 is the
// default, 30 minutes; with a negative one every marker goes.
type DeleteMarkersOlderThan = evernats.DeleteMarkersOlderThan

// StreamInfoLister is a list of streams.
type StreamInfoLister = evernats.StreamInfoLister

// StreamNameLister is a list of streams' names.
type StreamNameLister = evernats.StreamNameLister

// ConsumerInfoLister is a list of consumers.
type ConsumerInfoLister = evernats.ConsumerInfoLister

// ConsumerNameLister is a list of consumers' names.
type ConsumerNameLister = evernats.ConsumerNameLister

// StreamListOpt is an option of ListStreams and StreamNames.
type StreamListOpt = evernats.StreamListOpt

// Msg is a message from a consumer.
//
// One of Ack, DoubleAck, Nak, NakWithDelay, Term and TermWithReason is the last word
// on it: after one that succeeded the others are [ErrMsgAlreadyAckd]. They are
// published like any message: while the connection is away they wait, and go out on
// the next one. [ErrMsgNoReply] says that the message can't be acknowledged; other
// errors are those of publishing.
type Msg = evernats.Msg

// MsgMetadata is what a delivery says of its message.
type MsgMetadata = evernats.MsgMetadata

// MessagesContext gives one message after another. It is safe for concurrent use:
// each message goes to one call of Next.
type MessagesContext = evernats.MessagesContext

// NextOpt is an option of MessagesContext.Next.
type NextOpt = evernats.NextOpt

// ObjectStore is one bucket of objects of any size. It is safe for concurrent use.
//
// Errors of all its methods: [nats.ErrNoResponders] when nobody answers for the bucket,
// be it that it is gone or that its servers are, [ErrStreamNotFound] when a server knows
// that it is gone, [nats.ErrConnectionClosed], the context's, and an [APIError] for whatever else the server has against it.
//
// Without a deadline in the context Put and Get take as long as there is progress, and
// are given up when there is none for 30 s; other methods have the default timeout, see
// [WithDefaultTimeout].
type ObjectStore = evernats.ObjectStore

// ObjectWatcher is a Watch at work.
type ObjectWatcher = evernats.ObjectWatcher

// ObjectResult is an object that is being read. It isn't safe for concurrent use.
type ObjectResult = evernats.ObjectResult

// ObjectStoreConfig says what a bucket is. Zero is the default of each field.
type ObjectStoreConfig = evernats.ObjectStoreConfig

// ObjectMeta is what a program says of an object.
type ObjectMeta = evernats.ObjectMeta

// ObjectMetaOptions are options of an object.
type ObjectMetaOptions = evernats.ObjectMetaOptions

// ObjectLink is what a link leads to.
type ObjectLink = evernats.ObjectLink

// ObjectInfo is all there is to say of an object.
type ObjectInfo = evernats.ObjectInfo

// ObjectStoreManager makes, finds and removes object stores.
//
// Errors of all its methods: [ErrInvalidStoreName] for names that can't be,
// [ErrBucketNotFound], [nats.ErrNoResponders] when nobody answers for the API, the
// context's, and an [APIError] for whatever else the server has against it.
type ObjectStoreManager = evernats.ObjectStoreManager

// ObjectStoreNamesLister is a list of buckets' names.
type ObjectStoreNamesLister = evernats.ObjectStoreNamesLister

// ObjectStoresLister is a list of buckets.
type ObjectStoresLister = evernats.ObjectStoresLister

// GetObjectOpt is an option of reading an object.
type GetObjectOpt = evernats.GetObjectOpt

// GetObjectInfoOpt is an option of GetInfo.
type GetObjectInfoOpt = evernats.GetObjectInfoOpt

// ListObjectsOpt is an option of List.
type ListObjectsOpt = evernats.ListObjectsOpt

// ObjectStoreStatus is how a bucket of objects is.
type ObjectStoreStatus = evernats.ObjectStoreStatus

// ObjectBucketStatus is the [ObjectStoreStatus] of this package.
type ObjectBucketStatus = evernats.ObjectBucketStatus

// JetStreamOpt is an option of [New], [NewWithAPIPrefix] and [NewWithDomain].
type JetStreamOpt = evernats.JetStreamOpt

// JetStreamOptions are what a JetStream was made with.
type JetStreamOptions = evernats.JetStreamOptions

// ClientTrace has functions that are told of the API's requests and answers, each
// on the goroutine that asks. Those that are nil aren't called.
type ClientTrace = evernats.ClientTrace

// OrderedConsumerConfig says what an ordered consumer delivers. Zero is the default of
// each field.
type OrderedConsumerConfig = evernats.OrderedConsumerConfig

// Publisher publishes into streams.
type Publisher = evernats.Publisher

// PubAck is a stream's acknowledgement of a message.
type PubAck = evernats.PubAck

// PublishOpt is an option of the Publish methods. Most set a header of the message, of
// the caller's own message in PublishMsg and PublishMsgAsync.
type PublishOpt = evernats.PublishOpt

// MsgAckHandler is called with each message that was published asynchronously and
// acknowledged; one after another, on a goroutine of its own.
type MsgAckHandler = evernats.MsgAckHandler

// MsgErrHandler is called with each message that was published asynchronously and
// ended with an error; one after another, on a goroutine of its own.
type MsgErrHandler = evernats.MsgErrHandler

// PullConsumeOpt is an option of Consumer.Consume. Values that can't be, or not
// together, give [ErrInvalidOption].
type PullConsumeOpt = evernats.PullConsumeOpt

// PullMessagesOpt is an option of Consumer.Messages. Values that can't be, or not
// together, give [ErrInvalidOption].
type PullMessagesOpt = evernats.PullMessagesOpt

// PullExpiry is how long a pull waits at the server: 1 s at least, 30 s by default.
type PullExpiry = evernats.PullExpiry

// PullHeartbeat is how often the server says that a pull still waits: 500 ms to 30 s,
// and no more than half of [PullExpiry]. When two are missed the messages are asked
// for anew, and [ErrNoHeartbeat] is reported. By default it is half of the expiry, 5 s
// at most.
type PullHeartbeat = evernats.PullHeartbeat

// PullMaxMessages is how many messages are asked for ahead, 500 by default: those that
// are on their way and those that wait to be handled. It excludes [PullMaxBytes].
type PullMaxMessages = evernats.PullMaxMessages

// PullMaxBytes is the same in bytes, subjects and headers included; by default there
// is no such bound. A message that is larger can't be delivered, which is reported as
// [ErrMaxBytesExceeded]. It excludes [PullMaxMessages].
type PullMaxBytes = evernats.PullMaxBytes

// PullThresholdMessages is below how many messages, of those that are on their way or
// wait, more is asked for. By default it is half of [PullMaxMessages], rounded up.
type PullThresholdMessages = evernats.PullThresholdMessages

// PullThresholdBytes is the same for [PullMaxBytes].
type PullThresholdBytes = evernats.PullThresholdBytes

// PullPriorityGroup is the priority group that the client belongs to, for consumers
// with a [PriorityPolicy]: those have to be told one of theirs, by Consume and Messages, and
// others none, or [ErrInvalidOption] is the answer.
type PullPriorityGroup = evernats.PullPriorityGroup

// PullMinPending lets the client be served only when the consumer has so many messages
// to deliver, with PriorityPolicyOverflow.
type PullMinPending = evernats.PullMinPending

// PullMinAckPending lets the client be served only when so many messages are
// unacknowledged, with PriorityPolicyOverflow.
type PullMinAckPending = evernats.PullMinAckPending

// PullPrioritized is the client's priority, 0 (first) to 9, with
// PriorityPolicyPrioritized.
type PullPrioritized = evernats.PullPrioritized

// StopAfter ends Consume or Messages after so many messages, which must be positive: Next
// then returns [ErrMsgIteratorClosed].
type StopAfter = evernats.StopAfter

// ConsumeErrHandler is called with what goes wrong while messages are consumed, on the
// goroutine of the handler: what is over soon ([ErrNoHeartbeat],
// [ErrConsumerLeadershipChanged], [ErrServerShutdown], [nats.ErrNoResponders] …) as
// well as what ends it ([ErrConsumerDeleted], [ErrBadRequest], [ErrConnectionClosed]).
// In the first case there is nothing to do: consuming goes on.
type ConsumeErrHandler = evernats.ConsumeErrHandler

// ConsumeErrHandlerFunc is what [ConsumeErrHandler] is made of.
type ConsumeErrHandlerFunc = evernats.ConsumeErrHandlerFunc

// PushConsumer is one push consumer: the server sends its messages to a subject without
// being asked. A pull consumer ([Consumer]) suits most programs better: it gets what it has
// room for. It is safe for concurrent use.
type PushConsumer = evernats.PushConsumer

// PushConsumeOpt is an option of PushConsumer.Consume: a [ConsumeErrHandler].
type PushConsumeOpt = evernats.PushConsumeOpt

// Stream is one stream. It is safe for concurrent use.
type Stream = evernats.Stream

// StreamInfoOpt is an option of Stream.Info.
type StreamInfoOpt = evernats.StreamInfoOpt

// StreamPurgeOpt is an option of Stream.Purge.
type StreamPurgeOpt = evernats.StreamPurgeOpt

// StreamPurgeRequest is what a purge removes; all, if nothing is said.
type StreamPurgeRequest = evernats.StreamPurgeRequest

// StreamConfig says what a stream is and does. Zero is the default of each field, which the server fills in.
type StreamConfig = evernats.StreamConfig

// StreamConsumerLimits are defaults and bounds for the consumers of a stream.
type StreamConsumerLimits = evernats.StreamConsumerLimits

// Placement says where in the system a stream is to be.
type Placement = evernats.Placement

// RePublish publishes again what a stream has stored.
type RePublish = evernats.RePublish

// SubjectTransformConfig maps subjects to others.
type SubjectTransformConfig = evernats.SubjectTransformConfig

// StreamSource is a stream that another takes messages from.
type StreamSource = evernats.StreamSource

// StreamConsumerSource is the durable consumer that a source takes messages by.
type StreamConsumerSource = evernats.StreamConsumerSource

// ExternalStream says how to reach a stream in another account or domain.
type ExternalStream = evernats.ExternalStream

// StreamInfo is what a server says of a stream.
type StreamInfo = evernats.StreamInfo

// StreamState is what is in a stream.
type StreamState = evernats.StreamState

// LostStreamData is what is lost of a damaged stream.
type LostStreamData = evernats.LostStreamData

// StreamSourceInfo says how far a mirror or a source is.
type StreamSourceInfo = evernats.StreamSourceInfo

// StreamAlternate is a mirror that can stand in for a stream.
type StreamAlternate = evernats.StreamAlternate

// RawStreamMsg is a message as it is stored in a stream.
type RawStreamMsg = evernats.RawStreamMsg

// StreamManager makes, finds and removes streams.
//
// Errors of all its methods: [ErrStreamNameRequired] and [ErrInvalidStreamName] for
// names that can't be, [nats.ErrNoResponders] when nobody answers for the API, the
// context's, and an [APIError] for whatever else the server has against it.
type StreamManager = evernats.StreamManager

// WatchOpt is an option of watching a key-value or an object store.
type WatchOpt = evernats.WatchOpt

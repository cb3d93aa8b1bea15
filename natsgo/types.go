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

// AccountInfo is what a server says of the account: its use of JetStream and its limits.
type AccountInfo = evernats.AccountInfo

// APIStats counts requests to the API.
type APIStats = evernats.APIStats

// Tier is use and limits.
type Tier = evernats.Tier

// AccountLimits are what an account may use; -1 is no limit.
type AccountLimits = evernats.AccountLimits

// MsgMetadata is what a delivery says of its message.
type MsgMetadata = evernats.MsgMetadata

// AckOpt is an option of [Msg.Ack] and its siblings: [AckWait] and [Context] bound how long
// AckSync waits.
type AckOpt = evernats.AckOpt

// JetStreamError is an error of JetStream: a sentinel, or an [APIError].
type JetStreamError = evernats.JetStreamError

// ErrorCode is the number that JetStream's API gives each of its errors.
type ErrorCode = evernats.ErrorCode

// APIError is what a server says against a request to JetStream. It is equal, for
// errors.Is, to every error with the same ErrorCode.
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

// ExternalStream says how to reach a stream in another account or domain.
type ExternalStream = evernats.ExternalStream

// ConsumerConfig says what a consumer is and does. Zero is the default of each field, which the server fills in.
type ConsumerConfig = evernats.ConsumerConfig

// ConsumerInfo is what a server says of a consumer.
type ConsumerInfo = evernats.ConsumerInfo

// SequenceInfo is a place in a consumer and in its stream.
type SequenceInfo = evernats.SequenceInfo

// SequencePair is the place of a message.
type SequencePair = evernats.SequencePair

// JetStreamContext is the way into a system's streams, for one connection. Make one with
// [Conn.JetStream]; it is safe for concurrent use and needs no closing.
type JetStreamContext = evernats.JetStreamContext

// JetStream publishes into streams and subscribes to consumers.
type JetStream = evernats.JetStream

// JetStreamManager makes, changes, finds and removes streams and consumers.
//
// Its methods wait for 5 s if neither [Context] nor [MaxWait] says otherwise, then the
// error is the context's. Other errors of all: [ErrStreamNameRequired],
// [ErrInvalidStreamName], [ErrConsumerNameRequired] and [ErrInvalidConsumerName] for names
// that can't be, [ErrStreamNotFound], [ErrConsumerNotFound], [ErrJetStreamNotEnabled] or
// [ErrNoResponders] when nobody answers, and an [APIError] for whatever else a server has
// against it.
type JetStreamManager = evernats.JetStreamManager

// AckPolicy says which messages a consumer wants acknowledged.
type AckPolicy = evernats.AckPolicy

// DeliverPolicy says where in the stream a consumer begins.
type DeliverPolicy = evernats.DeliverPolicy

// DiscardPolicy says what a full stream gives up.
type DiscardPolicy = evernats.DiscardPolicy

// ReplayPolicy says how fast a consumer sends what is stored.
type ReplayPolicy = evernats.ReplayPolicy

// RetentionPolicy says when a stream removes messages.
type RetentionPolicy = evernats.RetentionPolicy

// StorageType says where a stream is kept.
type StorageType = evernats.StorageType

// StoreCompression says how stored messages are compressed.
type StoreCompression = evernats.StoreCompression

// ErrConsumerSequenceMismatch tells the error handler that messages of a push consumer
// were lost on their way. One that acknowledges gets them again after its AckWait.
type ErrConsumerSequenceMismatch = evernats.ErrConsumerSequenceMismatch

// MessageBatch is what [Subscription.FetchBatch] gets.
type MessageBatch = evernats.MessageBatch

// PubAckFuture says what becomes of a message that was published asynchronously. It
// ends with the stream's acknowledgement, or with an error:
//
//   - [ErrNoResponders]: no stream stores the subject, or none answered in time.
//   - An [APIError]: the stream refused the message.
//   - An [APIError] with code 10158 that isn't [evernats.ErrInDoubt]: the message isn't stored, and its
//     id can't be used before the stream's duplicate window is over or another server leads it,
//     see PublishAsync.
//   - [ErrAsyncPublishTimeout]: no acknowledgement came in time.
//   - [ErrDisconnected]: the connection was lost behind the message, which has no id, or
//     was sent too long ago to be sent again.
//   - [ErrJetStreamPublisherClosed], [ErrConnectionClosed].
//
// Where the message may be stored nevertheless, since it was sent, or an earlier copy of
// it, and no answer came, the error is [evernats.ErrInDoubt], too. One that isn't says that the
// message isn't stored; but for [ErrDisconnected] of [evernats.PublishAsyncFailOnDisconnect].
type PubAckFuture = evernats.PubAckFuture

// StreamInfo is what a server says of a stream.
type StreamInfo = evernats.StreamInfo

// StreamState is what is in a stream.
type StreamState = evernats.StreamState

// StreamSourceInfo says how far a mirror or a source is.
type StreamSourceInfo = evernats.StreamSourceInfo

// StreamAlternate is a mirror that can stand in for a stream.
type StreamAlternate = evernats.StreamAlternate

// RawStreamMsg is a message as it is stored in a stream.
type RawStreamMsg = evernats.RawStreamMsg

// StreamInfoRequest is an option of [JetStreamManager].StreamInfo: what it tells beyond
// the usual. Give its address.
type StreamInfoRequest = evernats.StreamInfoRequest

// StreamPurgeRequest is an option of [JetStreamManager].PurgeStream: what it removes; all, if nothing is said. Give its address.
type StreamPurgeRequest = evernats.StreamPurgeRequest

// KeyValueOp is what an entry did to its key.
type KeyValueOp = evernats.KeyValueOp

// KeyValueManager makes, finds and removes buckets.
type KeyValueManager = evernats.KeyValueManager

// KeyValue is one bucket of keys with values. It is safe for concurrent use, and needs no
// closing.
//
// A key has letters, digits and the signs -/_=. with no dot at either end nor
// two in a row; all methods refuse others with [ErrInvalidKey]. Where keys can be chosen by a pattern, * stands for
// one token between dots, and > at the end for the rest.
//
// Calls are bounded as [Conn.JetStream] says, by [MaxWait] or [Context], and by 5 s without
// either: [ErrTimeout]. [ErrNoResponders] and [ErrNoStreamResponse] say that nobody answers
// for the bucket, an [APIError] whatever else the server has against it.
type KeyValue = evernats.KeyValue

// KeyValueEntry is a value, or a marker, of a key.
type KeyValueEntry = evernats.KeyValueEntry

// KeyWatcher gives the entries of a watch. It goes on by itself over lost connections,
// changes of leaders and restarts of servers, and neither loses an update that the bucket
// still has nor gives one twice. A bucket that was made anew meanwhile, or whose messages
// are gone with the memory of its server, it gives from its beginning.
//
// A watch with [UpdatesOnly] has no nil. A program that is slow holds the server back.
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

// WatchOpt is an option of watching a key-value store, or objects, for which [MetaOnly] does
// nothing. A [Context] is one, too: it ends a watch of keys, and bounds the beginning of one
// of objects.
type WatchOpt = evernats.WatchOpt

// PurgeOpt is an option of KeyValue.PurgeDeletes: [DeleteMarkersOlderThan], and a [Context]
// that bounds it.
type PurgeOpt = evernats.PurgeOpt

// DeleteMarkersOlderThan is how old a marker must be for PurgeDeletes to remove it along
// with the values below it; of a younger one the values alone are removed. 0 is the
// default, 30 minutes; with a negative one every marker goes.
type DeleteMarkersOlderThan = evernats.DeleteMarkersOlderThan

// DeleteOpt is an option of KeyValue.Delete and Purge.
type DeleteOpt = evernats.DeleteOpt

// ObjectStoreManager makes, finds and removes object stores.
//
// Errors are those of [JetStreamManager], too.
type ObjectStoreManager = evernats.ObjectStoreManager

// ObjectStore is one bucket of objects of any size. It is safe for concurrent use, and needs
// no closing.
//
// Calls are bounded by a [Context], their own or that of [Conn.JetStream]. Where it has no
// deadline, or there is none, Put and Get take as long as there is progress, and are given
// up when there is none for 30 s; other methods are bounded as [Conn.JetStream] says.
//
// Errors of all methods: [ErrNoResponders] when nobody answers for the bucket, be it that it
// is gone or that its servers are, [ErrStreamNotFound] when a server knows that it is gone,
// [ErrConnectionClosed], the context's, and an [APIError] for whatever else the server has
// against it.
type ObjectStore = evernats.ObjectStore

// ObjectWatcher is a Watch at work.
type ObjectWatcher = evernats.ObjectWatcher

// ObjectResult is an object that is being read. It isn't safe for concurrent use.
type ObjectResult = evernats.ObjectResult

// ObjectOpt is an option of storing objects and of listing buckets: a [Context].
type ObjectOpt = evernats.ObjectOpt

// GetObjectOpt is an option of reading an object: [GetObjectShowDeleted], or a [Context].
type GetObjectOpt = evernats.GetObjectOpt

// GetObjectInfoOpt is an option of GetInfo: [GetObjectInfoShowDeleted], or a [Context].
type GetObjectInfoOpt = evernats.GetObjectInfoOpt

// ListObjectsOpt is an option of List: [ListObjectsShowDeleted], or a [Context].
type ListObjectsOpt = evernats.ListObjectsOpt

// ObjectStoreStatus is how a bucket of objects is.
type ObjectStoreStatus = evernats.ObjectStoreStatus

// ObjectBucketStatus is the [ObjectStoreStatus] of this package.
type ObjectBucketStatus = evernats.ObjectBucketStatus

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

// JSOpt is an option of [Conn.JetStream] and of the methods of [JetStreamManager].
type JSOpt = evernats.JSOpt

// MsgErrHandler is told of messages that were published asynchronously and not stored.
type MsgErrHandler = evernats.MsgErrHandler

// ClientTrace is an option of [Conn.JetStream] with functions that are told of the API's
// requests and answers, each on the goroutine that asks. Those that are nil aren't called.
type ClientTrace = evernats.ClientTrace

// MaxWait bounds a call by a time; 5 s by default. It is for [Conn.JetStream], the methods
// of [JetStreamManager], and fetches. It excludes [Context].
type MaxWait = evernats.MaxWait

// AckWait is how long a server waits before it delivers a message again, as an option of
// subscriptions; how long a publish or AckSync waits for its answer, as an option of those.
type AckWait = evernats.AckWait

// ContextOpt is what [Context] makes.
type ContextOpt = evernats.ContextOpt

// PubAck is a stream's acknowledgement of a message.
type PubAck = evernats.PubAck

// PubOpt is an option of the Publish methods of [JetStream].
type PubOpt = evernats.PubOpt

// PullOpt is an option of [Subscription.Fetch] and [Subscription.FetchBatch]: [MaxWait],
// [Context], [PullMaxBytes] and [PullHeartbeat].
type PullOpt = evernats.PullOpt

// PullMaxBytes bounds the bytes that a fetch gets, subjects and headers included; what comes
// first, the number or the bytes, ends it. 0 is no bound, negative an error.
type PullMaxBytes = evernats.PullMaxBytes

// PullHeartbeat is how often the server says that a fetch still waits: less than half of its
// time. When two are missed the messages are asked for anew; a fetch that ends without having
// heard anything since has the error [ErrNoHeartbeat]. 0: never.
type PullHeartbeat = evernats.PullHeartbeat

// SubOpt is an option of the Subscribe methods of [JetStream]. Most say what a consumer is
// that is made; one that is there must be so already.
type SubOpt = evernats.SubOpt

// Msg is a message, one that was received or one to be published with
// [Conn.PublishMsg]. A received message belongs to the program: the client
// doesn't touch it or its data again, so it may be kept and passed on. Messages
// with small payloads that came in together share their memory: one that is kept
// may keep up to 4 KiB of others with it.
type Msg = evernats.Msg

// Header holds the headers of a message: for each key its values, in order.
// Unlike in HTTP, keys are used exactly as they are written: "Foo" and "foo" are
// two keys. Make one with Header{} or [NewMsg]; Get, Values and Del work on a nil
// Header, Add and Set don't.
//
// A key may have letters, digits and !#$%&'*+-.^_`|~ in it; a message with any
// other key is refused with [ErrBadHeaderMsg]. Spaces around a value are not
// sent, and line ends within one are sent as spaces.
type Header = evernats.Header

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

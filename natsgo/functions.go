// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package nats

import (
	"context"
	"crypto/tls"
	"hash"
	"net"
	"net/http"
	"time"

	evernats "github.com/evernats/nats"
	"github.com/evernats/nats/libdefaults"
)

// Connect makes a connection to the NATS system that the URL belongs to. The URL
// is one server or several, separated by commas; the scheme (nats, tls, ws, wss)
// may be left out, and so may the port. An empty URL means [DefaultURL].
//
// Connect returns when a server has accepted the connection, or with the error
// of the pass over all servers that failed, the one that says most: what a server
// said against it, which errors.Is knows as [ErrAuthorization] and the like, [ErrTLS],
// an error of the program's own dialer or callbacks; otherwise that of the last
// attempt, which is [ErrNoServers] if nobody listens there. With [evernats.DetailedErrors] it
// is a [evernats.ConnError] or wraps one. With
// [RetryOnFailedConnect] a pass that failed is no error: the connection comes back
// reconnecting, after one [Timeout] at the latest, or closed when [MaxReconnects]
// allows no attempt after the first pass.
//
// Other errors are of the options and the URL: a [url.Error] that is an [evernats.ErrBadURL],
// [ErrInvalidArg], [ErrBadTimeout], those of the option functions.
func Connect(url string, options ...Option) (*Conn, error) {
	return libdefaults.Connect(url, options...)
}

// RegisterEncoder makes an encoder known under a name, in place of the one that had
// it. Connections that exist keep theirs.
//
// Deprecated: encode in your program.
func RegisterEncoder(encType string, enc Encoder) {
	evernats.RegisterEncoder(encType, enc)
}

// EncoderForType returns the encoder of a name, nil for none.
//
// Deprecated: encode in your program.
func EncoderForType(encType string) Encoder {
	return evernats.EncoderForType(encType)
}

// NewEncodedConn puts the encoder with the name encType before a connection.
//
// Errors: [ErrInvalidConnection], [ErrConnectionClosed], and one for a name that no
// encoder has.
//
// Deprecated: encode in your program.
func NewEncodedConn(c *Conn, encType string) (*EncodedConn, error) {
	return evernats.NewEncodedConn(c, encType)
}

// IncludeHistory begins with all that the bucket has of each key, not with the last alone. It
// excludes [UpdatesOnly].
func IncludeHistory() WatchOpt {
	return evernats.IncludeHistory()
}

// UpdatesOnly begins with what changes from now on. It excludes [IncludeHistory].
func UpdatesOnly() WatchOpt {
	return evernats.UpdatesOnly()
}

// IgnoreDeletes leaves away what was deleted.
func IgnoreDeletes() WatchOpt {
	return evernats.IgnoreDeletes()
}

// MetaOnly leaves the values away.
func MetaOnly() WatchOpt {
	return evernats.MetaOnly()
}

// LastRevision deletes or purges only if that is the key's last revision, or returns
// [ErrKeyRevisionMismatch]. 0 is the same as none.
func LastRevision(revision uint64) DeleteOpt {
	return evernats.LastRevision(revision)
}

// GetObjectShowDeleted makes a deleted object an empty one, not [ErrObjectNotFound].
func GetObjectShowDeleted() GetObjectOpt {
	return evernats.GetObjectShowDeleted()
}

// GetObjectInfoShowDeleted gives the info of a deleted object, not [ErrObjectNotFound].
func GetObjectInfoShowDeleted() GetObjectInfoOpt {
	return evernats.GetObjectInfoShowDeleted()
}

// ListObjectsShowDeleted lists deleted objects too.
func ListObjectsShowDeleted() ListObjectsOpt {
	return evernats.ListObjectsShowDeleted()
}

// GetObjectDigestValue is what [ObjectInfo].Digest says of the bytes that were written
// to a SHA-256.
func GetObjectDigestValue(data hash.Hash) string {
	return evernats.GetObjectDigestValue(data)
}

// DecodeObjectDigest gives the sum that [ObjectInfo].Digest says.
//
// Errors: [ErrInvalidDigestFormat], and those of decoding base64.
func DecodeObjectDigest(data string) ([]byte, error) {
	return evernats.DecodeObjectDigest(data)
}

// APIPrefix sets what the subjects of the API begin with, with or without its final dot,
// for an API that was imported from another account. The default, also of an empty one,
// is $JS.API.
func APIPrefix(pre string) JSOpt {
	return evernats.APIPrefix(pre)
}

// Domain chooses the JetStream of another domain, which leaf nodes have. An empty one is
// none.
func Domain(domain string) JSOpt {
	return evernats.Domain(domain)
}

// PublishAsyncMaxPending bounds how many messages may be unacknowledged; 4,000 by default.
// Less than 1 is an error.
func PublishAsyncMaxPending(max int) JSOpt {
	return evernats.PublishAsyncMaxPending(max)
}

// PublishAsyncErrHandler sets a handler that is told of each message that was published
// asynchronously and ended with an error, one after another.
func PublishAsyncErrHandler(cb MsgErrHandler) JSOpt {
	return evernats.PublishAsyncErrHandler(cb)
}

// PublishAsyncTimeout ends a message with [ErrAsyncPublishTimeout] so long after it was
// published asynchronously, if nothing else has. 0, the default, is never while it is on
// its way; when nothing is heard of it on one connection for a minute it ends too.
func PublishAsyncTimeout(dur time.Duration) JSOpt {
	return evernats.PublishAsyncTimeout(dur)
}

// UseLegacyDurableConsumers makes consumers by the requests that servers before 2.9 know.
// It is for permissions that were written for those.
func UseLegacyDurableConsumers() JSOpt {
	return evernats.UseLegacyDurableConsumers()
}

// DirectGet lets every server with a copy of the stream answer GetMsg and GetLastMsg, not
// the leader alone. The stream must have AllowDirect.
func DirectGet() JSOpt {
	return evernats.DirectGet()
}

// DirectGetNext is [DirectGet] of the first message on the subject from the sequence
// number on. The subject may have wildcards.
func DirectGetNext(subject string) JSOpt {
	return evernats.DirectGetNext(subject)
}

// StreamListFilter lists only streams that store what is published to the subject, which
// may have wildcards.
func StreamListFilter(subject string) JSOpt {
	return evernats.StreamListFilter(subject)
}

// Context bounds a call by a context. As an option of subscriptions it ends the
// subscription, too, once it is done.
func Context(ctx context.Context) ContextOpt {
	return evernats.Context(ctx)
}

// MsgId gives the message an id: the stream stores a second message with the same id not
// again, as long as it remembers it (2 minutes by default, see [StreamConfig].Duplicates).
// That makes it safe to send a message again, which the client then does after a lost
// connection.
func MsgId(id string) PubOpt {
	return evernats.MsgId(id)
}

// MsgTTL removes the message from the stream after that time, which the stream has to
// allow, see [StreamConfig].AllowMsgTTL.
func MsgTTL(dur time.Duration) PubOpt {
	return evernats.MsgTTL(dur)
}

// ExpectStream refuses the message unless that is the stream that stores it.
func ExpectStream(stream string) PubOpt {
	return evernats.ExpectStream(stream)
}

// ExpectLastSequence refuses the message unless the stream's last has that sequence
// number. The error is an [APIError] with JSErrCodeStreamWrongLastSequence.
func ExpectLastSequence(seq uint64) PubOpt {
	return evernats.ExpectLastSequence(seq)
}

// ExpectLastSequencePerSubject is the same with the last message on the message's own
// subject; 0 says that there must be none.
func ExpectLastSequencePerSubject(seq uint64) PubOpt {
	return evernats.ExpectLastSequencePerSubject(seq)
}

// ExpectLastMsgId refuses the message unless the stream's last has that id.
func ExpectLastMsgId(id string) PubOpt {
	return evernats.ExpectLastMsgId(id)
}

// RetryAttempts is how often a publish tries again when no stream answers; a negative
// number is no bound, and [ErrInvalidArg] for PublishAsync. Without it the client tries twice,
// not at all if it is asynchronous, and then finds out whether there is
// a stream for the subject: if there is, as in the election of a new leader, it goes on
// until the call's time is over, or for a minute if it is asynchronous.
func RetryAttempts(num int) PubOpt {
	return evernats.RetryAttempts(num)
}

// RetryWait is the time between two attempts; 250 ms by default. Less than a millisecond
// is one.
func RetryWait(dur time.Duration) PubOpt {
	return evernats.RetryWait(dur)
}

// StallWait is how long PublishAsync waits when as many messages as may be are
// unacknowledged, before it returns [ErrTooManyStalledMsgs]; 200 ms by default. It must be
// positive, and is for PublishAsync alone.
func StallWait(ttl time.Duration) PubOpt {
	return evernats.StallWait(ttl)
}

// Description is a text for people, for a consumer that is made.
func Description(description string) SubOpt {
	return evernats.Description(description)
}

// Durable names the consumer, which is found, or made and then stays when nobody uses it.
// One that the subscription has made is removed when it is unsubscribed or drained; make it
// with AddConsumer, or let it be bound with [Bind], to keep it.
func Durable(consumer string) SubOpt {
	return evernats.Durable(consumer)
}

// ConsumerName names the consumer, which is found or made, without making it durable.
func ConsumerName(name string) SubOpt {
	return evernats.ConsumerName(name)
}

// DeliverAll begins with the first message; the default.
func DeliverAll() SubOpt {
	return evernats.DeliverAll()
}

// DeliverLast begins with the last message.
func DeliverLast() SubOpt {
	return evernats.DeliverLast()
}

// DeliverLastPerSubject begins with the last message of each subject.
func DeliverLastPerSubject() SubOpt {
	return evernats.DeliverLastPerSubject()
}

// DeliverNew begins with what is stored after the consumer was made.
func DeliverNew() SubOpt {
	return evernats.DeliverNew()
}

// StartSequence begins with that sequence number.
func StartSequence(seq uint64) SubOpt {
	return evernats.StartSequence(seq)
}

// StartTime begins at that time.
func StartTime(startTime time.Time) SubOpt {
	return evernats.StartTime(startTime)
}

// AckNone wants no acknowledgements: what was delivered is done with.
func AckNone() SubOpt {
	return evernats.AckNone()
}

// AckAll takes the acknowledgement of a message for all before it too.
func AckAll() SubOpt {
	return evernats.AckAll()
}

// AckExplicit wants each message acknowledged; the default.
func AckExplicit() SubOpt {
	return evernats.AckExplicit()
}

// ManualAck leaves it to the handler of Subscribe to acknowledge.
func ManualAck() SubOpt {
	return evernats.ManualAck()
}

// MaxDeliver bounds how often a message is delivered; 0 or less: no bound.
func MaxDeliver(n int) SubOpt {
	return evernats.MaxDeliver(n)
}

// MaxAckPending bounds how many messages may be unacknowledged; 0 is the server's default, or
// the room of the channel, and -1 no bound.
func MaxAckPending(n int) SubOpt {
	return evernats.MaxAckPending(n)
}

// ReplayOriginal keeps the intervals in which messages were stored.
func ReplayOriginal() SubOpt {
	return evernats.ReplayOriginal()
}

// ReplayInstant sends as fast as it can; the default.
func ReplayInstant() SubOpt {
	return evernats.ReplayInstant()
}

// RateLimit bounds deliveries, in bits per second; 0: no bound.
func RateLimit(n uint64) SubOpt {
	return evernats.RateLimit(n)
}

// BackOff replaces [AckWait]: the wait after the first delivery, the second …; the last is used
// again and again.
func BackOff(backOff []time.Duration) SubOpt {
	return evernats.BackOff(backOff)
}

// BindStream names the stream, which then isn't looked for by its subject. Another name than
// an earlier option's is an error.
func BindStream(stream string) SubOpt {
	return evernats.BindStream(stream)
}

// Bind uses a consumer that is there, and never makes or removes one.
// [ErrConsumerNotFound] says that it isn't there. Both names must be given.
func Bind(stream string, consumer string) SubOpt {
	return evernats.Bind(stream, consumer)
}

// EnableFlowControl makes a push consumer wait for the program when it is slow. It needs
// [IdleHeartbeat].
func EnableFlowControl() SubOpt {
	return evernats.EnableFlowControl()
}

// IdleHeartbeat is how often a push consumer says that it lives. When two are missed the error
// handler is told [ErrConsumerNotActive]. 0: never.
func IdleHeartbeat(duration time.Duration) SubOpt {
	return evernats.IdleHeartbeat(duration)
}

// DeliverSubject is where a push consumer sends, in place of an inbox.
func DeliverSubject(subject string) SubOpt {
	return evernats.DeliverSubject(subject)
}

// HeadersOnly leaves the payload away; [MsgSize] says how large it was.
func HeadersOnly() SubOpt {
	return evernats.HeadersOnly()
}

// MaxRequestBatch bounds how many messages a pull may ask for; 0: no bound.
func MaxRequestBatch(max int) SubOpt {
	return evernats.MaxRequestBatch(max)
}

// MaxRequestExpires bounds how long a pull may wait; 0: no bound.
func MaxRequestExpires(max time.Duration) SubOpt {
	return evernats.MaxRequestExpires(max)
}

// MaxRequestMaxBytes bounds how many bytes a pull may ask for; 0: no bound.
func MaxRequestMaxBytes(bytes int) SubOpt {
	return evernats.MaxRequestMaxBytes(bytes)
}

// PullMaxWaiting bounds how many pulls may wait; 0 is 512.
func PullMaxWaiting(n int) SubOpt {
	return evernats.PullMaxWaiting(n)
}

// InactiveThreshold removes the consumer when nobody has used it for so long; 0 is the
// server's default. Negative is an error.
func InactiveThreshold(threshold time.Duration) SubOpt {
	return evernats.InactiveThreshold(threshold)
}

// ConsumerReplicas is on how many servers the consumer is; less than 1 is an error.
func ConsumerReplicas(replicas int) SubOpt {
	return evernats.ConsumerReplicas(replicas)
}

// ConsumerMemoryStorage keeps the consumer's state in memory.
func ConsumerMemoryStorage() SubOpt {
	return evernats.ConsumerMemoryStorage()
}

// ConsumerFilterSubjects are several subjects in place of the subscription's, which is
// empty then. They need [BindStream].
func ConsumerFilterSubjects(subjects ...string) SubOpt {
	return evernats.ConsumerFilterSubjects(subjects...)
}

// SkipConsumerLookup doesn't ask whether the consumer is there, for programs that may not. One
// that is named is made, or changed to what the options say if the server allows that; with
// [Bind] nothing is sent, and the options must say what it is: [DeliverSubject] of a push
// consumer, [AckNone] and the like.
func SkipConsumerLookup() SubOpt {
	return evernats.SkipConsumerLookup()
}

// OrderedConsumer delivers the stream's messages once and in order, without
// acknowledgements. The consumer is made anew, behind the last message, when a message is
// missing, the connection was lost, or nothing is heard of it for two heartbeats: of 1 s, unless
// [IdleHeartbeat] says otherwise.
func OrderedConsumer() SubOpt {
	return evernats.OrderedConsumer()
}

// NewMsg makes a message to a subject, with an empty header to add to.
func NewMsg(subject string) *Msg {
	return evernats.NewMsg(subject)
}

// DecodeHeadersMsg reads a header block as it stands on the wire, from the
// "NATS/1.0" line to the empty line. A status in the first line is found under
// the keys "Status" and "Description". A block that isn't one gives
// [ErrBadHeaderMsg].
func DecodeHeadersMsg(data []byte) (Header, error) {
	return evernats.DecodeHeadersMsg(data)
}

// UserInfo sets the user and the password for servers whose URL has none.
func UserInfo(user string, password string) Option {
	return evernats.UserInfo(user, password)
}

// UserInfoHandler sets a function that returns user and password, at each
// attempt to connect. With [UserInfo] set too Connect fails with
// [ErrUserInfoAlreadySet].
func UserInfoHandler(cb UserInfoCB) Option {
	return evernats.UserInfoHandler(cb)
}

// Token sets the token for servers whose URL has none. With a [TokenHandler] it
// is [ErrTokenAlreadySet].
func Token(token string) Option {
	return evernats.Token(token)
}

// TokenHandler sets a function that returns the token, at each attempt to
// connect. With a [Token], or one in a URL, it is [ErrTokenAlreadySet].
func TokenHandler(cb AuthTokenHandler) Option {
	return evernats.TokenHandler(cb)
}

// UserJWT sets the functions that return the user's JWT and sign the server's
// nonce, at each attempt to connect. Without the first it is [ErrNoUserCB],
// without the second [ErrUserButNoSigCB]. With [Nkey] set too Connect fails with
// [ErrNkeyAndUser].
func UserJWT(userCB UserJWTHandler, sigCB SignatureHandler) Option {
	return evernats.UserJWT(userCB, sigCB)
}

// Nkey sets the user's public nkey and the function that signs the server's
// nonce, at each attempt to connect. A key without that function is
// [ErrNkeyButNoSigCB]; an empty key takes the nkey back. See
// [NkeyOptionFromSeed] for a key in a file.
func Nkey(pubKey string, sigCB SignatureHandler) Option {
	return evernats.Nkey(pubKey, sigCB)
}

// UserCredentials sets the files with the user's JWT and private key: one
// credentials file with both, or one with the JWT and a second with the key.
// They are read again at each attempt to connect, so that renewed credentials
// are used, and the key is wiped from memory after each use. A path may start
// with ~/ and have environment variables in it.
//
// Files that are missing, have no JWT or no key are an error of Connect.
func UserCredentials(userOrChainedFile string, seedFiles ...string) Option {
	return evernats.UserCredentials(userOrChainedFile, seedFiles...)
}

// UserCredentialBytes is [UserCredentials] for credentials that are in memory:
// the contents of one credentials file, or of one with the JWT and a second with
// the key. The slices are used at each attempt to connect and must not be
// changed.
func UserCredentialBytes(userOrChainedFileBytes []byte, seedFiles ...[]byte) Option {
	return evernats.UserCredentialBytes(userOrChainedFileBytes, seedFiles...)
}

// UserJWTAndSeed sets the user's JWT and private key. Connect fails when there is
// no JWT or the key isn't one.
func UserJWTAndSeed(jwt string, seed string) Option {
	return evernats.UserJWTAndSeed(jwt, seed)
}

// NkeyOptionFromSeed reads a private nkey from a file and returns the [Nkey]
// option for it. The file is read again at each attempt to connect, and the key
// is wiped from memory after each use. A file that is missing or has no user's
// key is an error.
func NkeyOptionFromSeed(seedFile string) (Option, error) {
	return evernats.NkeyOptionFromSeed(seedFile)
}

// ConnectHandler sets what is called when the first connection is made; it is
// not called for reconnects.
func ConnectHandler(cb ConnHandler) Option {
	return evernats.ConnectHandler(cb)
}

// ReconnectHandler sets what is called when a connection is made again after a
// loss. With [RetryOnFailedConnect] it is called for a first connection that was
// made late, unless there is a [ConnectHandler].
func ReconnectHandler(cb ConnHandler) Option {
	return evernats.ReconnectHandler(cb)
}

// DisconnectErrHandler sets what is called when the connection to a server has
// ended, with the reason: nil when the program closed it.
func DisconnectErrHandler(cb ConnErrHandler) Option {
	return evernats.DisconnectErrHandler(cb)
}

// DisconnectHandler sets what is called when the connection to a server has
// ended. It is not called when there is a [DisconnectErrHandler].
//
// Deprecated: use [DisconnectErrHandler], which is told the reason.
func DisconnectHandler(cb ConnHandler) Option {
	return evernats.DisconnectHandler(cb)
}

// ReconnectErrHandler sets what is called when an attempt to connect failed:
// once for each attempt of any kind, the first connect's with
// [RetryOnFailedConnect] included.
func ReconnectErrHandler(cb ConnErrHandler) Option {
	return evernats.ReconnectErrHandler(cb)
}

// ClosedHandler sets what is called once, when the connection is closed for
// good. [Conn.LastError] says why.
func ClosedHandler(cb ConnHandler) Option {
	return evernats.ClosedHandler(cb)
}

// DiscoveredServersHandler sets what is called when a server has told of others
// that were unknown; [Conn.DiscoveredServers] lists them.
func DiscoveredServersHandler(cb ConnHandler) Option {
	return evernats.DiscoveredServersHandler(cb)
}

// LameDuckModeHandler sets what is called when the server has said that it is
// about to shut down and will end its connections one by one.
func LameDuckModeHandler(cb ConnHandler) Option {
	return evernats.LameDuckModeHandler(cb)
}

// ErrorHandler sets what is called with errors that no call can return: slow
// consumers, refused permissions, messages given up. Without it, or with nil,
// they are written to standard error.
func ErrorHandler(cb ErrHandler) Option {
	return evernats.ErrorHandler(cb)
}

// NoCallbacksAfterClientClose calls no handler any more once the program has
// called [Conn.Close]. When the connection is closed for another reason they are
// called.
func NoCallbacksAfterClientClose() Option {
	return evernats.NoCallbacksAfterClientClose()
}

// Name sets the name that the server's monitoring shows.
func Name(name string) Option {
	return evernats.Name(name)
}

// Timeout bounds one attempt to connect to one server, from the look-up of its
// name to its PONG. Zero: the default of 2 s. Negative: Connect fails with
// [ErrBadTimeout].
func Timeout(t time.Duration) Option {
	return evernats.Timeout(t)
}

// RetryOnFailedConnect, when true, makes [Connect] return a connection that goes
// on trying in the background when no server answers. [ConnectHandler] tells
// when it is connected, [ReconnectHandler] if there is none; [ClosedHandler] tells when it has
// given up, see [MaxReconnects]. Off by default.
func RetryOnFailedConnect(retry bool) Option {
	return evernats.RetryOnFailedConnect(retry)
}

// DontRandomize tries servers in the order in which they were given. By default
// the order is random, so that clients spread over the servers. Either way a
// reconnect tries the server just lost after those that haven't failed within the
// last minute, discovered ones included, and those that have after it; where the
// order isn't random, the one just lost is from then on the last of them.
func DontRandomize() Option {
	return evernats.DontRandomize()
}

// NoEcho asks the server not to deliver the connection's messages to its own
// subscriptions. A server too old for that is [ErrNoEchoNotSupported].
func NoEcho() Option {
	return evernats.NoEcho()
}

// InProcessServer connects to a server in the same process, in place of any URL.
func InProcessServer(server InProcessConnProvider) Option {
	return evernats.InProcessServer(server)
}

// Dialer sets the dialer of network connections.
//
// Deprecated: use [SetCustomDialer], which takes a net.Dialer too.
func Dialer(dialer *net.Dialer) Option {
	return evernats.Dialer(dialer)
}

// SetCustomDialer sets what makes the network connections, in place of a
// [net.Dialer]. See [CustomDialer] for what it must and may do.
func SetCustomDialer(dialer CustomDialer) Option {
	return evernats.SetCustomDialer(dialer)
}

// MultipathTCP turns multipath TCP on or off for connections that the plain
// dialer, or the one given to [Dialer], makes. Without the option Go decides.
func MultipathTCP(enabled bool) Option {
	return evernats.MultipathTCP(enabled)
}

// SkipHostLookup leaves the look-up of a server's name to the dialer, for
// proxies and service meshes that route by name. Otherwise all addresses of a
// name are looked up and tried.
func SkipHostLookup() Option {
	return evernats.SkipHostLookup()
}

// PingInterval is how often the client sends a PING to see whether the server is
// there. Zero or negative: never. Default 2 minutes. See [MaxPingsOutstanding],
// and [evernats.StaleAfter] for a budget that is easier to think in.
func PingInterval(t time.Duration) Option {
	return evernats.PingInterval(t)
}

// MaxPingsOutstanding is how many PINGs may be unanswered; one more ends the
// connection to that server with [ErrStaleConnection]. Zero: the default of 2.
// Negative: the first PING that is due ends it.
func MaxPingsOutstanding(max int) Option {
	return evernats.MaxPingsOutstanding(max)
}

// DrainTimeout bounds [Conn.Drain], a reconnect in its course included. Zero:
// the default of 30 s. Negative: the drain ends at once.
func DrainTimeout(t time.Duration) Option {
	return evernats.DrainTimeout(t)
}

// SyncQueueLen is how many messages may wait for [Subscription.NextMsg] in a
// subscription without a handler; past it messages are dropped and the error is
// [ErrSlowConsumer]. Zero: the default of 65,536; negative, too.
func SyncQueueLen(max int) Option {
	return evernats.SyncQueueLen(max)
}

// UseOldRequestStyle gives each request an inbox and a subscription of its own,
// in place of one subscription that all requests share.
func UseOldRequestStyle() Option {
	return evernats.UseOldRequestStyle()
}

// CustomInboxPrefix sets what inbox subjects start with, in place of "_INBOX":
// a subject without wildcards and without a dot at its end. Anything else is an
// error.
func CustomInboxPrefix(p string) Option {
	return evernats.CustomInboxPrefix(p)
}

// PermissionErrOnSubscribe, when true, makes [Subscription.NextMsg] return
// [ErrPermissionViolation] when the server refused the subscription. Off by
// default; the error handler is told either way.
func PermissionErrOnSubscribe(enabled bool) Option {
	return evernats.PermissionErrOnSubscribe(enabled)
}

// SkipSubjectValidation doesn't look for spaces and line breaks in subjects when
// publishing. It saves a nanosecond or two; a subject that has them anyway
// breaks the connection, or worse, sends commands of its own. Don't use it with
// subjects from outside.
func SkipSubjectValidation() Option {
	return evernats.SkipSubjectValidation()
}

// Compression, when true, asks for compression on WebSocket connections. Others
// have none. Off by default.
func Compression(enabled bool) Option {
	return evernats.Compression(enabled)
}

// ProxyPath sets the path of every WebSocket URL, for servers behind a proxy
// that routes by path. It replaces the path of a URL, and discovered servers,
// which have none, get it too.
func ProxyPath(path string) Option {
	return evernats.ProxyPath(path)
}

// WebSocketConnectionHeaders sets the HTTP headers of WebSocket handshakes. With
// a [WebSocketConnectionHeadersHandler] it is [ErrWebSocketHeadersAlreadySet].
func WebSocketConnectionHeaders(headers http.Header) Option {
	return evernats.WebSocketConnectionHeaders(headers)
}

// WebSocketConnectionHeadersHandler sets a function that returns the HTTP
// headers of each WebSocket handshake, for tokens that change. With
// [WebSocketConnectionHeaders] it is [ErrWebSocketHeadersAlreadySet].
func WebSocketConnectionHeadersHandler(cb WebSocketHeadersHandler) Option {
	return evernats.WebSocketConnectionHeadersHandler(cb)
}

// GetDefaultOptions returns the options that [Connect] starts from.
func GetDefaultOptions() Options {
	return libdefaults.Options()
}

// ReconnectBufSize is how many bytes of messages may wait while there is no
// connection; then publishing fails with [ErrReconnectBufExceeded], unless
// [evernats.OutboundFull] says otherwise. A message is taken as long as fewer bytes wait, so
// the last one may cross the limit, and an empty buffer takes one of any size. It bounds what waits for the socket while
// connected, too. Zero: the default of 8 MiB. Negative: nothing may be published
// without a connection, and with one the bound is 8 MiB. [evernats.AtLeastOnce] has a bound
// of its own besides.
func ReconnectBufSize(size int) Option {
	return evernats.ReconnectBufSize(size)
}

// FlusherTimeout is how long the socket may take nothing of what is written to
// it. Publish doesn't wait for it. What happens then, [ReconnectOnFlusherError]
// says; with TLS and WebSocket it is a reconnect in any case. Zero: the
// default of 1 minute. Negative: no limit.
func FlusherTimeout(t time.Duration) Option {
	return evernats.FlusherTimeout(t)
}

// WriteBufferSize is the size in bytes of the pieces that the outbound buffer is
// made of. It neither bounds the buffer, see [ReconnectBufSize], nor delays a
// write: an idle writer writes at once. Zero: the default of 32 KiB; negative, too.
// There is hardly a reason to change it.
func WriteBufferSize(size int) Option {
	return evernats.WriteBufferSize(size)
}

// NoReconnect closes the connection when it is lost, in place of reconnecting.
func NoReconnect() Option {
	return evernats.NoReconnect()
}

// MaxReconnects is how many attempts in a row may fail for one server before it
// is dropped. When none is left the connection is closed with [ErrNoServers].
// Negative: never give up. Zero: a loss closes the connection. Default 60.
func MaxReconnects(max int) Option {
	return evernats.MaxReconnects(max)
}

// ReconnectWait is how long to wait, plus [ReconnectJitter], after all servers
// were tried and failed. The first attempts after a loss are made at once, unless
// three connections in a row have lived for less than this time. A server on which one
// lived for less counts as failed, and comes behind the others for a minute. One that
// ended the connection because it refused the credentials (they expired, they were
// revoked) is asked again after this time too, with jitter if there is no other;
// see [IgnoreAuthErrorAbort]. Default 2 s. Zero or negative: no wait.
func ReconnectWait(t time.Duration) Option {
	return evernats.ReconnectWait(t)
}

// ReconnectJitter sets the upper bounds of the random time that is added to
// [ReconnectWait]: without TLS, and with. The defaults are 100 ms and 1 s. Zero
// or negative: none. See [evernats.ReconnectJitterMax].
func ReconnectJitter(jitter time.Duration, jitterForTLS time.Duration) Option {
	return evernats.ReconnectJitter(jitter, jitterForTLS)
}

// CustomReconnectDelay sets a function that is asked how long to wait each time
// all servers were tried and failed. Its answer replaces [ReconnectWait], jitter
// and [evernats.ReconnectBackoff]; add some randomness of your own.
func CustomReconnectDelay(cb ReconnectDelayHandler) Option {
	return evernats.CustomReconnectDelay(cb)
}

// ReconnectToServer sets a function that chooses the server of each reconnect
// attempt and how long to wait before it, see [ReconnectToServerHandler].
func ReconnectToServer(cb ReconnectToServerHandler) Option {
	return evernats.ReconnectToServer(cb)
}

// IgnoreDiscoveredServers uses the given servers only, and not those that a
// server tells of.
func IgnoreDiscoveredServers() Option {
	return evernats.IgnoreDiscoveredServers()
}

// IgnoreAuthErrorAbort goes on trying when a server has refused the credentials
// in the same way twice. By default that closes the connection, if at least
// [ReconnectWait] lies between the first refusal, or the connection's end by it,
// and the attempt that is refused again: time for new credentials to arrive.
func IgnoreAuthErrorAbort() Option {
	return evernats.IgnoreAuthErrorAbort()
}

// ReconnectOnFlusherError reconnects when a write to the socket took longer than
// [FlusherTimeout]. By default that error goes to the error handler and the
// write is tried again. Other errors of the socket reconnect with and without
// the option, and in no case is a message lost from the buffer.
func ReconnectOnFlusherError() Option {
	return evernats.ReconnectOnFlusherError()
}

// Secure requires TLS, with the given configuration if there is one. Without
// it, or with nil, the one that other options made is kept, and the server's
// certificate is checked against the system's authorities. More than one is
// [ErrMultipleTLSConfigs].
//
// A server without TLS is then [ErrSecureConnWanted].
func Secure(tls ...*tls.Config) Option {
	return evernats.Secure(tls...)
}

// RootCAs requires TLS and trusts the certificate authorities in these PEM
// files, which are read again at each handshake. A file that is missing or has
// no certificate is an error of Connect.
func RootCAs(file ...string) Option {
	return evernats.RootCAs(file...)
}

// ClientCert requires TLS and shows the server the certificate in these PEM
// files, which are read again at each handshake. Files that are missing or don't
// belong together are an error of Connect.
func ClientCert(certFile string, keyFile string) Option {
	return evernats.ClientCert(certFile, keyFile)
}

// ClientTLSConfig requires TLS and sets functions that return the client's
// certificate and the authorities to trust. They are called once by the option,
// whose error is theirs, and then at each handshake. One of them may be nil;
// both is [ErrClientCertOrRootCAsRequired].
func ClientTLSConfig(certCB TLSCertHandler, rootCAsCB RootCAsHandler) Option {
	return evernats.ClientTLSConfig(certCB, rootCAsCB)
}

// TLSHandshakeFirst requires TLS and makes it before the server has said
// anything. The server must be configured for that, or the connection fails.
func TLSHandshakeFirst() Option {
	return evernats.TLSHandshakeFirst()
}

// NewInbox returns a subject that nobody else uses, to be told to others as a
// reply subject and subscribed to: "_INBOX." and 22 random characters, which can't be
// guessed by those who know earlier ones. It knows nothing of a connection's
// CustomInboxPrefix; [Conn.NewInbox] does.
func NewInbox() string {
	return evernats.NewInbox()
}

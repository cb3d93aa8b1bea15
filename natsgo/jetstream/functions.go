// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package jetstream

import (
	"context"
	"hash"
	"time"

	"github.com/evernats/nats"
	evernats "github.com/evernats/nats/jetstream"
)

// FetchMaxWait bounds how long a fetch waits; 30 s by default. It must be positive,
// and excludes [FetchContext].
func FetchMaxWait(timeout time.Duration) FetchOpt {
	return evernats.FetchMaxWait(timeout)
}

// FetchContext ends a fetch with the context, whose error is then that of the batch. Before
// a deadline of the context, by a tenth of the time and a second at most, the fetch ends
// without an error. It excludes [FetchMaxWait].
func FetchContext(ctx context.Context) FetchOpt {
	return evernats.FetchContext(ctx)
}

// FetchHeartbeat is how often the server says that the fetch still waits: less than
// half of its time. When two are missed the messages are asked for anew; a fetch that
// ends without having heard anything since has the error [ErrNoHeartbeat]. By default
// it is 5 s for a fetch of more than 10 s, and none for others.
func FetchHeartbeat(hb time.Duration) FetchOpt {
	return evernats.FetchHeartbeat(hb)
}

// FetchMaxBytes bounds the bytes that Fetch gets, subjects and headers included; what
// comes first, the number or the bytes, ends it. It must be positive, and is for Fetch
// alone.
func FetchMaxBytes(maxBytes int) FetchOpt {
	return evernats.FetchMaxBytes(maxBytes)
}

// FetchMinPending is [PullMinPending] for a fetch.
func FetchMinPending(min int64) FetchOpt {
	return evernats.FetchMinPending(min)
}

// FetchMinAckPending is [PullMinAckPending] for a fetch.
func FetchMinAckPending(min int64) FetchOpt {
	return evernats.FetchMinAckPending(min)
}

// FetchPrioritized is [PullPrioritized] for a fetch.
func FetchPrioritized(priority uint8) FetchOpt {
	return evernats.FetchPrioritized(priority)
}

// FetchPriorityGroup is [PullPriorityGroup] for a fetch.
func FetchPriorityGroup(group string) FetchOpt {
	return evernats.FetchPriorityGroup(group)
}

// WithGetMsgSubject makes GetMsg read the first message on the subject from the
// sequence number on. The subject may have wildcards.
func WithGetMsgSubject(subject string) GetMsgOpt {
	return evernats.WithGetMsgSubject(subject)
}

// New makes a JetStream with the default prefix of the API, $JS.API.
//
// Errors: [nats.ErrInvalidConnection] when nc is nil, and those of the options.
func New(nc *nats.Conn, opts ...JetStreamOpt) (JetStream, error) {
	return evernats.New(nc, opts...)
}

// NewWithAPIPrefix is [New] with another prefix, with or without its final dot. It
// is for an API that was imported from another account.
//
// Errors: also [ErrInvalidOption] when the prefix is empty or no subject.
func NewWithAPIPrefix(nc *nats.Conn, apiPrefix string, opts ...JetStreamOpt) (JetStream, error) {
	return evernats.NewWithAPIPrefix(nc, apiPrefix, opts...)
}

// NewWithDomain is [New] for the JetStream of another domain, which leaf nodes have.
//
// Errors: also [ErrInvalidOption] when the domain is empty.
func NewWithDomain(nc *nats.Conn, domain string, opts ...JetStreamOpt) (JetStream, error) {
	return evernats.NewWithDomain(nc, domain, opts...)
}

// MetaOnly leaves the values away.
func MetaOnly() WatchOpt {
	return evernats.MetaOnly()
}

// ResumeFromRevision begins with that revision, and gives all that the bucket has of it
// and of later ones; 0 is no such beginning. Of the options that say where a watch
// begins it is the one that counts.
func ResumeFromRevision(revision uint64) WatchOpt {
	return evernats.ResumeFromRevision(revision)
}

// KeyTTL removes the key after that time, which leaves a marker that watches give. The
// bucket has to allow it, see [KeyValueConfig].LimitMarkerTTL. Updates have no such time. 0 or less: it stays.
func KeyTTL(ttl time.Duration) KVCreateOpt {
	return evernats.KeyTTL(ttl)
}

// LastRevision deletes or purges only if that is the key's last revision, or returns
// [ErrKeyRevisionMismatch]. 0 is the same as none.
func LastRevision(revision uint64) KVDeleteOpt {
	return evernats.LastRevision(revision)
}

// PurgeTTL removes the marker of a purge after that time. The bucket has to allow it, see
// [KeyValueConfig].LimitMarkerTTL. Delete refuses it with [ErrTTLOnDeleteNotSupported]. 0
// or less: the marker stays.
func PurgeTTL(ttl time.Duration) KVDeleteOpt {
	return evernats.PurgeTTL(ttl)
}

// WithStreamListSubject lists only streams that store what is published to the
// subject, which may have wildcards.
func WithStreamListSubject(subject string) StreamListOpt {
	return evernats.WithStreamListSubject(subject)
}

// NextMaxWait bounds how long Next waits, after which it returns [nats.ErrTimeout]. It
// must be positive, and excludes [NextContext].
func NextMaxWait(timeout time.Duration) NextOpt {
	return evernats.NextMaxWait(timeout)
}

// NextContext ends Next with the context, whose error it then returns. It excludes
// [NextMaxWait].
func NextContext(ctx context.Context) NextOpt {
	return evernats.NextContext(ctx)
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

// WithDefaultTimeout bounds requests whose context has no deadline. It must be
// positive, or [ErrInvalidOption] is the answer. The default is 5 s.
func WithDefaultTimeout(timeout time.Duration) JetStreamOpt {
	return evernats.WithDefaultTimeout(timeout)
}

// WithClientTrace lets functions be told of the API's requests and answers.
func WithClientTrace(ct *ClientTrace) JetStreamOpt {
	return evernats.WithClientTrace(ct)
}

// WithMsgID gives the message an id: the stream stores a second message with the same
// id not again, as long as it remembers it (2 minutes by default, see
// [StreamConfig].Duplicates). That makes it safe to send a message again, which the
// client then does after a lost connection.
func WithMsgID(id string) PublishOpt {
	return evernats.WithMsgID(id)
}

// WithMsgTTL removes the message from the stream after that time, which the stream has
// to allow, see [StreamConfig].AllowMsgTTL.
func WithMsgTTL(dur time.Duration) PublishOpt {
	return evernats.WithMsgTTL(dur)
}

// WithExpectStream refuses the message unless that is the stream that stores it.
func WithExpectStream(stream string) PublishOpt {
	return evernats.WithExpectStream(stream)
}

// WithExpectLastSequence refuses the message unless the stream's last has that
// sequence number. The error is an [APIError] with JSErrCodeStreamWrongLastSequence.
func WithExpectLastSequence(seq uint64) PublishOpt {
	return evernats.WithExpectLastSequence(seq)
}

// WithExpectLastSequencePerSubject is the same with the last message on the message's
// own subject; 0 says that there must be none.
func WithExpectLastSequencePerSubject(seq uint64) PublishOpt {
	return evernats.WithExpectLastSequencePerSubject(seq)
}

// WithExpectLastSequenceForSubject is the same with the last message on subject, which
// may have wildcards.
func WithExpectLastSequenceForSubject(seq uint64, subject string) PublishOpt {
	return evernats.WithExpectLastSequenceForSubject(seq, subject)
}

// WithExpectLastMsgID refuses the message unless the stream's last has that id.
func WithExpectLastMsgID(id string) PublishOpt {
	return evernats.WithExpectLastMsgID(id)
}

// WithRetryAttempts is how often a publish tries again when no stream answers. Without
// it the client tries twice and then finds out whether there is a stream for the
// subject: if there is, as in the election of a new leader, it goes on until the
// context ends, or for a minute if it is asynchronous.
func WithRetryAttempts(num int) PublishOpt {
	return evernats.WithRetryAttempts(num)
}

// WithRetryWait is the time between two attempts; 250 ms by default. It must be
// positive.
func WithRetryWait(dur time.Duration) PublishOpt {
	return evernats.WithRetryWait(dur)
}

// WithStallWait is how long PublishAsync waits when as many messages as may be are
// unacknowledged, before it returns [ErrTooManyStalledMsgs]; 200 ms by default. It must
// be positive.
func WithStallWait(ttl time.Duration) PublishOpt {
	return evernats.WithStallWait(ttl)
}

// WithScheduleAt lets the stream publish the message at that time, to the subject of
// [WithScheduleTarget]. As for all schedules the stream has to allow them, see
// [StreamConfig].AllowMsgSchedules.
func WithScheduleAt(t time.Time) PublishOpt {
	return evernats.WithScheduleAt(t)
}

// WithScheduleEvery lets it publish the message again and again, 1 s apart at least.
func WithScheduleEvery(d time.Duration) PublishOpt {
	return evernats.WithScheduleEvery(d)
}

// WithScheduleCron lets it publish the message by a cron expression of six fields,
// seconds first, or by one with a name, such as [ScheduleHourly].
func WithScheduleCron(expr string) PublishOpt {
	return evernats.WithScheduleCron(expr)
}

// WithScheduleTarget is the subject that a scheduled message is published to.
func WithScheduleTarget(subject string) PublishOpt {
	return evernats.WithScheduleTarget(subject)
}

// WithScheduleSource lets a schedule publish the last message on that subject.
func WithScheduleSource(subject string) PublishOpt {
	return evernats.WithScheduleSource(subject)
}

// WithScheduleTimeZone is the time zone of a cron expression, such as Europe/Berlin.
func WithScheduleTimeZone(zone string) PublishOpt {
	return evernats.WithScheduleTimeZone(zone)
}

// WithScheduleTTL is how long what a schedule publishes is kept.
func WithScheduleTTL(d time.Duration) PublishOpt {
	return evernats.WithScheduleTTL(d)
}

// WithScheduleTTLNever keeps what a schedule publishes for ever.
func WithScheduleTTLNever() PublishOpt {
	return evernats.WithScheduleTTLNever()
}

// WithScheduleRollup lets what a schedule publishes replace what it published before.
func WithScheduleRollup() PublishOpt {
	return evernats.WithScheduleRollup()
}

// WithPublishAsyncMaxPending bounds how many messages may be unacknowledged at once;
// 4,000 by default. It must be positive.
func WithPublishAsyncMaxPending(max int) JetStreamOpt {
	return evernats.WithPublishAsyncMaxPending(max)
}

// WithPublishAsyncTimeout ends a message that isn't acknowledged so long after it was
// published, whatever the reason, with [ErrAsyncPublishTimeout]. Without it, or with 0,
// one ends when nothing was heard of it for a minute on one connection; the time
// without a connection doesn't count.
func WithPublishAsyncTimeout(dur time.Duration) JetStreamOpt {
	return evernats.WithPublishAsyncTimeout(dur)
}

// WithPublishAsyncAckHandler sets a function that is called with each acknowledgement.
func WithPublishAsyncAckHandler(cb MsgAckHandler) JetStreamOpt {
	return evernats.WithPublishAsyncAckHandler(cb)
}

// WithPublishAsyncErrHandler sets a function that is called with each message that
// failed.
func WithPublishAsyncErrHandler(cb MsgErrHandler) JetStreamOpt {
	return evernats.WithPublishAsyncErrHandler(cb)
}

// PullMaxMessagesWithBytesLimit is [PullMaxMessages] with a bound of the bytes that one
// request asks for, as little as one message may be of that.
func PullMaxMessagesWithBytesLimit(maxMessages int, byteLimit int) pullMaxMessagesWithBytesLimit {
	return evernats.PullMaxMessagesWithBytesLimit(maxMessages, byteLimit)
}

// WithMessagesErrOnMissingHeartbeat says whether Next returns [ErrNoHeartbeat] when
// heartbeats are missed; it does by default. The iterator goes on either way.
func WithMessagesErrOnMissingHeartbeat(hbErr bool) PullMessagesOpt {
	return evernats.WithMessagesErrOnMissingHeartbeat(hbErr)
}

// WithDeletedDetails asks for the sequence numbers of deleted messages, in
// StreamState.Deleted.
func WithDeletedDetails(deletedDetails bool) StreamInfoOpt {
	return evernats.WithDeletedDetails(deletedDetails)
}

// WithSubjectFilter asks how many messages each subject has that matches, in
// StreamState.Subjects.
func WithSubjectFilter(subject string) StreamInfoOpt {
	return evernats.WithSubjectFilter(subject)
}

// WithPurgeSubject removes messages of a subject only, which may have wildcards.
func WithPurgeSubject(subject string) StreamPurgeOpt {
	return evernats.WithPurgeSubject(subject)
}

// WithPurgeSequence removes messages before that one. It excludes [WithPurgeKeep].
func WithPurgeSequence(sequence uint64) StreamPurgeOpt {
	return evernats.WithPurgeSequence(sequence)
}

// WithPurgeKeep removes all but so many messages. It excludes [WithPurgeSequence].
func WithPurgeKeep(keep uint64) StreamPurgeOpt {
	return evernats.WithPurgeKeep(keep)
}

// IncludeHistory begins with all that the store has of each key or object, not with the
// last alone. It excludes [UpdatesOnly].
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

// Code generated from nats.go v1.55.0 by test/natsgo/gen. DO NOT EDIT.

package jetstream

import (
	evernats "github.com/evernats/nats/jetstream"
)

const MigrationStatusBlocked = evernats.MigrationStatusBlocked // something keeps it from going on

const MigrationStatusCatchup = evernats.MigrationStatusCatchup // the new servers fetch what they lack

const MigrationStatusMembership = evernats.MigrationStatusMembership // the group changes

const MigrationStatusMeta = evernats.MigrationStatusMeta // the system notes it

const MigrationStatusQuorum = evernats.MigrationStatusQuorum // too few servers answer

const MigrationStatusSnapshot = evernats.MigrationStatusSnapshot // a snapshot is made

const MigrationStatusUnavailable = evernats.MigrationStatusUnavailable // a server that is needed is away

// AckExplicitPolicy wants each message acknowledged; the default.
const AckExplicitPolicy = evernats.AckExplicitPolicy

// AckAllPolicy takes the acknowledgement of a message for all before it too.
const AckAllPolicy = evernats.AckAllPolicy

// AckNonePolicy wants none.
const AckNonePolicy = evernats.AckNonePolicy

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

// DefaultPersistMode acknowledges what has been written.
const DefaultPersistMode = evernats.DefaultPersistMode

// AsyncPersistMode acknowledges before it is; a hard kill may lose it.
const AsyncPersistMode = evernats.AsyncPersistMode

// PriorityPolicyNone has no groups; the default.
const PriorityPolicyNone = evernats.PriorityPolicyNone

// PriorityPolicyPinned serves one client until it goes away.
const PriorityPolicyPinned = evernats.PriorityPolicyPinned

// PriorityPolicyOverflow serves a client only when enough is pending.
const PriorityPolicyOverflow = evernats.PriorityPolicyOverflow

// PriorityPolicyPrioritized serves clients with a lower number first.
const PriorityPolicyPrioritized = evernats.PriorityPolicyPrioritized

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

const JSErrCodeBadRequest = evernats.JSErrCodeBadRequest // the server didn't understand a request

const JSErrCodeConsumerCreate = evernats.JSErrCodeConsumerCreate // the server couldn't make the consumer

const JSErrCodeConsumerNameExists = evernats.JSErrCodeConsumerNameExists // the consumer's name is taken

const JSErrCodeConsumerNotFound = evernats.JSErrCodeConsumerNotFound // there is no such consumer

const JSErrCodeMaximumConsumersLimit = evernats.JSErrCodeMaximumConsumersLimit // the stream or account allows no more consumers

const JSErrCodeMessageNotFound = evernats.JSErrCodeMessageNotFound // the stream has no such message

const JSErrCodeJetStreamNotEnabledForAccount = evernats.JSErrCodeJetStreamNotEnabledForAccount // the account has no JetStream

const JSErrCodeStreamMessageExceedsMaximum = evernats.JSErrCodeStreamMessageExceedsMaximum // the message is larger than the stream takes

const JSErrCodeStreamNameInUse = evernats.JSErrCodeStreamNameInUse // a stream of that name is there already, with another configuration

const JSErrCodeStreamNotFound = evernats.JSErrCodeStreamNotFound // there is no such stream

const JSErrCodeStreamWrongLastSequence = evernats.JSErrCodeStreamWrongLastSequence // the last sequence number isn't the expected one

const JSErrCodeJetStreamNotEnabled = evernats.JSErrCodeJetStreamNotEnabled // the server has no JetStream

const JSErrCodeConsumerAlreadyExists = evernats.JSErrCodeConsumerAlreadyExists // a consumer of that name is there already

const JSErrCodeDuplicateFilterSubjects = evernats.JSErrCodeDuplicateFilterSubjects // a consumer has both FilterSubject and FilterSubjects

const JSErrCodeOverlappingFilterSubjects = evernats.JSErrCodeOverlappingFilterSubjects // two of FilterSubjects match the same subjects

const JSErrCodeConsumerEmptyFilter = evernats.JSErrCodeConsumerEmptyFilter // one of FilterSubjects is empty

const JSErrCodeConsumerExists = evernats.JSErrCodeConsumerExists // a consumer of that name is there already, with another configuration

const JSErrCodeConsumerDoesNotExist = evernats.JSErrCodeConsumerDoesNotExist // there is no such consumer to update

const JSErrCodeStreamWrongLastSequenceConstant = evernats.JSErrCodeStreamWrongLastSequenceConstant // the last sequence number isn't the expected one, which is a constant

const JSErrCodeMirrorWithMsgSchedules = evernats.JSErrCodeMirrorWithMsgSchedules // a mirror can't have schedules

const JSErrCodeSourceWithMsgSchedules = evernats.JSErrCodeSourceWithMsgSchedules // a stream with sources can't have schedules

const JSErrCodeMessageSchedulesDisabled = evernats.JSErrCodeMessageSchedulesDisabled // the stream takes no schedules

const JSErrCodeSchedulePatternInvalid = evernats.JSErrCodeSchedulePatternInvalid // the stream doesn't understand when to publish

const JSErrCodeScheduleTargetInvalid = evernats.JSErrCodeScheduleTargetInvalid // a schedule has a target that can't be

const JSErrCodeScheduleTTLInvalid = evernats.JSErrCodeScheduleTTLInvalid // a schedule has a TTL that can't be

const JSErrCodeScheduleRollupInvalid = evernats.JSErrCodeScheduleRollupInvalid // a schedule has a rollup that can't be

const JSErrCodeScheduleSourceInvalid = evernats.JSErrCodeScheduleSourceInvalid // a schedule has a source that can't be

const JSErrCodeConsumerInvalidReset = evernats.JSErrCodeConsumerInvalidReset // the sequence number doesn't agree with where the consumer begins

// DefaultAPIPrefix is what the subjects of the API begin with.
const DefaultAPIPrefix = evernats.DefaultAPIPrefix

// MsgIDHeader identifies a message: a second one with the same id within the
// stream's duplicate window is not stored again. See [WithMsgID].
const MsgIDHeader = evernats.MsgIDHeader

// ExpectedStreamHeader names the stream that must be the one to store it.
const ExpectedStreamHeader = evernats.ExpectedStreamHeader

// ExpectedLastSeqHeader is the sequence number that must be the stream's last.
const ExpectedLastSeqHeader = evernats.ExpectedLastSeqHeader

// ExpectedLastSubjSeqHeader is the one that must be the subject's last.
const ExpectedLastSubjSeqHeader = evernats.ExpectedLastSubjSeqHeader

// ExpectedLastSubjSeqSubjHeader is the subject meant by it, if not the message's.
const ExpectedLastSubjSeqSubjHeader = evernats.ExpectedLastSubjSeqSubjHeader

// ExpectedLastMsgIDHeader is the message id that must be the stream's last.
const ExpectedLastMsgIDHeader = evernats.ExpectedLastMsgIDHeader

// MsgTTLHeader is how long the message is kept. See [WithMsgTTL].
const MsgTTLHeader = evernats.MsgTTLHeader

// MsgRollup removes what was there before: [MsgRollupSubject] or [MsgRollupAll].
const MsgRollup = evernats.MsgRollup

// MarkerReasonHeader says why a marker stands where a message was.
const MarkerReasonHeader = evernats.MarkerReasonHeader

// ScheduleHeader says when the message is to be published. See [WithScheduleAt].
const ScheduleHeader = evernats.ScheduleHeader

// ScheduleTargetHeader is the subject that it is published to.
const ScheduleTargetHeader = evernats.ScheduleTargetHeader

// ScheduleSourceHeader is the subject whose last message is published.
const ScheduleSourceHeader = evernats.ScheduleSourceHeader

// ScheduleTTLHeader is how long what is published is kept.
const ScheduleTTLHeader = evernats.ScheduleTTLHeader

// ScheduleTimeZoneHeader is the time zone of a cron expression.
const ScheduleTimeZoneHeader = evernats.ScheduleTimeZoneHeader

// ScheduleRollupHeader is a rollup for what is published.
const ScheduleRollupHeader = evernats.ScheduleRollupHeader

// StreamHeader is the stream that the message is from.
const StreamHeader = evernats.StreamHeader

// SequenceHeader is its sequence number there.
const SequenceHeader = evernats.SequenceHeader

// TimeStampHeaer is when it was stored, as RFC 3339 has it.
const TimeStampHeaer = evernats.TimeStampHeaer

// SubjectHeader is the subject that it was published to.
const SubjectHeader = evernats.SubjectHeader

// SchedulerHeader is the subject of the schedule.
const SchedulerHeader = evernats.SchedulerHeader

// ScheduleNextHeader is when the schedule comes next, or "purge".
const ScheduleNextHeader = evernats.ScheduleNextHeader

// LastSequenceHeader is the sequence number of the message before it on the same
// subject, or 0.
const LastSequenceHeader = evernats.LastSequenceHeader

// MsgRollupSubject removes all earlier messages on the subject.
const MsgRollupSubject = evernats.MsgRollupSubject

// MsgRollupAll removes all earlier messages of the stream.
const MsgRollupAll = evernats.MsgRollupAll

const ScheduleYearly = evernats.ScheduleYearly // on 1 January

const ScheduleMonthly = evernats.ScheduleMonthly // on the 1st

const ScheduleWeekly = evernats.ScheduleWeekly // on Sunday

const ScheduleDaily = evernats.ScheduleDaily // at midnight

const ScheduleHourly = evernats.ScheduleHourly // at the full hour

// DefaultPubRetryWait is how long a publish waits before it tries again when no
// stream answered.
const DefaultPubRetryWait = evernats.DefaultPubRetryWait

// DefaultPubRetryAttempts is how often it tries again, at least.
const DefaultPubRetryAttempts = evernats.DefaultPubRetryAttempts

// DefaultMaxMessages is how many messages a consumption asks for ahead.
const DefaultMaxMessages = evernats.DefaultMaxMessages

// DefaultExpires is how long a pull waits at the server.
const DefaultExpires = evernats.DefaultExpires

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

package jetstream

import "time"

// DefaultAPIPrefix is what the subjects of the API begin with.
const DefaultAPIPrefix = "$JS.API."

// Headers of messages that are published, each with a meaning to the stream. Most
// have a [PublishOpt] that sets them.
const (
	// MsgIDHeader identifies a message: a second one with the same id within the
	// stream's duplicate window is not stored again. See [WithMsgID].
	MsgIDHeader = "Nats-Msg-Id"
	// ExpectedStreamHeader names the stream that must be the one to store it.
	ExpectedStreamHeader = "Nats-Expected-Stream"
	// ExpectedLastSeqHeader is the sequence number that must be the stream's last.
	ExpectedLastSeqHeader = "Nats-Expected-Last-Sequence"
	// ExpectedLastSubjSeqHeader is the one that must be the subject's last.
	ExpectedLastSubjSeqHeader = "Nats-Expected-Last-Subject-Sequence"
	// ExpectedLastSubjSeqSubjHeader is the subject meant by it, if not the message's.
	ExpectedLastSubjSeqSubjHeader = "Nats-Expected-Last-Subject-Sequence-Subject"
	// ExpectedLastMsgIDHeader is the message id that must be the stream's last.
	ExpectedLastMsgIDHeader = "Nats-Expected-Last-Msg-Id"
	// MsgTTLHeader is how long the message is kept. See [WithMsgTTL].
	MsgTTLHeader = "Nats-TTL"
	// MsgRollup removes what was there before: [MsgRollupSubject] or [MsgRollupAll].
	MsgRollup = "Nats-Rollup"
	// MarkerReasonHeader says why a marker stands where a message was.
	MarkerReasonHeader = "Nats-Marker-Reason"
	// ScheduleHeader says when the message is to be published. See [WithScheduleAt].
	ScheduleHeader = "Nats-Schedule"
	// ScheduleTargetHeader is the subject that it is published to.
	ScheduleTargetHeader = "Nats-Schedule-Target"
	// ScheduleSourceHeader is the subject whose last message is published.
	ScheduleSourceHeader = "Nats-Schedule-Source"
	// ScheduleTTLHeader is how long what is published is kept.
	ScheduleTTLHeader = "Nats-Schedule-TTL"
	// ScheduleTimeZoneHeader is the time zone of a cron expression.
	ScheduleTimeZoneHeader = "Nats-Schedule-Time-Zone"
	// ScheduleRollupHeader is a rollup for what is published.
	ScheduleRollupHeader = "Nats-Schedule-Rollup"
)

// Headers that servers set, on messages that were republished, read directly or
// published by a schedule.
const (
	// StreamHeader is the stream that the message is from.
	StreamHeader = "Nats-Stream"
	// SequenceHeader is its sequence number there.
	SequenceHeader = "Nats-Sequence"
	// TimeStampHeaer is when it was stored, as RFC 3339 has it.
	TimeStampHeaer = "Nats-Time-Stamp"
	// SubjectHeader is the subject that it was published to.
	SubjectHeader = "Nats-Subject"
	// SchedulerHeader is the subject of the schedule.
	SchedulerHeader = "Nats-Scheduler"
	// ScheduleNextHeader is when the schedule comes next, or "purge".
	ScheduleNextHeader = "Nats-Schedule-Next"
	// LastSequenceHeader is the sequence number of the message before it on the same
	// subject, or 0.
	LastSequenceHeader = "Nats-Last-Sequence"
)

// Values of [MsgRollup].
const (
	// MsgRollupSubject removes all earlier messages on the subject.
	MsgRollupSubject = "sub"
	// MsgRollupAll removes all earlier messages of the stream.
	MsgRollupAll = "all"
)

// Cron expressions with a name, for [WithScheduleCron].
const (
	ScheduleYearly  = "@yearly"  // on 1 January
	ScheduleMonthly = "@monthly" // on the 1st
	ScheduleWeekly  = "@weekly"  // on Sunday
	ScheduleDaily   = "@daily"   // at midnight
	ScheduleHourly  = "@hourly"  // at the full hour
)

// Defaults of publishing and pulling.
const (
	// DefaultPubRetryWait is how long a publish waits before it tries again when no
	// stream answered.
	DefaultPubRetryWait = 250 * time.Millisecond
	// DefaultPubRetryAttempts is how often it tries again, at least.
	DefaultPubRetryAttempts = 2
	// DefaultMaxMessages is how many messages a consumption asks for ahead.
	DefaultMaxMessages = 500
	// DefaultExpires is how long a pull waits at the server.
	DefaultExpires = 30 * time.Second
)

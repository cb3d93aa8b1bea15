package jetstream

// Codes of [APIError].
const (
	JSErrCodeBadRequest                      ErrorCode = 10003 // the server didn't understand a request
	JSErrCodeConsumerCreate                  ErrorCode = 10012 // the server couldn't make the consumer
	JSErrCodeConsumerNameExists              ErrorCode = 10013 // the consumer's name is taken
	JSErrCodeConsumerNotFound                ErrorCode = 10014 // there is no such consumer
	JSErrCodeMaximumConsumersLimit           ErrorCode = 10026 // the stream or account allows no more consumers
	JSErrCodeMessageNotFound                 ErrorCode = 10037 // the stream has no such message
	JSErrCodeJetStreamNotEnabledForAccount   ErrorCode = 10039 // the account has no JetStream
	JSErrCodeStreamMessageExceedsMaximum     ErrorCode = 10054 // the message is larger than the stream takes
	JSErrCodeStreamNameInUse                 ErrorCode = 10058 // a stream of that name is there already, with another configuration
	JSErrCodeStreamNotFound                  ErrorCode = 10059 // there is no such stream
	JSErrCodeStreamWrongLastSequence         ErrorCode = 10071 // the last sequence number isn't the expected one
	JSErrCodeJetStreamNotEnabled             ErrorCode = 10076 // the server has no JetStream
	JSErrCodeConsumerAlreadyExists           ErrorCode = 10105 // a consumer of that name is there already
	JSErrCodeDuplicateFilterSubjects         ErrorCode = 10136 // a consumer has both FilterSubject and FilterSubjects
	JSErrCodeOverlappingFilterSubjects       ErrorCode = 10138 // two of FilterSubjects match the same subjects
	JSErrCodeConsumerEmptyFilter             ErrorCode = 10139 // one of FilterSubjects is empty
	JSErrCodeConsumerExists                  ErrorCode = 10148 // a consumer of that name is there already, with another configuration
	JSErrCodeConsumerDoesNotExist            ErrorCode = 10149 // there is no such consumer to update
	JSErrCodeStreamWrongLastSequenceConstant ErrorCode = 10164 // the last sequence number isn't the expected one, which is a constant
	JSErrCodeMirrorWithMsgSchedules          ErrorCode = 10186 // a mirror can't have schedules
	JSErrCodeSourceWithMsgSchedules          ErrorCode = 10187 // a stream with sources can't have schedules
	JSErrCodeMessageSchedulesDisabled        ErrorCode = 10188 // the stream takes no schedules
	JSErrCodeSchedulePatternInvalid          ErrorCode = 10189 // the stream doesn't understand when to publish
	JSErrCodeScheduleTargetInvalid           ErrorCode = 10190 // a schedule has a target that can't be
	JSErrCodeScheduleTTLInvalid              ErrorCode = 10191 // a schedule has a TTL that can't be
	JSErrCodeScheduleRollupInvalid           ErrorCode = 10192 // a schedule has a rollup that can't be
	JSErrCodeScheduleSourceInvalid           ErrorCode = 10203 // a schedule has a source that can't be
	JSErrCodeConsumerInvalidReset            ErrorCode = 10204 // the sequence number doesn't agree with where the consumer begins
)

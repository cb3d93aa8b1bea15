package jetstream

// What a server says against a request, one for each code that programs ask for.
var (
	// ErrBadRequest: the server didn't understand a request.
	ErrBadRequest JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeBadRequest, "bad request"}}
	// ErrConsumerCreate: the server couldn't make the consumer.
	ErrConsumerCreate JetStreamError = &jsError{apiErr: &APIError{500, JSErrCodeConsumerCreate, "could not create consumer"}}
	// ErrConsumerDoesNotExist: there is no such consumer to update.
	ErrConsumerDoesNotExist JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeConsumerDoesNotExist, "consumer does not exist"}}
	// ErrConsumerExists: a consumer of that name is there already, with another configuration.
	ErrConsumerExists JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeConsumerExists, "consumer already exists"}}
	// ErrConsumerInvalidReset: the sequence number doesn't agree with where the consumer begins.
	ErrConsumerInvalidReset JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeConsumerInvalidReset, "invalid reset"}}
	// ErrConsumerNotFound: there is no such consumer.
	ErrConsumerNotFound JetStreamError = &jsError{apiErr: &APIError{404, JSErrCodeConsumerNotFound, "consumer not found"}}
	// ErrDuplicateFilterSubjects: a consumer has both FilterSubject and FilterSubjects.
	ErrDuplicateFilterSubjects JetStreamError = &jsError{apiErr: &APIError{500, JSErrCodeDuplicateFilterSubjects, "consumer cannot have both FilterSubject and FilterSubjects specified"}}
	// ErrEmptyFilter: one of FilterSubjects is empty.
	ErrEmptyFilter JetStreamError = &jsError{apiErr: &APIError{500, JSErrCodeConsumerEmptyFilter, "consumer filter in FilterSubjects cannot be empty"}}
	// ErrJetStreamNotEnabled: the server has no JetStream.
	ErrJetStreamNotEnabled JetStreamError = &jsError{apiErr: &APIError{503, JSErrCodeJetStreamNotEnabled, "jetstream not enabled"}}
	// ErrJetStreamNotEnabledForAccount: the account has no JetStream.
	ErrJetStreamNotEnabledForAccount JetStreamError = &jsError{apiErr: &APIError{503, JSErrCodeJetStreamNotEnabledForAccount, "jetstream not enabled for account"}}
	// ErrMaximumConsumersLimit: the stream or account allows no more consumers.
	ErrMaximumConsumersLimit JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeMaximumConsumersLimit, "maximum consumers limit reached"}}
	// ErrMessageSchedulesDisabled: the stream takes no schedules.
	ErrMessageSchedulesDisabled JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeMessageSchedulesDisabled, "message schedules is disabled"}}
	// ErrMirrorWithMsgSchedules: a mirror can't have schedules.
	ErrMirrorWithMsgSchedules JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeMirrorWithMsgSchedules, "stream mirrors can not also schedule messages"}}
	// ErrMsgNotFound: the stream has no such message.
	ErrMsgNotFound JetStreamError = &jsError{apiErr: &APIError{404, JSErrCodeMessageNotFound, "message not found"}}
	// ErrOverlappingFilterSubjects: two of FilterSubjects match the same subjects.
	ErrOverlappingFilterSubjects JetStreamError = &jsError{apiErr: &APIError{500, JSErrCodeOverlappingFilterSubjects, "consumer subject filters cannot overlap"}}
	// ErrSchedulePatternInvalid: the stream doesn't understand when to publish.
	ErrSchedulePatternInvalid JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeSchedulePatternInvalid, "message schedules pattern is invalid"}}
	// ErrScheduleRollupInvalid: a schedule has a rollup that can't be.
	ErrScheduleRollupInvalid JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeScheduleRollupInvalid, "message schedules invalid rollup"}}
	// ErrScheduleSourceInvalid: a schedule has a source that can't be.
	ErrScheduleSourceInvalid JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeScheduleSourceInvalid, "message schedules source is invalid"}}
	// ErrScheduleTTLInvalid: a schedule has a TTL that can't be.
	ErrScheduleTTLInvalid JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeScheduleTTLInvalid, "message schedules invalid per-message TTL"}}
	// ErrScheduleTargetInvalid: a schedule has a target that can't be.
	ErrScheduleTargetInvalid JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeScheduleTargetInvalid, "message schedules target is invalid"}}
	// ErrSourceWithMsgSchedules: a stream with sources can't have schedules.
	ErrSourceWithMsgSchedules JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeSourceWithMsgSchedules, "stream source can not also schedule messages"}}
	// ErrStreamMessageExceedsMaximum: the message is larger than the stream takes.
	ErrStreamMessageExceedsMaximum JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeStreamMessageExceedsMaximum, "message size exceeds maximum allowed"}}
	// ErrStreamNameAlreadyInUse: a stream of that name is there already, with another configuration.
	ErrStreamNameAlreadyInUse JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeStreamNameInUse, "stream name already in use"}}
	// ErrStreamNotFound: there is no such stream.
	ErrStreamNotFound JetStreamError = &jsError{apiErr: &APIError{404, JSErrCodeStreamNotFound, "stream not found"}}
)

// What the client itself finds.
var (
	// ErrAsyncPublishReplySubjectSet: a message published asynchronously has a reply subject, which the client needs for itself.
	ErrAsyncPublishReplySubjectSet JetStreamError = &jsError{message: "reply subject should be empty"}
	// ErrAsyncPublishTimeout: no acknowledgement came in time; whether the message is stored isn't known: it is [nats.ErrInDoubt], too.
	ErrAsyncPublishTimeout JetStreamError = &jsError{message: "timeout waiting for ack", doubt: true}
	// ErrBatchCompleted: a pull got all that it asked for.
	ErrBatchCompleted JetStreamError = &jsError{message: "batch completed"}
	// ErrEndOfData: there is nothing more to read.
	ErrEndOfData JetStreamError = &jsError{message: "end of data reached"}
	// ErrOrderConsumerUsedAsConsume: an ordered consumer that was used by Consume or
	// Messages can't be used by Fetch or Next.
	ErrOrderConsumerUsedAsConsume JetStreamError = &jsError{message: "ordered consumer initialized as consume"}
	// ErrOrderConsumerUsedAsFetch: one that was used by Fetch or Next can't be used by
	// Consume or Messages.
	ErrOrderConsumerUsedAsFetch JetStreamError = &jsError{message: "ordered consumer initialized as fetch"}
	// ErrOrderedConsumerConcurrentRequests: an ordered consumer is at work already.
	ErrOrderedConsumerConcurrentRequests JetStreamError = &jsError{message: "cannot run concurrent processing using ordered consumer"}
	// ErrOrderedConsumerNotCreated: an ordered consumer isn't there at the moment.
	ErrOrderedConsumerNotCreated JetStreamError = &jsError{message: "consumer instance not yet created"}
	// ErrOrderedConsumerReset: messages of an ordered consumer are missing, so that it is made
	// anew; consuming goes on. One that was deleted is [ErrConsumerDeleted], and goes on, too.
	ErrOrderedConsumerReset JetStreamError = &jsError{message: "recreating ordered consumer"}
	// ErrConnectionClosed: the connection was closed.
	ErrConnectionClosed JetStreamError = &jsError{message: "connection closed"}
	// ErrConsumerAlreadyConsuming: a push consumer is consumed from already by this value.
	ErrConsumerAlreadyConsuming JetStreamError = &jsError{message: "consumer is already consuming"}
	// ErrConsumerHasActiveSubscription: a push consumer's subject is subscribed to already.
	// It is here for programs that compare with it; nothing returns it.
	ErrConsumerHasActiveSubscription JetStreamError = &jsError{message: "consumer has active subscription"}
	// ErrConsumerCreationResponseEmpty: a server's answer to making a consumer had nothing in it.
	ErrConsumerCreationResponseEmpty JetStreamError = &jsError{message: "consumer creation response is empty"}
	// ErrConsumerDeleted: the consumer was deleted while it was consumed from, or isn't there.
	ErrConsumerDeleted JetStreamError = &jsError{message: "consumer deleted"}
	// ErrConsumerLeadershipChanged: the consumer's leader changed; consuming goes on.
	ErrConsumerLeadershipChanged JetStreamError = &jsError{message: "leadership change"}
	// ErrConsumerMultipleFilterSubjectsNotSupported: the server doesn't know FilterSubjects.
	ErrConsumerMultipleFilterSubjectsNotSupported JetStreamError = &jsError{message: "multiple consumer filter subjects not supported by nats-server"}
	// ErrConsumerNameAlreadyInUse: the consumer's name is taken.
	ErrConsumerNameAlreadyInUse JetStreamError = &jsError{message: "consumer name already in use"}
	// ErrConsumerResetResponseEmpty: a server's answer to a reset had nothing in it.
	ErrConsumerResetResponseEmpty JetStreamError = &jsError{message: "consumer reset response is empty"}
	// ErrHandlerRequired: Consume was given no handler.
	ErrHandlerRequired JetStreamError = &jsError{message: "handler cannot be empty"}
	// ErrInvalidConsumerName: a consumer's name is empty, or has a space, a dot, a wildcard or a slash in it.
	ErrInvalidConsumerName JetStreamError = &jsError{message: "invalid consumer name"}
	// ErrInvalidJSAck: what came in answer to a published message is no acknowledgement.
	ErrInvalidJSAck JetStreamError = &jsError{message: "invalid jetstream publish response"}
	// ErrInvalidJetStreamResponse: a server's answer makes no sense.
	ErrInvalidJetStreamResponse JetStreamError = &jsError{message: "invalid jetstream api response"}
	// ErrInvalidOption: an option, or a combination of them, isn't possible; the text says which.
	ErrInvalidOption JetStreamError = &jsError{message: "invalid jetstream option"}
	// ErrInvalidStreamName: a stream's name has a space, a dot, a wildcard or a slash in it.
	ErrInvalidStreamName JetStreamError = &jsError{message: "invalid stream name"}
	// ErrInvalidSubject: a subject isn't one.
	ErrInvalidSubject JetStreamError = &jsError{message: "invalid subject name"}
	// ErrJetStreamPublisherClosed: CleanupPublisher was called while the message was on its way, and whether it is stored isn't known: it is [nats.ErrInDoubt], too.
	ErrJetStreamPublisherClosed JetStreamError = &jsError{message: "jetstream context closed", doubt: true}
	// ErrMaxBytesExceeded: the next message is larger than all bytes that may be asked for.
	ErrMaxBytesExceeded JetStreamError = &jsError{message: "message size exceeds max bytes"}
	// ErrMsgAlreadyAckd: the message was acknowledged before.
	ErrMsgAlreadyAckd JetStreamError = &jsError{message: "message was already acknowledged"}
	// ErrMsgDeleteUnsuccessful: the server didn't delete the message.
	ErrMsgDeleteUnsuccessful JetStreamError = &jsError{message: "message deletion unsuccessful"}
	// ErrMsgIteratorClosed: the iterator was stopped or drained.
	ErrMsgIteratorClosed JetStreamError = &jsError{message: "messages iterator closed"}
	// ErrMsgNoReply: the message has no reply subject.
	ErrMsgNoReply JetStreamError = &jsError{message: "message does not have a reply"}
	// ErrMsgNotBound: the message belongs to no connection.
	ErrMsgNotBound JetStreamError = &jsError{message: "message is not bound to subscription/connection"}
	// ErrNameRequired: a name is needed.
	ErrNameRequired JetStreamError = &jsError{message: "name is required"}
	// ErrNoHeartbeat: nothing was heard of the consumer for two heartbeats; consuming goes on.
	ErrNoHeartbeat JetStreamError = &jsError{message: "no heartbeat received"}
	// ErrNoMessages: there were none.
	ErrNoMessages JetStreamError = &jsError{message: "no messages"}
	// ErrNoStreamResponse: no stream answered for the subject.
	ErrNoStreamResponse JetStreamError = &jsError{message: "no response from stream"}
	// ErrNotJSMessage: the message isn't from a consumer.
	ErrNotJSMessage JetStreamError = &jsError{message: "not a jetstream message"}
	// ErrNotPullConsumer: the consumer is a push consumer.
	ErrNotPullConsumer JetStreamError = &jsError{message: "consumer is not a pull consumer"}
	// ErrNotPushConsumer: the consumer is a pull consumer.
	ErrNotPushConsumer JetStreamError = &jsError{message: "consumer is not a push consumer"}
	// ErrPinIDMismatch: another client is the pinned one now. A Fetch ends with it, and the next
	// one asks as a client that is new.
	ErrPinIDMismatch JetStreamError = &jsError{message: "pin ID mismatch"}
	// ErrServerShutdown: the consumer's server goes away; consuming goes on with another.
	ErrServerShutdown JetStreamError = &jsError{message: "server shutdown"}
	// ErrStreamNameRequired: a stream's name is empty.
	ErrStreamNameRequired JetStreamError = &jsError{message: "stream name is required"}
	// ErrStreamSourceMultipleFilterSubjectsNotSupported: the server doesn't know several transforms of a source.
	ErrStreamSourceMultipleFilterSubjectsNotSupported JetStreamError = &jsError{message: "stream sourcing with multiple subject filters not supported by nats-server"}
	// ErrStreamSourceNotSupported: the server doesn't know sources.
	ErrStreamSourceNotSupported JetStreamError = &jsError{message: "stream sourcing is not supported by nats-server"}
	// ErrStreamSourceSubjectTransformNotSupported: the server doesn't know transforms of a source.
	ErrStreamSourceSubjectTransformNotSupported JetStreamError = &jsError{message: "stream subject transformation not supported by nats-server"}
	// ErrStreamSubjectTransformNotSupported: the server doesn't know transforms of a stream.
	ErrStreamSubjectTransformNotSupported JetStreamError = &jsError{message: "stream subject transformation not supported by nats-server"}
	// ErrTooManyStalledMsgs: as many messages as may be are unacknowledged, and none was in the time of [WithStallWait].
	ErrTooManyStalledMsgs JetStreamError = &jsError{message: "stalled with too many outstanding async published messages"}
)

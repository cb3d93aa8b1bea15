package nats

import (
	"errors"
	"fmt"
)

// What a server says against a request to JetStream, one for each code that programs ask
// for.
var (
	// ErrJetStreamNotEnabled: the server has no JetStream.
	ErrJetStreamNotEnabled JetStreamError = &jsError{apiErr: &APIError{503, JSErrCodeJetStreamNotEnabled, "jetstream not enabled"}}
	// ErrJetStreamNotEnabledForAccount: the account has no JetStream.
	ErrJetStreamNotEnabledForAccount JetStreamError = &jsError{apiErr: &APIError{503, JSErrCodeJetStreamNotEnabledForAccount, "jetstream not enabled for account"}}
	// ErrStreamNotFound: there is no such stream.
	ErrStreamNotFound JetStreamError = &jsError{apiErr: &APIError{404, JSErrCodeStreamNotFound, "stream not found"}}
	// ErrStreamNameAlreadyInUse: a stream of that name is there already, with another configuration.
	ErrStreamNameAlreadyInUse JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeStreamNameInUse, "stream name already in use"}}
	// ErrConsumerNotFound: there is no such consumer.
	ErrConsumerNotFound JetStreamError = &jsError{apiErr: &APIError{404, JSErrCodeConsumerNotFound, "consumer not found"}}
	// ErrMsgNotFound: the stream has no such message.
	ErrMsgNotFound JetStreamError = &jsError{apiErr: &APIError{404, JSErrCodeMessageNotFound, "message not found"}}
	// ErrBadRequest: the server didn't understand a request.
	ErrBadRequest JetStreamError = &jsError{apiErr: &APIError{400, JSErrCodeBadRequest, "bad request"}}
	// ErrDuplicateFilterSubjects: a consumer has both FilterSubject and FilterSubjects.
	ErrDuplicateFilterSubjects JetStreamError = &jsError{apiErr: &APIError{500, JSErrCodeDuplicateFilterSubjects, "consumer cannot have both FilterSubject and FilterSubjects specified"}}
	// ErrOverlappingFilterSubjects: two of FilterSubjects match the same subjects.
	ErrOverlappingFilterSubjects JetStreamError = &jsError{apiErr: &APIError{500, JSErrCodeOverlappingFilterSubjects, "consumer subject filters cannot overlap"}}
	// ErrEmptyFilter: one of FilterSubjects is empty.
	ErrEmptyFilter JetStreamError = &jsError{apiErr: &APIError{500, JSErrCodeConsumerEmptyFilter, "consumer filter in FilterSubjects cannot be empty"}}
)

// What the client itself finds.
var (
	// ErrAsyncPublishTimeout: no acknowledgement came in time; whether the message is stored isn't known: it is [ErrInDoubt], too.
	ErrAsyncPublishTimeout JetStreamError = &jsError{message: "timeout waiting for ack", doubt: true}
	// ErrCantAckIfConsumerAckNone: the consumer wants no acknowledgements.
	ErrCantAckIfConsumerAckNone JetStreamError = &jsError{message: "cannot acknowledge a message for a consumer with AckNone policy"}
	// ErrConsumerConfigRequired: AddConsumer or UpdateConsumer was given none.
	ErrConsumerConfigRequired JetStreamError = &jsError{message: "consumer configuration is required"}
	// ErrConsumerCreationResponseEmpty: a server's answer to making a consumer had nothing in it.
	ErrConsumerCreationResponseEmpty JetStreamError = &jsError{message: "consumer creation response is empty"}
	// ErrConsumerDeleted: the consumer was deleted, or isn't there.
	ErrConsumerDeleted JetStreamError = &jsError{message: "consumer deleted"}
	// ErrConsumerInfoOnOrderedReset: an ordered subscription's consumer is being made anew.
	ErrConsumerInfoOnOrderedReset JetStreamError = &jsError{message: "cannot fetch consumer info; ordered consumer is being reset"}
	// ErrConsumerLeadershipChanged: the consumer's leader changed.
	ErrConsumerLeadershipChanged JetStreamError = &jsError{message: "Leadership Changed"}
	// ErrConsumerMultipleFilterSubjectsNotSupported: the server doesn't know FilterSubjects.
	ErrConsumerMultipleFilterSubjectsNotSupported JetStreamError = &jsError{message: "multiple consumer filter subjects not supported by nats-server"}
	// ErrConsumerNameAlreadyInUse: a consumer of that name is there already, with another configuration.
	ErrConsumerNameAlreadyInUse JetStreamError = &jsError{message: "consumer name already in use"}
	// ErrConsumerNameRequired: a consumer's name is empty.
	ErrConsumerNameRequired JetStreamError = &jsError{message: "consumer name is required"}
	// ErrConsumerNotActive tells the error handler that nothing was heard of a push consumer
	// for two heartbeats; the subscription goes on.
	ErrConsumerNotActive JetStreamError = &jsError{message: "consumer not active"}
	// ErrContextAndTimeout: an operation was given both a context and a time.
	ErrContextAndTimeout JetStreamError = &jsError{message: "context and timeout can not both be set"}
	// ErrFetchDisconnected: a fetch ended without a message while the connection was away.
	ErrFetchDisconnected = &jsError{message: "disconnected during fetch"}
	// ErrInvalidConsumerName: a consumer's name has a space, a dot, a wildcard or a slash in it.
	ErrInvalidConsumerName JetStreamError = &jsError{message: "invalid consumer name"}
	// ErrInvalidDurableName: a durable consumer's name has a dot in it.
	//
	// Deprecated: nothing returns it; see [ErrInvalidConsumerName].
	ErrInvalidDurableName = errors.New("nats: invalid durable name")
	// ErrInvalidFilterSubject: a filter subject can't be.
	ErrInvalidFilterSubject JetStreamError = &jsError{message: "invalid filter subject"}
	// ErrInvalidJSAck: what came in answer to a published message is no acknowledgement.
	ErrInvalidJSAck JetStreamError = &jsError{message: "invalid jetstream publish response"}
	// ErrInvalidStreamName: a stream's name has a space, a dot, a wildcard or a slash in it.
	ErrInvalidStreamName JetStreamError = &jsError{message: "invalid stream name"}
	// ErrJetStreamPublisherClosed: CleanupPublisher was called while the message was on its way, and whether it is stored isn't known: it is [ErrInDoubt], too.
	ErrJetStreamPublisherClosed JetStreamError = &jsError{message: "jetstream context closed", doubt: true}
	// ErrMsgAlreadyAckd: the message was acknowledged before.
	ErrMsgAlreadyAckd JetStreamError = &jsError{message: "message was already acknowledged"}
	// ErrNoHeartbeat: nothing was heard of the consumer for two heartbeats.
	ErrNoHeartbeat JetStreamError = &jsError{message: "no heartbeat received"}
	// ErrNoMatchingStream: no stream stores the subject.
	ErrNoMatchingStream JetStreamError = &jsError{message: "no stream matches subject"}
	// ErrNoStreamResponse: no stream answered for the subject.
	ErrNoStreamResponse JetStreamError = &jsError{message: "no response from stream"}
	// ErrNotJSMessage: the message isn't from a consumer.
	ErrNotJSMessage JetStreamError = &jsError{message: "not a jetstream message"}
	// ErrPullSubscribeRequired: the consumer is a pull consumer, for PullSubscribe.
	ErrPullSubscribeRequired JetStreamError = &jsError{message: "must use pull subscribe to bind to pull based consumer"}
	// ErrPullSubscribeToPushConsumer: the consumer is a push consumer, which PullSubscribe isn't for.
	ErrPullSubscribeToPushConsumer JetStreamError = &jsError{message: "cannot pull subscribe to push based consumer"}
	// ErrStreamConfigRequired: AddStream or UpdateStream was given none.
	ErrStreamConfigRequired JetStreamError = &jsError{message: "stream configuration is required"}
	// ErrStreamNameRequired: a stream's name is empty.
	ErrStreamNameRequired JetStreamError = &jsError{message: "stream name is required"}
	// ErrStreamSourceMultipleSubjectTransformsNotSupported: the server doesn't know several transforms of a source.
	ErrStreamSourceMultipleSubjectTransformsNotSupported JetStreamError = &jsError{message: "stream sourcing with multiple subject transforms not supported by nats-server"}
	// ErrStreamSourceNotSupported: the server doesn't know sources.
	ErrStreamSourceNotSupported JetStreamError = &jsError{message: "stream sourcing is not supported by nats-server"}
	// ErrStreamSourceSubjectTransformNotSupported: the server doesn't know transforms of a source.
	ErrStreamSourceSubjectTransformNotSupported JetStreamError = &jsError{message: "stream subject transformation not supported by nats-server"}
	// ErrStreamSubjectTransformNotSupported: the server doesn't know transforms of a stream.
	ErrStreamSubjectTransformNotSupported JetStreamError = &jsError{message: "stream subject transformation not supported by nats-server"}
	// ErrSubjectMismatch: the subject of a subscription isn't the consumer's.
	ErrSubjectMismatch JetStreamError = &jsError{message: "subject does not match consumer"}
	// ErrSubscriptionClosed: the subscription ended while a fetch waited.
	ErrSubscriptionClosed JetStreamError = &jsError{message: "subscription closed"}
	// ErrTooManyStalledMsgs: as many messages as may be are unacknowledged, and none was in the time of [StallWait].
	ErrTooManyStalledMsgs JetStreamError = &jsError{message: "stalled with too many outstanding async published messages"}
)

// Error is the text.
func (e *ErrConsumerSequenceMismatch) Error() string {
	return fmt.Sprintf("nats: sequence mismatch for consumer at sequence %d (%d sequences behind), should restart consumer from stream sequence %d",
		e.ConsumerSequence, e.LastConsumerSequence-e.ConsumerSequence, e.StreamResumeSequence)
}

// ErrConsumerSequenceMismatch tells the error handler that messages of a push consumer
// were lost on their way. One that acknowledges gets them again after its AckWait.
type ErrConsumerSequenceMismatch struct {
	// StreamResumeSequence is the last message of the stream that came in.
	StreamResumeSequence uint64
	// ConsumerSequence is the number of the last delivery that came in.
	ConsumerSequence uint64
	// LastConsumerSequence is the number of the last delivery that was sent.
	LastConsumerSequence uint64
}

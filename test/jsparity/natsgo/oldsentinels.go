package scenarios

import (
	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/parity/env"
)

func oldSentinels() []env.Sentinel {
	return []env.Sentinel{
		{Name: "nats.ErrAsyncPublishTimeout", Err: nats.ErrAsyncPublishTimeout},
		{Name: "nats.ErrBadRequest", Err: nats.ErrBadRequest},
		{Name: "nats.ErrCantAckIfConsumerAckNone", Err: nats.ErrCantAckIfConsumerAckNone},
		{Name: "nats.ErrConsumerConfigRequired", Err: nats.ErrConsumerConfigRequired},
		{Name: "nats.ErrConsumerCreationResponseEmpty", Err: nats.ErrConsumerCreationResponseEmpty},
		{Name: "nats.ErrConsumerDeleted", Err: nats.ErrConsumerDeleted},
		{Name: "nats.ErrConsumerInfoOnOrderedReset", Err: nats.ErrConsumerInfoOnOrderedReset},
		{Name: "nats.ErrConsumerLeadershipChanged", Err: nats.ErrConsumerLeadershipChanged},
		{Name: "nats.ErrConsumerMultipleFilterSubjectsNotSupported", Err: nats.ErrConsumerMultipleFilterSubjectsNotSupported},
		{Name: "nats.ErrConsumerNameAlreadyInUse", Err: nats.ErrConsumerNameAlreadyInUse},
		{Name: "nats.ErrConsumerNameRequired", Err: nats.ErrConsumerNameRequired},
		{Name: "nats.ErrConsumerNotActive", Err: nats.ErrConsumerNotActive},
		{Name: "nats.ErrConsumerNotFound", Err: nats.ErrConsumerNotFound},
		{Name: "nats.ErrContextAndTimeout", Err: nats.ErrContextAndTimeout},
		{Name: "nats.ErrDuplicateFilterSubjects", Err: nats.ErrDuplicateFilterSubjects},
		{Name: "nats.ErrEmptyFilter", Err: nats.ErrEmptyFilter},
		{Name: "nats.ErrInvalidConsumerName", Err: nats.ErrInvalidConsumerName},
		{Name: "nats.ErrInvalidFilterSubject", Err: nats.ErrInvalidFilterSubject},
		{Name: "nats.ErrInvalidJSAck", Err: nats.ErrInvalidJSAck},
		{Name: "nats.ErrInvalidStreamName", Err: nats.ErrInvalidStreamName},
		{Name: "nats.ErrJetStreamNotEnabled", Err: nats.ErrJetStreamNotEnabled},
		{Name: "nats.ErrJetStreamNotEnabledForAccount", Err: nats.ErrJetStreamNotEnabledForAccount},
		{Name: "nats.ErrJetStreamPublisherClosed", Err: nats.ErrJetStreamPublisherClosed},
		{Name: "nats.ErrMsgAlreadyAckd", Err: nats.ErrMsgAlreadyAckd},
		{Name: "nats.ErrMsgNotFound", Err: nats.ErrMsgNotFound},
		{Name: "nats.ErrNoHeartbeat", Err: nats.ErrNoHeartbeat},
		{Name: "nats.ErrNoMatchingStream", Err: nats.ErrNoMatchingStream},
		{Name: "nats.ErrNoStreamResponse", Err: nats.ErrNoStreamResponse},
		{Name: "nats.ErrNotJSMessage", Err: nats.ErrNotJSMessage},
		{Name: "nats.ErrOverlappingFilterSubjects", Err: nats.ErrOverlappingFilterSubjects},
		{Name: "nats.ErrPullSubscribeRequired", Err: nats.ErrPullSubscribeRequired},
		{Name: "nats.ErrPullSubscribeToPushConsumer", Err: nats.ErrPullSubscribeToPushConsumer},
		{Name: "nats.ErrStreamConfigRequired", Err: nats.ErrStreamConfigRequired},
		{Name: "nats.ErrStreamNameAlreadyInUse", Err: nats.ErrStreamNameAlreadyInUse},
		{Name: "nats.ErrStreamNameRequired", Err: nats.ErrStreamNameRequired},
		{Name: "nats.ErrStreamNotFound", Err: nats.ErrStreamNotFound},
		{Name: "nats.ErrStreamSourceMultipleSubjectTransformsNotSupported", Err: nats.ErrStreamSourceMultipleSubjectTransformsNotSupported},
		{Name: "nats.ErrStreamSourceNotSupported", Err: nats.ErrStreamSourceNotSupported},
		{Name: "nats.ErrStreamSourceSubjectTransformNotSupported", Err: nats.ErrStreamSourceSubjectTransformNotSupported},
		{Name: "nats.ErrStreamSubjectTransformNotSupported", Err: nats.ErrStreamSubjectTransformNotSupported},
		{Name: "nats.ErrSubjectMismatch", Err: nats.ErrSubjectMismatch},
		{Name: "nats.ErrSubscriptionClosed", Err: nats.ErrSubscriptionClosed},
		{Name: "nats.ErrTooManyStalledMsgs", Err: nats.ErrTooManyStalledMsgs},
	}
}

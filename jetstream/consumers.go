package jetstream

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nuid"
)

// ConsumerManager makes, finds and removes the consumers of one stream.
//
// Errors of all its methods: [ErrInvalidConsumerName] for names that can't be,
// [ErrStreamNotFound], [ErrConsumerNotFound], [nats.ErrNoResponders] when nobody
// answers for the API, the context's, and an [APIError] for whatever else the server
// has against it.
type ConsumerManager interface {
	// CreateOrUpdateConsumer changes the consumer, or makes it.
	CreateOrUpdateConsumer(ctx context.Context, cfg ConsumerConfig) (Consumer, error)
	// CreateConsumer makes a consumer, which can be consumed from if it is a pull
	// consumer. One that is there already with the same
	// configuration is fine; with another it is [ErrConsumerExists].
	CreateConsumer(ctx context.Context, cfg ConsumerConfig) (Consumer, error)
	// UpdateConsumer changes a consumer's configuration. [ErrConsumerDoesNotExist]
	// says that there is none.
	UpdateConsumer(ctx context.Context, cfg ConsumerConfig) (Consumer, error)
	// Consumer finds a pull consumer. [ErrNotPullConsumer] says that it is another.
	Consumer(ctx context.Context, consumer string) (Consumer, error)
	// OrderedConsumer makes a consumer that delivers the stream's messages in order and
	// each once, needs no acknowledgements, and is made anew, behind the last message,
	// when it is lost. The server keeps nothing of it.
	OrderedConsumer(ctx context.Context, cfg OrderedConsumerConfig) (Consumer, error)
	// CreateOrUpdatePushConsumer is CreateOrUpdateConsumer of one with a
	// [ConsumerConfig].DeliverSubject; without, it is [ErrNotPushConsumer].
	CreateOrUpdatePushConsumer(ctx context.Context, cfg ConsumerConfig) (PushConsumer, error)
	// CreatePushConsumer is CreateConsumer of one with a DeliverSubject; without, it is
	// [ErrNotPushConsumer].
	CreatePushConsumer(ctx context.Context, cfg ConsumerConfig) (PushConsumer, error)
	// UpdatePushConsumer is UpdateConsumer of one with a DeliverSubject; without, it is
	// [ErrNotPushConsumer].
	UpdatePushConsumer(ctx context.Context, cfg ConsumerConfig) (PushConsumer, error)
	// PushConsumer finds a push consumer. [ErrNotPushConsumer] says that it is another.
	PushConsumer(ctx context.Context, consumer string) (PushConsumer, error)
	// DeleteConsumer removes a consumer.
	DeleteConsumer(ctx context.Context, consumer string) error
	// PauseConsumer lets a consumer deliver nothing until then.
	PauseConsumer(ctx context.Context, consumer string, pauseUntil time.Time) (*ConsumerPauseResponse, error)
	// ResumeConsumer ends a pause.
	ResumeConsumer(ctx context.Context, consumer string) (*ConsumerPauseResponse, error)
	// ListConsumers asks for all consumers, and returns when it has them.
	ListConsumers(context.Context) ConsumerInfoLister
	// ConsumerNames asks for the names of all consumers, and returns when it has them.
	ConsumerNames(context.Context) ConsumerNameLister
	// UnpinConsumer takes the pin from the pinned client of a group.
	UnpinConsumer(ctx context.Context, consumer string, group string) error
	// ResetConsumer lets a consumer deliver again all that isn't acknowledged, from
	// the one behind its acknowledgement floor on.
	ResetConsumer(ctx context.Context, consumer string) (*ConsumerResetResponse, error)
	// ResetConsumerToSequence lets it go on from that sequence number, which must
	// agree with where it begins, or it is [ErrConsumerInvalidReset].
	ResetConsumerToSequence(ctx context.Context, consumer string, seq uint64) (*ConsumerResetResponse, error)
}

// StreamConsumerManager makes, finds and removes the consumers of any stream. Its
// methods are those of [ConsumerManager] with the stream's name.
type StreamConsumerManager interface {
	// CreateOrUpdateConsumer changes the consumer, or makes it.
	CreateOrUpdateConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (Consumer, error)
	// CreateConsumer makes a pull consumer.
	CreateConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (Consumer, error)
	// UpdateConsumer changes a consumer's configuration.
	UpdateConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (Consumer, error)
	// Consumer finds a pull consumer.
	Consumer(ctx context.Context, stream string, consumer string) (Consumer, error)
	// OrderedConsumer makes a consumer that delivers messages in order and each once.
	OrderedConsumer(ctx context.Context, stream string, cfg OrderedConsumerConfig) (Consumer, error)
	// CreateOrUpdatePushConsumer changes the push consumer, or makes it.
	CreateOrUpdatePushConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (PushConsumer, error)
	// CreatePushConsumer makes a push consumer.
	CreatePushConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (PushConsumer, error)
	// UpdatePushConsumer changes a push consumer's configuration.
	UpdatePushConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (PushConsumer, error)
	// PushConsumer finds a push consumer.
	PushConsumer(ctx context.Context, stream string, consumer string) (PushConsumer, error)
	// DeleteConsumer removes a consumer.
	DeleteConsumer(ctx context.Context, stream string, consumer string) error
	// PauseConsumer lets a consumer deliver nothing until then.
	PauseConsumer(ctx context.Context, stream string, consumer string, pauseUntil time.Time) (*ConsumerPauseResponse, error)
	// ResumeConsumer ends a pause.
	ResumeConsumer(ctx context.Context, stream string, consumer string) (*ConsumerPauseResponse, error)
	// ResetConsumer lets a consumer deliver again all that isn't acknowledged.
	ResetConsumer(ctx context.Context, stream string, consumer string) (*ConsumerResetResponse, error)
	// ResetConsumerToSequence lets it go on from that sequence number.
	ResetConsumerToSequence(ctx context.Context, stream string, consumer string, seq uint64) (*ConsumerResetResponse, error)
}

// What the server is to do with a consumer's configuration.
const (
	actionCreate = "create"
	actionUpdate = "update"
	actionAny    = ""
)

type consumerRequest struct {
	Stream string          `json:"stream_name"`
	Config *ConsumerConfig `json:"config"`
	Action string          `json:"action"`
}

type consumerResponse struct {
	response
	*ConsumerInfo
}

func (js *jetStream) CreateConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (Consumer, error) {
	return js.putConsumer(ctx, stream, cfg, actionCreate)
}

func (js *jetStream) UpdateConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (Consumer, error) {
	return js.putConsumer(ctx, stream, cfg, actionUpdate)
}

func (js *jetStream) CreateOrUpdateConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (Consumer, error) {
	return js.putConsumer(ctx, stream, cfg, actionAny)
}

func (js *jetStream) putConsumer(ctx context.Context, stream string, cfg ConsumerConfig, action string) (Consumer, error) {
	if err := checkStream(stream); err != nil {
		return nil, err
	}
	if cfg.FilterSubject != "" && badFilter(cfg.FilterSubject) {
		return nil, fmt.Errorf("%w: %q", ErrInvalidSubject, cfg.FilterSubject)
	}
	name := cfg.Name
	if name == "" {
		name = cfg.Durable
	}
	if name == "" {
		name = nuid.Next()
		cfg.Name = name // so that a request that is made again makes no second one
	}
	if err := checkConsumer(name); err != nil {
		return nil, err
	}
	filter := cfg.FilterSubject
	if len(cfg.FilterSubjects) > 0 {
		filter = ""
	}
	var resp consumerResponse
	body := consumerRequest{Stream: stream, Config: &cfg, Action: action}
	if err := js.ask(ctx, js.api.ConsumerCreate(stream, name, filter), body, &resp, safe); err != nil {
		return nil, err
	}
	switch {
	case resp.Error != nil:
		return nil, resp.Error.sentinel()
	case resp.ConsumerInfo == nil:
		return nil, ErrConsumerCreationResponseEmpty
	case len(cfg.FilterSubjects) > 0 && len(resp.Config.FilterSubjects) == 0:
		return nil, ErrConsumerMultipleFilterSubjectsNotSupported
	}
	return js.consumer(stream, resp.ConsumerInfo), nil
}

// consumerInfo asks for a consumer.
func (js *jetStream) consumerInfo(ctx context.Context, stream, name string) (*ConsumerInfo, error) {
	var resp consumerResponse
	if err := js.ask(ctx, js.api.ConsumerInfo(stream, name), nil, &resp, safe); err != nil {
		return nil, err
	}
	switch {
	case resp.Error != nil:
		return nil, resp.Error.sentinel()
	case resp.ConsumerInfo == nil:
		return nil, empty("consumer")
	}
	return resp.ConsumerInfo, nil
}

func checkBoth(stream, consumer string) error {
	if err := checkStream(stream); err != nil {
		return err
	}
	return checkConsumer(consumer)
}

func (js *jetStream) Consumer(ctx context.Context, stream, name string) (Consumer, error) {
	if err := checkBoth(stream, name); err != nil {
		return nil, err
	}
	info, err := js.consumerInfo(ctx, stream, name)
	if err != nil {
		return nil, err
	}
	if info.Config.DeliverSubject != "" {
		return nil, ErrNotPullConsumer
	}
	return js.consumer(stream, info), nil
}

func (js *jetStream) DeleteConsumer(ctx context.Context, stream, name string) error {
	if err := checkBoth(stream, name); err != nil {
		return err
	}
	return js.command(ctx, js.api.ConsumerDelete(stream, name), nil, nil)
}

func (js *jetStream) PauseConsumer(ctx context.Context, stream, name string, until time.Time) (*ConsumerPauseResponse, error) {
	return js.pause(ctx, stream, name, &until)
}

func (js *jetStream) ResumeConsumer(ctx context.Context, stream, name string) (*ConsumerPauseResponse, error) {
	return js.pause(ctx, stream, name, nil)
}

func (js *jetStream) pause(ctx context.Context, stream, name string, until *time.Time) (*ConsumerPauseResponse, error) {
	if err := checkBoth(stream, name); err != nil {
		return nil, err
	}
	var resp struct {
		response
		ConsumerPauseResponse
	}
	body := struct {
		PauseUntil *time.Time `json:"pause_until,omitempty"`
	}{until}
	if err := js.ask(ctx, js.api.ConsumerPause(stream, name), body, &resp, safe); err != nil {
		return nil, err
	}
	if resp.Error != nil {
		return nil, resp.Error.sentinel()
	}
	return &resp.ConsumerPauseResponse, nil
}

func (js *jetStream) UnpinConsumer(ctx context.Context, stream, name, group string) error {
	if err := checkBoth(stream, name); err != nil {
		return err
	}
	var resp struct{ response }
	body := struct {
		Group string `json:"group"`
	}{group}
	if err := js.ask(ctx, js.api.ConsumerUnpin(stream, name), body, &resp, once); err != nil {
		return err
	}
	if resp.Error != nil {
		return resp.Error.sentinel()
	}
	return nil
}

func (js *jetStream) ResetConsumer(ctx context.Context, stream, name string) (*ConsumerResetResponse, error) {
	return js.reset(ctx, stream, name, nil)
}

func (js *jetStream) ResetConsumerToSequence(ctx context.Context, stream, name string, seq uint64) (*ConsumerResetResponse, error) {
	return js.reset(ctx, stream, name, struct {
		Seq uint64 `json:"seq"`
	}{seq})
}

func (js *jetStream) reset(ctx context.Context, stream, name string, body any) (*ConsumerResetResponse, error) {
	if err := checkBoth(stream, name); err != nil {
		return nil, err
	}
	var resp struct {
		response
		ConsumerResetResponse
	}
	if err := js.ask(ctx, js.api.ConsumerReset(stream, name), body, &resp, once); err != nil {
		return nil, err
	}
	switch {
	case resp.Error != nil && resp.Error.ErrorCode == JSErrCodeConsumerInvalidReset:
		return nil, ErrConsumerInvalidReset
	case resp.Error != nil:
		return nil, resp.Error.sentinel()
	case resp.ConsumerInfo == nil:
		return nil, ErrConsumerResetResponseEmpty
	}
	return &resp.ConsumerResetResponse, nil
}

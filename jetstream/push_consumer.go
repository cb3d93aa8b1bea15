package jetstream

import (
	"context"
	"sync/atomic"
)

// PushConsumer is one push consumer: the server sends its messages to a subject without
// being asked. A pull consumer ([Consumer]) suits most programs better: it gets what it has
// room for. It is safe for concurrent use.
type PushConsumer interface {
	// Consume subscribes to the consumer's subject, as a member of its DeliverGroup if it
	// has one, and calls handler for one message after another, on one goroutine, until it
	// is stopped or drained, see [ConsumeContext].
	//
	// It goes on over a lost connection, a change of the consumer's leader and a restart
	// of servers. With [ConsumerConfig].IdleHeartbeat [ErrNoHeartbeat] is reported to the
	// [ConsumeErrHandler] whenever nothing was heard for two of them while there was a
	// connection, and the consumer is looked at; without, it is looked at some seconds
	// after a new connection on which nothing came. [ErrConsumerDeleted] says, once, that
	// it isn't there any more: one that is made anew with the same DeliverSubject is
	// consumed from as if nothing had been.
	//
	// With [ConsumerConfig].FlowControl the server sends on when the handler is done with
	// what it sent. Without, and with more than 524,288 messages or 64 MiB that wait for
	// the handler, what comes is dropped, which is reported as [nats.ErrSlowConsumer]; the
	// server sends it again after the AckWait, if it wants acknowledgements. What waited for
	// the handler for seven eighths of its AckWait is left out, as by [Consumer].Consume.
	//
	// Errors: [ErrHandlerRequired] for a handler that is nil, [ErrConsumerAlreadyConsuming]
	// while a Consume of this value is at work, those of subscribing.
	Consume(handler MessageHandler, opts ...PushConsumeOpt) (ConsumeContext, error)
	// Info asks the server for the consumer's configuration and state.
	Info(context.Context) (*ConsumerInfo, error)
	// CachedInfo is what the server said last, without asking. It is shared: don't
	// change it.
	CachedInfo() *ConsumerInfo
}

// PushConsumeOpt is an option of PushConsumer.Consume: a [ConsumeErrHandler].
type PushConsumeOpt interface{ configurePushConsume(*pushOptions) error }

type pushOptions struct {
	errHandler ConsumeErrHandler
}

func (x ConsumeErrHandler) configurePushConsume(o *pushOptions) error {
	o.errHandler = x
	return nil
}

type pushConsumer struct {
	c    *consumer
	busy atomic.Bool
}

func (p *pushConsumer) Info(ctx context.Context) (*ConsumerInfo, error) { return p.c.Info(ctx) }
func (p *pushConsumer) CachedInfo() *ConsumerInfo                       { return p.c.CachedInfo() }

func (js *jetStream) putPush(ctx context.Context, stream string, cfg ConsumerConfig, action string) (PushConsumer, error) {
	if cfg.DeliverSubject == "" {
		return nil, ErrNotPushConsumer
	}
	c, err := js.putConsumer(ctx, stream, cfg, action)
	if err != nil {
		return nil, err
	}
	return &pushConsumer{c: c.(*consumer)}, nil
}

func (js *jetStream) CreatePushConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (PushConsumer, error) {
	return js.putPush(ctx, stream, cfg, actionCreate)
}

func (js *jetStream) UpdatePushConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (PushConsumer, error) {
	return js.putPush(ctx, stream, cfg, actionUpdate)
}

func (js *jetStream) CreateOrUpdatePushConsumer(ctx context.Context, stream string, cfg ConsumerConfig) (PushConsumer, error) {
	return js.putPush(ctx, stream, cfg, actionAny)
}

func (js *jetStream) PushConsumer(ctx context.Context, stream, name string) (PushConsumer, error) {
	if err := checkBoth(stream, name); err != nil {
		return nil, err
	}
	info, err := js.consumerInfo(ctx, stream, name)
	if err != nil {
		return nil, err
	}
	if info.Config.DeliverSubject == "" {
		return nil, ErrNotPushConsumer
	}
	return &pushConsumer{c: js.consumer(stream, info)}, nil
}

func (s *stream) CreatePushConsumer(ctx context.Context, cfg ConsumerConfig) (PushConsumer, error) {
	return s.js.CreatePushConsumer(ctx, s.name, cfg)
}

func (s *stream) UpdatePushConsumer(ctx context.Context, cfg ConsumerConfig) (PushConsumer, error) {
	return s.js.UpdatePushConsumer(ctx, s.name, cfg)
}

func (s *stream) CreateOrUpdatePushConsumer(ctx context.Context, cfg ConsumerConfig) (PushConsumer, error) {
	return s.js.CreateOrUpdatePushConsumer(ctx, s.name, cfg)
}

func (s *stream) PushConsumer(ctx context.Context, name string) (PushConsumer, error) {
	return s.js.PushConsumer(ctx, s.name, name)
}

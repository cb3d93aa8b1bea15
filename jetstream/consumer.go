package jetstream

import (
	"context"
	"sync/atomic"
)

// Consumer is one pull consumer. It is safe for concurrent use, and several of its
// methods may be at work at once: each gets its own share of the messages.
//
// All of them go on over a lost connection, a change of the consumer's leader and a
// restart of servers, as long as the consumer itself is still there.
type Consumer interface {
	// Fetch gets up to batch messages, at most until [FetchMaxWait] (30 s), and
	// returns at once: the messages come by the batch's channel.
	Fetch(batch int, opts ...FetchOpt) (MessageBatch, error)
	// FetchBytes is Fetch of as many messages as fit into maxBytes, subjects and
	// headers included.
	FetchBytes(maxBytes int, opts ...FetchOpt) (MessageBatch, error)
	// FetchNoWait is Fetch of what is there at the moment.
	FetchNoWait(batch int) (MessageBatch, error)
	// Consume calls handler for one message after another, on one goroutine, until it
	// is stopped, drained or over, see [ConsumeContext]. [ErrHandlerRequired] says
	// that handler is nil.
	//
	// A message of a consumer with [AckExplicitPolicy] that waited for the handler for
	// seven eighths of its AckWait is left out, since the server delivers it again, unless
	// that was the last of MaxDeliver; one that waited for a quarter of it is said to be in
	// progress when the handler begins. With [StopAfter] neither is done.
	Consume(handler MessageHandler, opts ...PullConsumeOpt) (ConsumeContext, error)
	// Messages gives one message after another by MessagesContext.Next. What waits for
	// Next is treated as by Consume.
	Messages(opts ...PullMessagesOpt) (MessagesContext, error)
	// Next gets one message, at most until [FetchMaxWait] (30 s), which then is
	// [nats.ErrTimeout].
	Next(opts ...FetchOpt) (Msg, error)
	// Info asks the server for the consumer's configuration and state.
	Info(context.Context) (*ConsumerInfo, error)
	// CachedInfo is what the server said last, without asking. It is shared: don't
	// change it.
	CachedInfo() *ConsumerInfo
}

// MessageHandler handles a message of Consume.
type MessageHandler func(msg Msg)

type consumer struct {
	js           *jetStream
	stream, name string
	info         atomic.Pointer[ConsumerInfo]
	pins         pins
}

func (js *jetStream) consumer(stream string, info *ConsumerInfo) *consumer {
	c := &consumer{js: js, stream: stream, name: info.Name}
	c.info.Store(info)
	return c
}

func (c *consumer) CachedInfo() *ConsumerInfo { return c.info.Load() }

func (c *consumer) Info(ctx context.Context) (*ConsumerInfo, error) {
	info, err := c.js.consumerInfo(ctx, c.stream, c.name)
	if err != nil {
		return nil, err
	}
	c.info.Store(info)
	return info, nil
}

// replicated says whether the consumer's leader can change.
func (c *consumer) replicated() bool {
	cl := c.info.Load().Cluster
	return cl != nil && len(cl.Replicas) > 0
}

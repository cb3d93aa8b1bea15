package nats

import (
	"context"
	"sync"
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/objectstore"
	"github.com/evernats/nats/internal/js/port"
)

// objectHost is what package objectstore has of a bucket.
type objectHost struct {
	js     *jsContext
	stream string
	direct bool // whoever has a copy may answer
}

func (h *objectHost) NewInbox() string  { return h.js.nc.NewInbox() }
func (h *objectHost) MaxPayload() int64 { return h.js.nc.MaxPayload() }

func (h *objectHost) Inline(subject string, take func(objectstore.Answer), ended func()) (port.Sub, error) {
	return jsPort{h.js.nc}.Inline(subject, func(m *Msg) {
		take(objectstore.Answer{Subject: m.Subject, Nobody: isNoResponders(m), Data: m.Data})
	}, nil, ended, false)
}

func (h *objectHost) Watch(l port.Listener) (port.Link, bool) { return jsPort{h.js.nc}.Watch(l) }
func (h *objectHost) Unwatch(l port.Listener)                 { jsPort{h.js.nc}.Unwatch(l) }

func (h *objectHost) Queue(subject, reply string, hdr, data []byte) (uint64, error) {
	return h.js.nc.publish(atOnce, subject, reply, hdr, data)
}

func (h *objectHost) Last(ctx context.Context, subject string, leader bool) (objectstore.Stored, error) {
	opts := []JSOpt{Context(ctx), jsOptFn(func(o *jsOpts) error {
		o.direct, o.directNext = h.direct && !leader, ""
		return nil
	})}
	m, err := h.js.GetLastMsg(h.stream, subject, opts...)
	if err != nil {
		return objectstore.Stored{}, err
	}
	return objectstore.Stored{Data: m.Data, Seq: m.Sequence, At: m.Time}, nil
}

func (h *objectHost) Publish(ctx context.Context, subject string, header map[string][]string, data []byte) (uint64, error) {
	ack, err := h.js.PublishMsg(&Msg{Subject: subject, Header: header, Data: data}, Context(ctx))
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

func (h *objectHost) Count(ctx context.Context, subject string) (uint64, error) {
	info, err := h.js.StreamInfo(h.stream, &StreamInfoRequest{SubjectsFilter: subject}, Context(ctx))
	if err != nil {
		return 0, err
	}
	return info.State.Subjects[subject], nil
}

func (h *objectHost) Purge(ctx context.Context, subject string) error {
	return h.js.PurgeStream(h.stream, &StreamPurgeRequest{Subject: subject}, Context(ctx))
}

func (h *objectHost) Remove(ctx context.Context, seq uint64) error {
	return h.js.DeleteMsg(h.stream, seq, Context(ctx))
}

func (h *objectHost) Bucket(ctx context.Context, name string) (*objectstore.Store, error) {
	other, err := h.js.findObjectStore(name, Context(ctx))
	if err != nil {
		return nil, err
	}
	return other.store, nil
}

func (h *objectHost) Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, h.js.opts.wait)
}

// objectSource reads by an ordered subscription, whose flow control holds the server back
// when the program is slow.
type objectSource struct {
	sub     *Subscription
	pending uint64

	mu  sync.Mutex
	err error // why it can't go on
}

func (h *objectHost) Read(ctx context.Context, subject string, how objectstore.Reading) (objectstore.Source, error) {
	s := &objectSource{}
	sub, err := h.js.SubscribeSync(subject, OrderedConsumer(), BindStream(h.stream), jsSubOptFn(func(o *jsSubOpts) error {
		o.cfg.HeadersOnly, o.beginning, o.plan = how.HeadersOnly, ctx, s
		if how.After > 0 {
			o.cfg.DeliverPolicy, o.cfg.OptStartSeq = DeliverByStartSequencePolicy, how.After+1
		}
		return nil
	}))
	if err != nil {
		return nil, err
	}
	s.sub = sub
	s.pending, err = sub.InitialConsumerPending()
	return s, err
}

func (s *objectSource) Pending() uint64 { return s.pending }
func (s *objectSource) Done([]byte)     {}

func (s *objectSource) Next(ctx context.Context, wait time.Duration) (c objectstore.Chunk, ok bool, err error) {
	m, err := s.sub.NextMsg(0)
	if err == ErrTimeout {
		bounded, cancel := context.WithTimeout(ctx, wait)
		m, err = s.sub.NextMsgWithContext(bounded)
		if ours := bounded.Err(); err != nil && err == ours && ctx.Err() == nil {
			err = ErrTimeout
		}
		cancel()
	}
	switch {
	case err == ErrTimeout:
		return c, false, nil
	case err != nil:
		return c, false, s.why(err)
	}
	d, ok := api.ParseAck(m.Reply)
	if !ok {
		return c, false, ErrNotJSMessage
	}
	return objectstore.Chunk{Data: m.Data, ID: m.Header.Get(MsgIdHdr), Seq: d.StreamSeq, Pending: d.Pending}, true, nil
}

// why is why the subscription has ended.
func (s *objectSource) why(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	return err
}

func (s *objectSource) Stop() {
	if s.sub.unsubscribe(0) == nil {
		go s.sub.in.Gate().(*jsSub).remove() // what can't be removed its server removes
	}
}

// Each consumer of the subscription begins behind the last message.
func (s *objectSource) next(*ConsumerConfig, time.Duration) error { return nil }
func (s *objectSource) made(*ConsumerInfo)                        {}
func (s *objectSource) ended()                                    {}

func (s *objectSource) failed(err error) {
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
}

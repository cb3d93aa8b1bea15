package jetstream

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/objectstore"
	"github.com/evernats/nats/internal/js/port"
)

// objectHost is what package objectstore has of a bucket.
type objectHost struct {
	js     *jetStream
	stream string
	direct *stream // asks whoever has a copy, if the bucket allows it
	leader *stream // asks who has all
}

func (h *objectHost) NewInbox() string  { return h.js.nc.NewInbox() }
func (h *objectHost) MaxPayload() int64 { return h.js.nc.MaxPayload() }

func (h *objectHost) Inline(subject string, take func(objectstore.Answer), ended func()) (port.Sub, error) {
	return h.js.port.Inline(subject, func(m *nats.Msg) {
		take(objectstore.Answer{Subject: m.Subject, Nobody: len(m.Data) == 0 && m.Header.Get("Status") == "503", Data: m.Data})
	}, nil, ended, false)
}

func (h *objectHost) Watch(l port.Listener) (port.Link, bool) { return h.js.port.Watch(l) }
func (h *objectHost) Unwatch(l port.Listener)                 { h.js.port.Unwatch(l) }

func (h *objectHost) Queue(subject, reply string, hdr, data []byte) (uint64, error) {
	return h.js.port.Publish(subject, reply, hdr, data)
}

func (h *objectHost) Last(ctx context.Context, subject string, leader bool) (objectstore.Stored, error) {
	from := h.direct
	if leader {
		from = h.leader
	}
	m, err := from.GetLastMsgForSubject(ctx, subject)
	if err != nil {
		return objectstore.Stored{}, err
	}
	return objectstore.Stored{Data: m.Data, Seq: m.Sequence, At: m.Time}, nil
}

func (h *objectHost) Publish(ctx context.Context, subject string, header map[string][]string, data []byte) (uint64, error) {
	ack, err := h.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Header: header, Data: data})
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

func (h *objectHost) Count(ctx context.Context, subject string) (uint64, error) {
	info, err := h.leader.Info(ctx, WithSubjectFilter(subject))
	if err != nil {
		return 0, err
	}
	return info.State.Subjects[subject], nil
}

func (h *objectHost) Purge(ctx context.Context, subject string) error {
	return h.direct.Purge(ctx, WithPurgeSubject(subject))
}

func (h *objectHost) Remove(ctx context.Context, seq uint64) error {
	return h.js.command(ctx, h.js.api.MsgDelete(h.stream), msgDeleteRequest{seq, true}, nil)
}

func (h *objectHost) Bucket(ctx context.Context, name string) (*objectstore.Store, error) {
	other, err := h.js.ObjectStore(ctx, name)
	if err != nil {
		return nil, err
	}
	return other.(*objectStore).store, nil
}

func (h *objectHost) Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return h.js.withTimeout(ctx)
}

// objectSource reads by an ordered consumer.
type objectSource struct {
	memory  chunkMemory
	oc      *ordered
	it      *iterating
	pending uint64
	timer   *time.Timer
}

func (h *objectHost) Read(ctx context.Context, subject string, how objectstore.Reading) (objectstore.Source, error) {
	cfg := OrderedConsumerConfig{
		FilterSubjects: []string{subject}, DeliverPolicy: DeliverAllPolicy, HeadersOnly: how.HeadersOnly, InactiveThreshold: time.Minute,
	}
	if how.After > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq = DeliverByStartSequencePolicy, how.After+1
	}
	s := &objectSource{oc: &ordered{js: h.js, stream: h.stream, cfg: cfg, prefix: nuid.Next()}}
	it, info, err := s.oc.push(ctx, s.memory.get)
	if err != nil {
		return nil, err
	}
	s.it, s.pending = it, atFirst(info)
	return s, nil
}

func (s *objectSource) Pending() uint64  { return s.pending }
func (s *objectSource) Done(data []byte) { s.memory.done(data) }

// chunkMemory is memory for chunks that is used again: they come faster than the collector
// finds out about those that were read.
type chunkMemory struct {
	mu    sync.Mutex
	spare [][]byte
}

// sharedChunk is up to where a chunk shares its memory with others.
const sharedChunk = 4 << 10

// spareChunks bounds how many are kept; they are of one size, but for the last.
const spareChunks = 64

// get is called on the reader's goroutine.
func (c *chunkMemory) get(size int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.spare); n > 0 && cap(c.spare[n-1]) >= size {
		b := c.spare[n-1]
		c.spare = c.spare[:n-1]
		return b[:size]
	}
	return make([]byte, size)
}

func (c *chunkMemory) done(data []byte) {
	c.mu.Lock()
	if len(c.spare) < spareChunks && cap(data) > sharedChunk {
		c.spare = append(c.spare, data)
	}
	c.mu.Unlock()
}

func (s *objectSource) Next(ctx context.Context, wait time.Duration) (c objectstore.Chunk, ok bool, err error) {
	for waiting := false; ; waiting = true {
		m, err := s.it.next()
		switch {
		case err != nil:
			return c, false, err
		case m != nil:
			d, ok := api.ParseAck(m.Reply())
			if !ok {
				return c, false, ErrNotJSMessage
			}
			return objectstore.Chunk{Data: m.Data(), ID: m.Headers().Get(MsgIDHeader), Seq: d.StreamSeq, Pending: d.Pending}, true, nil
		case waiting:
		case s.timer == nil:
			s.timer = time.NewTimer(wait)
		default:
			s.timer.Reset(wait)
		}
		select {
		case <-s.it.wake:
		case <-ctx.Done():
			return c, false, ctx.Err()
		case <-s.timer.C:
			return c, false, nil
		}
	}
}

func (s *objectSource) Stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.it.Stop()
	s.oc.discard()
}

// discard ends an ordered consumer that isn't needed any more.
func (oc *ordered) discard() {
	oc.mu.Lock()
	cur := oc.cur
	oc.mu.Unlock()
	if cur != nil {
		go oc.remove(cur.name)
	}
}

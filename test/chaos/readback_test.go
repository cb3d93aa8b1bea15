package chaos

import (
	"context"
	"strings"
	"time"

	reference "github.com/nats-io/nats.go"
	referencejs "github.com/nats-io/nats.go/jetstream"
)

// readBack reads what the stream and the bucket have, with nats.go: what is to be proved
// can't be its own witness.
func (r *run) readBack() {
	r.Helper()
	nc, err := reference.Connect(strings.Join(r.URLs(), ","), reference.MaxReconnects(-1))
	must(r.T, err)
	defer nc.Close()
	js, err := referencejs.New(nc)
	must(r.T, err)
	r.until("reading the stream", func(context.Context) error {
		// As long as it takes: a long run has many messages.
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		all, err := r.readStream(ctx, js)
		r.h.do(func(time.Duration) { r.h.stored = all })
		return err
	})
	r.until("reading the bucket", func(ctx context.Context) error {
		kv, err := js.KeyValue(ctx, "CHAOS")
		if err != nil {
			return err
		}
		w, err := kv.WatchAll(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = w.Stop() }()
		for {
			select {
			case e := <-w.Updates():
				if e == nil {
					return ctx.Err()
				}
				u := update{key: e.Key(), value: string(e.Value()), rev: e.Revision(), gone: e.Operation() != referencejs.KeyValuePut}
				r.h.do(func(time.Duration) { r.h.bucket[u.key] = u })
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
}

func (r *run) readStream(ctx context.Context, js referencejs.JetStream) (all []stored, err error) {
	s, err := js.Stream(ctx, "CHAOS")
	if err != nil {
		return nil, err
	}
	c, err := s.CreateConsumer(ctx, referencejs.ConsumerConfig{AckPolicy: referencejs.AckNonePolicy})
	if err != nil {
		return nil, err
	}
	for last := s.CachedInfo().State.LastSeq; len(all) == 0 || all[len(all)-1].seq < last; {
		batch, err := c.Fetch(1000, referencejs.FetchMaxWait(time.Second))
		if err != nil {
			return nil, err
		}
		for msg := range batch.Messages() {
			meta, err := msg.Metadata()
			if err != nil {
				return nil, err
			}
			m := parse(r, msg.Data())
			m.seq = meta.Sequence.Stream
			all = append(all, m)
		}
		if batch.Error() != nil {
			return nil, batch.Error()
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return all, nil
}

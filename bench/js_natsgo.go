package main

import (
	"context"
	"io"

	"github.com/nats-io/nats.go/jetstream"
)

type natsGoJS struct {
	js jetstream.JetStream
	b  jetstream.ObjectStore
	kv jetstream.KeyValue
	// opts are made once: what they cost isn't the publishing's.
	opts []jetstream.PublishOpt
}

func (c natsGoClient) jetStream() jsClient {
	js, err := jetstream.New(c.nc, jetstream.WithPublishAsyncMaxPending(jsPending))
	must(err)
	return &natsGoJS{js: js, opts: []jetstream.PublishOpt{jetstream.WithStallWait(jsStall)}}
}

func (c *natsGoJS) stream(name, subj string) {
	_, err := c.js.CreateOrUpdateStream(context.Background(), jetstream.StreamConfig{
		Name: name, Subjects: []string{subj}, Storage: jetstream.MemoryStorage, MaxMsgs: jsKept, AllowBatchPublish: true,
	})
	must(err)
}

func (c *natsGoJS) bucket(name string) {
	b, err := c.js.CreateOrUpdateObjectStore(context.Background(), jetstream.ObjectStoreConfig{Bucket: name, Storage: jetstream.MemoryStorage})
	must(err)
	c.b = b
}

func (c *natsGoJS) publishAsync(subj string, data []byte) error {
	_, err := c.js.PublishAsync(subj, data, c.opts...)
	return err
}

func (c *natsGoJS) complete() { <-c.js.PublishAsyncComplete() }

func (c *natsGoJS) put(name string, r io.Reader) {
	_, err := c.b.Put(context.Background(), jetstream.ObjectMeta{Name: name}, r)
	must(err)
}

func (c *natsGoJS) get(name string) int64 {
	ctx, cancel := context.WithTimeout(context.Background(), jsStall)
	defer cancel()
	r, err := c.b.Get(ctx, name)
	must(err)
	n, err := io.Copy(io.Discard, r)
	must(err)
	must(r.Close())
	return n
}

func (c *natsGoJS) fastIngest(subj string, data []byte, n int) {
	for range n {
		must(c.publishAsync(subj, data))
	}
	c.complete()
}

func (c *natsGoJS) consume(how, stream string, explicit bool, n int) {
	ctx, cancel := context.WithTimeout(context.Background(), jsStall)
	defer cancel()
	policy := jetstream.AckNonePolicy
	if explicit {
		policy = jetstream.AckExplicitPolicy
	}
	cons, err := c.js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{AckPolicy: policy, MemoryStorage: true})
	must(err)
	each := func(m jetstream.Msg) {
		if explicit {
			must(m.Ack())
		}
	}
	switch how {
	case byConsume:
		all := make(chan struct{})
		left := n
		run, err := cons.Consume(func(m jetstream.Msg) {
			each(m)
			if left--; left == 0 {
				close(all)
			}
		})
		must(err)
		<-all
		run.Stop()
	case byMessages:
		run, err := cons.Messages()
		must(err)
		for range n {
			m, err := run.Next()
			must(err)
			each(m)
		}
		run.Stop()
	case byFetch:
		for got := 0; got < n; {
			batch, err := cons.Fetch(min(fetchSize, n-got))
			must(err)
			for m := range batch.Messages() {
				each(m)
				got++
			}
			must(batch.Error())
		}
	}
	must(c.js.DeleteConsumer(ctx, stream, cons.CachedInfo().Name))
}

func (c *natsGoJS) keyValue(bucket string) {
	kv, err := c.js.CreateOrUpdateKeyValue(context.Background(), jetstream.KeyValueConfig{Bucket: bucket, Storage: jetstream.MemoryStorage})
	must(err)
	c.kv = kv
}

func (c *natsGoJS) putKey(key string, data []byte) {
	_, err := c.kv.Put(context.Background(), key, data)
	must(err)
}

func (c *natsGoJS) getKey(key string) {
	_, err := c.kv.Get(context.Background(), key)
	must(err)
}

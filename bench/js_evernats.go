package main

import (
	"context"
	"io"

	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

type evernatsJS struct {
	js jetstream.JetStream
	b  jetstream.ObjectStore
	kv jetstream.KeyValue
	// opts are made once: what they cost isn't the publishing's.
	opts []jetstream.PublishOpt
}

func (c evernatsClient) jetStream() jsClient {
	js, err := jetstream.New(c.nc, jetstream.WithPublishAsyncMaxPending(jsPending))
	must(err)
	return &evernatsJS{js: js, opts: []jetstream.PublishOpt{jetstream.WithStallWait(jsStall)}}
}

func (c *evernatsJS) stream(name, subj string) {
	_, err := c.js.CreateOrUpdateStream(context.Background(), jetstream.StreamConfig{
		Name: name, Subjects: []string{subj}, Storage: jetstream.MemoryStorage, MaxMsgs: jsKept, AllowBatchPublish: true,
	})
	must(err)
}

func (c *evernatsJS) bucket(name string) {
	b, err := c.js.CreateOrUpdateObjectStore(context.Background(), jetstream.ObjectStoreConfig{Bucket: name, Storage: jetstream.MemoryStorage})
	must(err)
	c.b = b
}

func (c *evernatsJS) publishAsync(subj string, data []byte) error {
	_, err := c.js.PublishAsync(subj, data, c.opts...)
	return err
}

func (c *evernatsJS) complete() { <-c.js.PublishAsyncComplete() }

func (c *evernatsJS) put(name string, r io.Reader) {
	_, err := c.b.Put(context.Background(), jetstream.ObjectMeta{Name: name}, r)
	must(err)
}

func (c *evernatsJS) get(name string) int64 {
	ctx, cancel := context.WithTimeout(context.Background(), jsStall)
	defer cancel()
	r, err := c.b.Get(ctx, name)
	must(err)
	n, err := io.Copy(io.Discard, r)
	must(err)
	must(r.Close())
	return n
}

func (c *evernatsJS) fastIngest(subj string, data []byte, n int) {
	ctx, cancel := context.WithTimeout(context.Background(), jsStall)
	defer cancel()
	p, err := jetstreamext.NewFastPublisher(c.js)
	must(err)
	for range n {
		_, err := p.Publish(ctx, subj, data)
		must(err)
	}
	_, err = p.Flush(ctx)
	must(err)
}

func (c *evernatsJS) consume(how, stream string, explicit bool, n int) {
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

// consumer makes one that is asked for messages by a bare socket.
func (c *evernatsJS) consumer(stream string) (ask string, done func()) {
	ctx := context.Background()
	cons, err := c.js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true})
	must(err)
	name := cons.CachedInfo().Name
	return "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + name, func() { must(c.js.DeleteConsumer(ctx, stream, name)) }
}

func (c *evernatsJS) keyValue(bucket string) {
	kv, err := c.js.CreateOrUpdateKeyValue(context.Background(), jetstream.KeyValueConfig{Bucket: bucket, Storage: jetstream.MemoryStorage})
	must(err)
	c.kv = kv
}

func (c *evernatsJS) putKey(key string, data []byte) {
	_, err := c.kv.Put(context.Background(), key, data)
	must(err)
}

func (c *evernatsJS) getKey(key string) {
	_, err := c.kv.Get(context.Background(), key)
	must(err)
}

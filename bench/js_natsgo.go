package main

import (
	"context"
	"io"

	"github.com/nats-io/nats.go/jetstream"
)

type natsGoJS struct {
	js jetstream.JetStream
	b  jetstream.ObjectStore
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
		Name: name, Subjects: []string{subj}, Storage: jetstream.MemoryStorage, MaxMsgs: jsKept,
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

// Package scenarios holds the stories. They are written for nats.go; the directory
// evernats has the same files with the import lines changed.
package scenarios

import (
	"context"
	"fmt"
	"slices"
	"time"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/test/parity/env"
)

// All returns every scenario.
func All() []env.Scenario {
	return slices.Concat(streams(), consumers(), publishing(), consuming(), pulling(), ordered(), keyValue(), keyValueWatch(), objects(), leaves(), pushing(), legacy(), legacyPublishing(), legacySubscribing(), legacyWire(), legacyKeyValue(), legacyObjects(), others())
}

// Sentinels are the error variables under their names.
func Sentinels() []env.Sentinel {
	return slices.Concat(jsSentinels(), objectSentinels(), oldSentinels(), oldKVSentinels(), oldObjectSentinels(), []env.Sentinel{
		{Name: "nats.ErrTimeout", Err: nats.ErrTimeout},
		{Name: "nats.ErrNoResponders", Err: nats.ErrNoResponders},
		{Name: "nats.ErrConnectionClosed", Err: nats.ErrConnectionClosed},
		{Name: "nats.ErrDisconnected", Err: nats.ErrDisconnected},
		{Name: "nats.ErrInvalidMsg", Err: nats.ErrInvalidMsg},
		{Name: "nats.ErrBadSubject", Err: nats.ErrBadSubject},
		{Name: "nats.ErrBadSubscription", Err: nats.ErrBadSubscription},
		{Name: "nats.ErrMaxPayload", Err: nats.ErrMaxPayload},
		{Name: "nats.ErrTypeSubscription", Err: nats.ErrTypeSubscription},
		{Name: "nats.ErrSyncSubRequired", Err: nats.ErrSyncSubRequired},
		{Name: "nats.ErrInvalidArg", Err: nats.ErrInvalidArg},
		{Name: "nats.ErrNoDeadlineContext", Err: nats.ErrNoDeadlineContext},
		{Name: "nats.ErrMsgNotBound", Err: nats.ErrMsgNotBound},
		{Name: "nats.ErrMsgNoReply", Err: nats.ErrMsgNoReply},
		{Name: "nats.ErrMaxMessages", Err: nats.ErrMaxMessages},
		{Name: "nats.ErrBadQueueName", Err: nats.ErrBadQueueName},
		{Name: "nats.ErrFetchDisconnected", Err: nats.ErrFetchDisconnected},
		{Name: "nats.ErrInvalidDurableName", Err: nats.ErrInvalidDurableName},
	})
}

// world is a server with JetStream and a connection to it.
type world struct {
	*env.Env
	s   *env.Server
	nc  *nats.Conn
	js  jetstream.JetStream
	ctx context.Context
}

func begin(e *env.Env, opts ...jetstream.JetStreamOpt) *world {
	e.Helper()
	dir, err := makeDir(e)
	e.Must(err)
	s := e.Server(func(o *server.Options) { o.JetStream, o.StoreDir = true, dir })
	nc, err := nats.Connect(s.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	e.Must(err)
	e.Cleanup(nc.Close)
	js, err := jetstream.New(nc, opts...)
	e.Must(err)
	ctx, cancel := context.WithTimeout(context.Background(), env.Patience)
	e.Cleanup(cancel)
	return &world{e, s, nc, js, ctx}
}

// stream makes the stream S of s.>.
func (w *world) stream(change ...func(*jetstream.StreamConfig)) jetstream.Stream {
	w.Helper()
	cfg := jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}
	for _, f := range change {
		f(&cfg)
	}
	s, err := w.js.CreateStream(w.ctx, cfg)
	w.Must(err)
	return s
}

// fill stores n messages.
func (w *world) fill(n int) {
	w.Helper()
	for i := range n {
		_, err := w.js.Publish(w.ctx, fmt.Sprint("s.", i), []byte(fmt.Sprint("data ", i)))
		w.Must(err)
	}
}

func (w *world) consumer(cfg jetstream.ConsumerConfig) jetstream.Consumer {
	w.Helper()
	c, err := w.js.CreateOrUpdateConsumer(w.ctx, "S", cfg)
	w.Must(err)
	return c
}

// show is a message as the program sees it.
func show(m jetstream.Msg) string {
	if m == nil {
		return "none"
	}
	meta, err := m.Metadata()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %q %v #%d/%d x%d +%d %s/%s", m.Subject(), m.Data(), m.Headers(),
		meta.Sequence.Stream, meta.Sequence.Consumer, meta.NumDelivered, meta.NumPending, meta.Stream, meta.Consumer)
}

func ack(a *jetstream.PubAck) string {
	if a == nil {
		return "none"
	}
	return fmt.Sprintf("%s #%d %v %q %q", a.Stream, a.Sequence, a.Duplicate, a.Domain, a.Value)
}

// code is what a server said.
func code(err error) string {
	if je, ok := err.(jetstream.JetStreamError); ok && je.APIError() != nil {
		return fmt.Sprint(je.APIError().Code, "/", je.APIError().ErrorCode)
	}
	return "no code"
}

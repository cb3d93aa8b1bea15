// Package stories has a story for each of the failures that users report.
package stories

import (
	"slices"
	"strings"
	"sync"
	"time"

	nats "github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"

	. "github.com/evernats/nats/test/jetstream/failures"
)

// Rows are all of them.
func Rows() []Row {
	return slices.Concat(consuming(), ordered(), publishing(), objects(), ending(), stores())
}

// connect is how the program connects.
func connect(w *World, url string, opts ...nats.Option) *nats.Conn {
	w.Helper()
	nc, err := nats.Connect(url, append([]nats.Option{
		nats.ReconnectWait(50 * time.Millisecond), nats.MaxReconnects(-1), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}, opts...)...)
	w.Must(err)
	w.Cleanup(nc.Close)
	return nc
}

// all are the addresses of all servers.
func all(w *World) string { return strings.Join(w.Nodes.URLs(), ",") }

func open(w *World, nc *nats.Conn, opts ...jetstream.JetStreamOpt) jetstream.JetStream {
	w.Helper()
	js, err := jetstream.New(nc, opts...)
	w.Must(err)
	return js
}

// consumer is the durable consumer of that name, which the story has made.
func consumer(w *World, nc *nats.Conn, name string) jetstream.Consumer {
	w.Helper()
	js := open(w, nc)
	var c jetstream.Consumer
	w.Until("the consumer", func() bool {
		var err error
		c, err = js.Consumer(w.Context(), "S", name)
		return err == nil
	})
	return c
}

// reconnects tells when the connection is back.
func reconnects(nc *nats.Conn) chan time.Time {
	back := make(chan time.Time, 1000)
	nc.SetReconnectHandler(func(*nats.Conn) { back <- time.Now() })
	return back
}

// texts collects what was reported, each once.
type texts struct {
	mu   sync.Mutex
	list []string
	n    int
}

func (x *texts) add(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.n++
	if !slices.Contains(x.list, err.Error()) {
		x.list = append(x.list, err.Error())
	}
}

func (x *texts) count() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.n
}

func (x *texts) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.list) == 0 {
		return "no error"
	}
	return strings.Join(x.list, "; ")
}

// consume gives messages and reports of a Consume.
func consume(w *World, c jetstream.Consumer, opts ...jetstream.PullConsumeOpt) (chan string, *texts, jetstream.ConsumeContext) {
	w.Helper()
	got, told := make(chan string, 100_000), new(texts)
	cc, err := c.Consume(func(m jetstream.Msg) {
		m.Ack()
		got <- string(m.Data())
	}, append(opts, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { told.add(err) }))...)
	w.Must(err)
	w.Cleanup(cc.Stop)
	return got, told, cc
}

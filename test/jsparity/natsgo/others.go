package scenarios

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func others() []env.Scenario {
	return []env.Scenario{
		{Name: "account/info", Run: accountInfo},
		{Name: "account/without JetStream", Run: accountWithout},
		{Name: "options/prefix and domain", Run: optionsPrefix},
		{Name: "options/a copy", Run: optionsCopy},
		{Name: "options/trace", Run: optionsTrace},
		{Name: "errors/texts", Run: errorTexts},
		{Name: "errors/by code", Run: errorCodes},
		{Name: "enumerations", Run: enumerations},
	}
}

func accountInfo(e *env.Env) {
	w := begin(e)
	w.stream()
	w.fill(3)
	info, err := w.js.AccountInfo(w.ctx)
	e.Err("info", err)
	e.Log("%d streams, %d consumers, %v bytes, limits %+v, domain %q", info.Streams, info.Consumers, info.Store > 0, info.Limits, info.Domain)
}

func accountWithout(e *env.Env) {
	s := e.Server()
	nc, err := nats.Connect(s.URL())
	e.Must(err)
	e.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	e.Must(err)
	w := &world{Env: e, nc: nc, js: js, ctx: e.Context()}
	_, err = js.AccountInfo(w.ctx)
	e.Err("info", err)
	_, err = js.Stream(w.ctx, "S")
	e.Err("stream", err)
	_, err = js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "S"})
	e.Err("create", err)
	l := js.ListStreams(w.ctx)
	for range l.Info() {
	}
	e.Err("list", l.Err())
}

func optionsPrefix(e *env.Env) {
	w := begin(e)
	js, err := jetstream.NewWithAPIPrefix(w.nc, "pre.fix", jetstream.WithDefaultTimeout(time.Second))
	e.Err("prefix", err)
	e.Log("%+v %+v", js.Options().APIPrefix, js.Options().DefaultTimeout)
	js, err = jetstream.NewWithDomain(w.nc, "hub")
	e.Err("domain", err)
	e.Log("%+v %+v %+v", js.Options().APIPrefix, js.Options().Domain, js.Options().DefaultTimeout)
	js, err = jetstream.New(w.nc)
	e.Err("none", err)
	e.Log("%+v %+v %+v", js.Options().APIPrefix, js.Options().Domain, js.Conn() == w.nc)
	_, err = jetstream.NewWithAPIPrefix(w.nc, "")
	e.Err("an empty prefix", err)
	e.Log("%v", err)
	_, err = jetstream.NewWithDomain(w.nc, "")
	e.Err("an empty domain", err)
	e.Log("%v", err)
}

// What Options gives is the program's own: no change of it reaches the JetStream.
func optionsCopy(e *env.Env) {
	given := &jetstream.ClientTrace{RequestSent: func(string, []byte) { e.Log("given") }}
	w := begin(e, jetstream.WithClientTrace(given))
	o := w.js.Options()
	e.Log("%v", o.ClientTrace == given)
	o.ClientTrace.RequestSent = func(string, []byte) { e.Log("changed") }
	o.DefaultTimeout, o.Domain = time.Minute, "D"
	again := w.js.Options()
	e.Log("%v %q", again.DefaultTimeout, again.Domain)
	w.stream()
	given.RequestSent = func(string, []byte) { e.Log("given, changed") }
	_, err := w.js.Stream(w.ctx, "S")
	e.Err("stream", err)
	none, err := jetstream.New(w.nc)
	e.Must(err)
	e.Log("%v", none.Options().ClientTrace == nil)
}

func optionsTrace(e *env.Env) {
	var mu sync.Mutex
	w := begin(e, jetstream.WithClientTrace(&jetstream.ClientTrace{
		RequestSent: func(subj string, payload []byte) {
			mu.Lock()
			defer mu.Unlock()
			e.On("trace").Log("%s, %v bytes", subj, len(payload) > 0)
		},
		ResponseReceived: func(subj string, payload []byte, _ nats.Header) {
			mu.Lock()
			defer mu.Unlock()
			e.On("trace").Log("%s answers %v", subj, strings.HasPrefix(string(payload), "{"))
		},
	}))
	s := w.stream()
	_, err := s.Info(w.ctx)
	e.Err("info", err)
	_, err = s.CreateConsumer(w.ctx, jetstream.ConsumerConfig{Durable: "C", FilterSubject: "s.a"})
	e.Err("consumer", err)
	e.Err("purge", s.Purge(w.ctx))
}

func errorTexts(e *env.Env) {
	for _, s := range jsSentinels() {
		je := s.Err.(jetstream.JetStreamError)
		e.Log("%s: %s, %v", s.Name, s.Err, je.APIError())
	}
}

func errorCodes(e *env.Env) {
	a := &jetstream.APIError{Code: 404, ErrorCode: jetstream.JSErrCodeStreamNotFound, Description: "x"}
	e.Log("%s", a)
	e.Log("%v %v %v", errors.Is(a, jetstream.ErrStreamNotFound), errors.Is(jetstream.ErrStreamNotFound, a), errors.Is(a, jetstream.ErrConsumerNotFound))
	e.Log("%v %v", errors.Is(fmt.Errorf("wrapped: %w", a), jetstream.ErrStreamNotFound), errors.Is(a, jetstream.ErrNoMessages))
	var as *jetstream.APIError
	e.Log("%v", errors.As(jetstream.ErrStreamNotFound, &as))
}

func enumerations(e *env.Env) {
	for i := range 7 {
		e.Log("%s|%s|%s|%s|%s|%s|%s|%s", jetstream.AckPolicy(i), jetstream.DeliverPolicy(i), jetstream.DiscardPolicy(i),
			jetstream.PersistModeType(i), jetstream.ReplayPolicy(i), jetstream.RetentionPolicy(i), jetstream.StorageType(i), jetstream.StoreCompression(i))
	}
}

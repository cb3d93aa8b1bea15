package jetstream

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/jetstream"
)

// Whatever answers for the API, nothing panics, nothing hangs, and nothing that wasn't
// there is returned without an error.
func TestNonsenseFromTheAPIIsAnError(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.down()
	s.opts.JetStream = false
	s.up()
	nc := connect(t, s.url())
	api := connect(t, s.url())
	var said atomic.Pointer[nats.Msg] // what is answered; an answer to a call that gave up may be late
	say := func(answer string, h nats.Header) { said.Store(&nats.Msg{Data: []byte(answer), Header: h}) }
	for _, subj := range []string{"$JS.API.>", "s.>"} {
		_, err := api.Subscribe(subj, func(m *nats.Msg) {
			a := said.Load()
			m.RespondMsg(&nats.Msg{Data: a.Data, Header: a.Header})
		})
		must(t, err)
	}
	must(t, api.Flush())
	js := newJS(t, nc, jetstream.WithDefaultTimeout(time.Second))
	// A stream and a consumer to ask, made of answers that make sense.
	say(`{"config":{"name":"S"},"state":{}}`, nil)
	st := must1[jetstream.Stream](t)(js.Stream(within(t), "S"))
	say(`{"config":{"name":"S","allow_direct":true},"state":{}}`, nil)
	direct := must1[jetstream.Stream](t)(js.Stream(within(t), "S"))
	say(`{"stream_name":"S","name":"C","config":{}}`, nil)
	c := must1[jetstream.Consumer](t)(js.Consumer(within(t), "S", "C"))
	for _, h := range []nats.Header{nil, {"Status": {"409"}}, {"Nats-Sequence": {"x"}}} {
		for _, answer := range []string{
			"", "null", "[]", "{}", "7", `"x"`, "{", `{"error":null}`, `{"error":{}}`, `{"error":7}`, `{"type":5}`,
			`{"config":null,"state":null,"message":null,"streams":null,"consumers":null,"stream":null}`,
			`{"total":5}`, `{"total":-1}`, `{"streams":[null],"total":1,"consumers":[null]}`, `{"total":1e99}`,
			`{"message":{"hdrs":"%%%"}}`, `{"message":{"hdrs":"eHh4"}}`, `{"error":{"code":404,"err_code":70000}}`,
		} {
			say(answer, h)
			ctx, cancel := context.WithTimeout(within(t), 10*time.Second)
			for what, call := range map[string]func() (any, error){
				"get":           func() (any, error) { m, err := st.GetMsg(ctx, 1); return deref(m), err },
				"direct get":    func() (any, error) { m, err := direct.GetMsg(ctx, 1); return deref(m), err },
				"last":          func() (any, error) { m, err := st.GetLastMsgForSubject(ctx, "a"); return deref(m), err },
				"stream info":   func() (any, error) { i, err := st.Info(ctx); return deref(i), err },
				"consumer info": func() (any, error) { i, err := c.Info(ctx); return deref(i), err },
				"reset":         func() (any, error) { r, err := st.ResetConsumer(ctx, "C"); return deref(r), err },
				"publish":       func() (any, error) { a, err := js.Publish(ctx, "s.x", nil); return deref(a), err },
				"async": func() (any, error) {
					f, err := js.PublishAsync("s.x", nil)
					if err != nil {
						return nil, err
					}
					select {
					case a := <-f.Ok():
						return deref(a), nil
					case err := <-f.Err():
						return nil, err
					case <-ctx.Done():
						t.Error("a future never ends")
						return nil, ctx.Err()
					}
				},
			} {
				if v, err := call(); err == nil && v == nil {
					t.Errorf("%s: %q with %v is neither something nor an error", what, answer, h)
				}
			}
			js.AccountInfo(ctx)
			js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Sources: []*jetstream.StreamSource{nil, {Name: "x"}}, SubjectTransform: &jetstream.SubjectTransformConfig{}})
			js.UpdateStream(ctx, jetstream.StreamConfig{Name: "S"})
			js.Stream(ctx, "S")
			js.StreamNameBySubject(ctx, "a")
			js.DeleteStream(ctx, "S")
			st.Purge(ctx)
			st.DeleteMsg(ctx, 1)
			st.Info(ctx, jetstream.WithSubjectFilter(">"), jetstream.WithDeletedDetails(true))
			js.CreateConsumer(ctx, "S", jetstream.ConsumerConfig{FilterSubjects: []string{"a"}})
			js.PauseConsumer(ctx, "S", "C", time.Now())
			st.UnpinConsumer(ctx, "C", "g")
			for range js.ListStreams(ctx).Info() {
			}
			for range js.StreamNames(ctx).Name() {
			}
			for range st.ListConsumers(ctx).Info() {
			}
			for range st.ConsumerNames(ctx).Name() {
			}
			b := must1[jetstream.MessageBatch](t)(c.Fetch(1, jetstream.FetchMaxWait(5*time.Millisecond)))
			for m := range b.Messages() {
				m.Metadata()
				m.Ack()
			}
			cancel()
		}
	}
}

// deref is nil for a nil pointer.
func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

// What the client subscribes to by itself may be forbidden, and the program isn't
// bothered with it.
func TestARefusalOfTheClientsOwnIsQuiet(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.down()
	s.opts.Users = []*server.User{{Username: "u", Password: "p", Permissions: &server.Permissions{
		Subscribe: &server.SubjectPermission{Deny: []string{"denied.>"}},
	}}}
	s.up()
	told := make(chan error, 10)
	nc := connect(t, fmt.Sprintf("nats://u:p@127.0.0.1:%d", s.opts.Port),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { told <- err }))
	_, err := port.Of[nats.Msg](nc).Inline("denied.quiet", func(*nats.Msg) {}, nil, nil, true)
	must(t, err)
	_, err = nc.SubscribeSync("denied.loud")
	must(t, err)
	must(t, nc.Flush())
	receive(t, "the loud one's refusal", told)
	select {
	case err := <-told:
		t.Errorf("it was told of the other, too: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
}

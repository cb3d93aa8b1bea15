package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// What was taken without an answer, as by a leader that is about to die, and refused when
// it was sent again, may be stored, and that is said. What was only refused isn't, and has
// the error that nats.go gives.
func TestAPublishSaysWhatIsInDoubtWhenNoStreamAnswers(t *testing.T) {
	t.Parallel()
	s := start(t)
	for name, c := range map[string]struct {
		want    error
		publish func(t *testing.T, nc *nats.Conn, subject string) error
	}{
		"async": {jetstream.ErrNoStreamResponse, func(t *testing.T, nc *nats.Conn, subject string) error {
			f := must1[jetstream.PubAckFuture](t)(newJS(t, nc).PublishAsync(subject, nil, jetstream.WithMsgID("1"), jetstream.WithRetryAttempts(1)))
			return receive(t, "an end", f.Err())
		}},
		"sync": {jetstream.ErrNoStreamResponse, func(t *testing.T, nc *nats.Conn, subject string) error {
			_, err := newJS(t, nc).Publish(within(t), subject, nil, jetstream.WithMsgID("1"), jetstream.WithRetryAttempts(1))
			return err
		}},
		"sync until there is surely no stream": {jetstream.ErrNoStreamResponse, func(t *testing.T, nc *nats.Conn, subject string) error {
			_, err := newJS(t, nc).Publish(within(t), subject, nil, jetstream.WithMsgID("1"))
			return err
		}},
		"older async": {nats.ErrNoResponders, func(t *testing.T, nc *nats.Conn, subject string) error {
			f := must1[nats.PubAckFuture](t)(older(t, nc).PublishAsync(subject, nil, nats.MsgId("1"), nats.RetryAttempts(1)))
			return receive(t, "an end", f.Err())
		}},
		"older sync": {nats.ErrNoStreamResponse, func(t *testing.T, nc *nats.Conn, subject string) error {
			_, err := older(t, nc).Publish(subject, nil, nats.MsgId("1"), nats.RetryAttempts(1), nats.Context(within(t)))
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			nc, other := connect(t, s.url()), connect(t, s.url())
			if err := c.publish(t, nc, "nobody"); err != c.want {
				t.Errorf("refused: %v", err)
			}
			leader := must1[*nats.Subscription](t)(other.SubscribeSync("taken"))
			must(t, other.FlushTimeout(patience))
			end := make(chan error, 1)
			go func() { end <- c.publish(t, nc, "taken") }()
			must1[*nats.Msg](t)(leader.NextMsg(patience))
			must(t, leader.Unsubscribe())
			must(t, other.FlushTimeout(patience))
			must(t, nc.ForceReconnect())
			if err := receive(t, "an end", end); !errors.Is(err, c.want) || !errors.Is(err, nats.ErrInDoubt) {
				t.Errorf("taken, then refused: %v", err)
			}
		})
	}
}

// What ends without an answer is in doubt, and is what nats.go says of it.
func TestAPublishWithoutAnAnswerIsInDoubt(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	must1[*nats.Subscription](t)(nc.SubscribeSync("quiet"))
	js := newJS(t, nc, jetstream.WithPublishAsyncTimeout(50*time.Millisecond))
	f := must1[jetstream.PubAckFuture](t)(js.PublishAsync("quiet", nil))
	if err := receive(t, "the timeout", f.Err()); err != jetstream.ErrAsyncPublishTimeout || !errors.Is(err, nats.ErrInDoubt) {
		t.Errorf("a timeout: %v", err)
	}
	js = newJS(t, nc)
	f = must1[jetstream.PubAckFuture](t)(js.PublishAsync("quiet", nil))
	js.CleanupPublisher()
	if err := receive(t, "the cleanup", f.Err()); err != jetstream.ErrJetStreamPublisherClosed || !errors.Is(err, nats.ErrInDoubt) {
		t.Errorf("a cleanup: %v", err)
	}
	oldJS := older(t, nc, nats.PublishAsyncTimeout(50*time.Millisecond))
	of := must1[nats.PubAckFuture](t)(oldJS.PublishAsync("quiet", nil))
	if err := receive(t, "the timeout", of.Err()); err != nats.ErrAsyncPublishTimeout || !errors.Is(err, nats.ErrInDoubt) {
		t.Errorf("a timeout, older: %v", err)
	}
	oldJS = older(t, nc)
	of = must1[nats.PubAckFuture](t)(oldJS.PublishAsync("quiet", nil))
	f = must1[jetstream.PubAckFuture](t)(js.PublishAsync("quiet", nil))
	must(t, nc.FlushTimeout(patience))
	nc.Close()
	for _, ch := range []<-chan error{f.Err(), of.Err()} {
		err := receive(t, "the end", ch)
		closed := errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrDisconnected) // as which it begins
		if !closed || !errors.Is(err, nats.ErrInDoubt) {
			t.Errorf("the connection is closed: %v", err)
		}
	}
}

// A leader refuses a write of a key while one is on its way into the bucket, which may be an
// earlier copy of the write, or never be stored. So another isn't said to have been quicker:
// it is sent again until that is known. The bucket is played, since a real one isn't in that
// state for long.
func TestAWriteThatIsRefusedForOneUnderWay(t *testing.T) {
	t.Parallel()
	s := &srv{t: t, opts: &server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true}}
	s.up()
	t.Cleanup(s.down)
	bucket := connect(t, s.url())
	answer := func(m *nats.Msg, body any) {
		b, err := json.Marshal(body)
		if err != nil {
			t.Error(err)
		}
		m.Respond(b)
	}
	type object = map[string]any
	play := func(subject string, take func(m *nats.Msg)) {
		t.Helper()
		must1[*nats.Subscription](t)(bucket.Subscribe(subject, take))
	}
	play("$JS.API.STREAM.INFO.KV_B", func(m *nats.Msg) {
		answer(m, object{
			"config": object{"name": "KV_B", "subjects": []string{"$KV.B.>"}, "max_msgs_per_subject": 1, "allow_rollup_hdrs": true},
			"state":  object{"first_seq": 1, "last_seq": 7, "messages": 7}, "created": time.Unix(0, 0),
		})
	})
	play("$JS.API.STREAM.MSG.GET.KV_B", func(m *nats.Msg) {
		answer(m, object{"message": object{"subject": "$KV.B.k", "seq": 7, "data": []byte("old"), "time": time.Unix(0, 0)}})
	})
	var copies, refused atomic.Int32
	play("$KV.B.r", func(m *nats.Msg) {
		if refused.Add(1)%3 == 0 {
			answer(m, object{"stream": "KV_B", "seq": 8})
			return
		}
		answer(m, object{"error": object{"code": 400, "err_code": 10164, "description": "wrong last sequence"}})
	})
	play("$KV.B.k", func(m *nats.Msg) {
		switch n := copies.Add(1); n % 3 {
		case 1: // taken, and its answer is lost
		case 2:
			answer(m, object{"error": object{"code": 400, "err_code": 10164, "description": "wrong last sequence"}})
		case 0:
			answer(m, object{"stream": "KV_B", "seq": 8})
		}
	})
	must(t, bucket.FlushTimeout(patience))

	nc := connect(t, s.url())
	kv := must1[jetstream.KeyValue](t)(newJS(t, nc).KeyValue(within(t), "B"))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, key := range []string{"k", "r"} {
		if rev, err := kv.Update(ctx, key, []byte("new"), 7); rev != 8 || err != nil {
			t.Errorf("%s: got %d, %v", key, rev, err)
		}
	}
	old := must1[nats.KeyValue](t)(older(t, nc, nats.MaxWait(patience)).KeyValue("B"))
	for _, key := range []string{"k", "r"} {
		if rev, err := old.Update(key, []byte("new"), 7); rev != 8 || err != nil {
			t.Errorf("%s, older: got %d, %v", key, rev, err)
		}
	}
	if n, r := copies.Load(), refused.Load(); n != 6 || r != 6 {
		t.Errorf("%d and %d copies were sent", n, r)
	}
	// One who was quicker is known at once.
	if _, err := kv.Update(ctx, "r", []byte("new"), 6); !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		t.Errorf("got %v", err)
	}
	if _, err := old.Update("r", []byte("new"), 6); !errors.Is(err, nats.ErrKeyRevisionMismatch) {
		t.Errorf("older: got %v", err)
	}
	if n := refused.Load(); n != 8 {
		t.Errorf("%d copies were sent", n)
	}
}

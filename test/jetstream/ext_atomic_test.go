package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

func atomicS(c *jetstream.StreamConfig) { c.AllowAtomicPublish = true }

func batchOf(n int, text string) (msgs []*nats.Msg) {
	for i := range n {
		msgs = append(msgs, &nats.Msg{Subject: fmt.Sprint("s.", i), Data: []byte(fmt.Sprint(text, i))})
	}
	return msgs
}

func stored(t *testing.T, js jetstream.JetStream) uint64 {
	t.Helper()
	return must1[jetstream.Stream](t)(js.Stream(within(t), "S")).CachedInfo().State.Msgs
}

func TestABatchIsStoredAsAWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	_, _, js := direct(t, atomicS)
	must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "N", Subjects: []string{"n.>"}}))
	total := uint64(0)
	for _, n := range []int{1, 2, 10, 1000} {
		msgs := batchOf(n, "x")
		msgs[0].Header = nats.Header{"X": {"y"}}
		ack := must1[*jetstreamext.BatchAck](t)(jetstreamext.PublishAtomic(within(t), js, msgs...))
		total += uint64(n)
		if ack.Stream != "S" || ack.Count != n || ack.Sequence != total {
			t.Errorf("%d: %+v, want sequence %d", n, ack, total)
		}
		if len(msgs[0].Header) != 1 {
			t.Errorf("the program's message has got %v", msgs[0].Header)
		}
		list, err := readAll(jetstreamext.GetBatch(within(t), js, "S", n, jetstreamext.FromSequence(total-uint64(n)+1)))
		if err != nil || len(list) != n {
			t.Fatalf("%d: %d messages, %v", n, len(list), err)
		}
		for i, m := range list {
			if string(m.Data) != fmt.Sprint("x", i) || i == 0 && m.Header.Get("X") != "y" {
				t.Errorf("%d: message %d is %q %v", n, i, m.Data, m.Header)
			}
		}
	}
	with := func(key, value string) []*nats.Msg {
		msgs := batchOf(3, "bad")
		msgs[1].Header = nats.Header{key: {value}}
		return msgs
	}
	must1[*jetstream.PubAck](t)(js.Publish(within(t), "s.id", nil, jetstream.WithMsgID("known")))
	total++
	reply := batchOf(2, "r")
	reply[1].Reply = "x"
	for _, c := range []struct {
		what string
		msgs []*nats.Msg
		want error
	}{
		{"none", nil, jetstream.ErrInvalidOption},
		{"nil", []*nats.Msg{nil}, nats.ErrInvalidMsg},
		{"reply", reply, jetstream.ErrAsyncPublishReplySubjectSet},
		{"not allowed", []*nats.Msg{{Subject: "n.a"}, {Subject: "n.b"}}, jetstreamext.ErrAtomicDisabled},
		{"no stream", []*nats.Msg{{Subject: "none"}, {Subject: "none"}}, jetstream.ErrNoStreamResponse},
		{"too many", batchOf(1001, "x"), jetstreamext.ErrAtomicTooLarge},
		{"a wrong expectation", with(jetstream.ExpectedLastSubjSeqHeader, "77777"), &jetstream.APIError{ErrorCode: jetstream.JSErrCodeStreamWrongLastSequence}},
		{"an id that is known", with(jetstream.MsgIDHeader, "known"), jetstreamext.ErrAtomicDuplicate},
		{"a bad subject", []*nats.Msg{{Subject: "s.a"}, {Subject: ""}}, nats.ErrBadSubject},
	} {
		if ack, err := jetstreamext.PublishAtomic(within(t), js, c.msgs...); !errors.Is(err, c.want) || ack != nil {
			t.Errorf("%s: %+v, %v, want %v", c.what, ack, err, c.want)
		}
	}
	if n := stored(t, js); n != total {
		t.Errorf("%d messages are stored, want %d", n, total)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := jetstreamext.PublishAtomic(ctx, js, batchOf(3, "x")...); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is over: %v", err)
	}
}

// While batches are published the link is lost again and again: each batch that is
// acknowledged is stored as a whole and once, and of the others nothing or all.
func TestBatchesOverLostLinksAreWhole(t *testing.T) {
	t.Parallel()
	s, nc, _ := direct(t, atomicS)
	js := newJS(t, nc)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(7 * time.Millisecond):
				nc.ForceReconnect()
			}
		}
	}()
	const size = 50
	rounds := more(12, 40)
	var acked, doubtful int
	known := map[string]bool{}
	for i := range rounds {
		text := fmt.Sprint("b", i, "-")
		ack, err := jetstreamext.PublishAtomic(within(t), js, batchOf(size, text)...)
		switch {
		case err == nil:
			acked++
			known[text] = true
			if ack.Count != size {
				t.Errorf("%+v", ack)
			}
		case errors.Is(err, nats.ErrInDoubt):
			doubtful++
		default:
			t.Errorf("batch %d: %v", i, err)
		}
	}
	close(done)
	<-ended
	look := newJS(t, connect(t, s.url()))
	list, err := readAll(jetstreamext.GetBatch(within(t), look, "S", 1_000_000))
	must(t, err)
	count := map[string]int{}
	for i, m := range list {
		text, _, _ := strings.Cut(string(m.Data), "-")
		count[text+"-"]++
		if want := fmt.Sprint("s.", i%size); m.Subject != want {
			t.Fatalf("message %d is of %s, want %s: a batch isn't together", m.Sequence, m.Subject, want)
		}
	}
	for text, n := range count {
		if n != size {
			t.Errorf("%d messages of batch %s", n, text)
		}
	}
	for text := range known {
		if count[text] != size {
			t.Errorf("batch %s was acknowledged and has %d messages", text, count[text])
		}
	}
	t.Logf("%d acknowledged, %d in doubt, %d stored", acked, doubtful, len(count))
	if acked < rounds/2 {
		t.Errorf("only %d of %d were acknowledged", acked, rounds)
	}
}

// The answer to the last message is lost: the stream has the batch, and says so.
func TestABatchWhoseAnswerIsLostIsFoundOut(t *testing.T) {
	t.Parallel()
	s := start(t)
	var hold atomic.Bool
	proxy := newHolder(t, s.url(), &hold)
	nc := connect(t, proxy.url(), nats.DontRandomize())
	js := newJS(t, nc)
	must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, AllowDirect: true, AllowAtomicPublish: true}))
	look := newJS(t, connect(t, s.url()))
	type result struct {
		ack *jetstreamext.BatchAck
		err error
	}
	results := make(chan result, 1)
	proxy.swallowAfter("Nats-Batch-Commit")
	go func() {
		ack, err := jetstreamext.PublishAtomic(within(t), js, batchOf(5, "x")...)
		results <- result{ack, err}
	}()
	until(t, "the batch", func() bool { return stored(t, look) == 5 })
	hold.Store(false)
	proxy.cut()
	r := receive(t, "the outcome", results)
	if r.err != nil || r.ack.Sequence != 5 || r.ack.Count != 5 {
		t.Errorf("%+v, %v", r.ack, r.err)
	}
}

// A server that has too many unfinished batches has room again, which is waited for; when
// the context ends before, it is said why.
func TestABatchWaitsForTheServerToHaveRoom(t *testing.T) {
	t.Parallel()
	s, nc, js := direct(t, atomicS)
	s.down()
	s.opts.JetStreamLimits.MaxBatchInflightPerStream = 2
	s.opts.JetStreamLimits.MaxBatchTimeout = 5 * time.Second
	s.up()
	until(t, "the stream", func() bool { _, err := js.Stream(moment(t), "S"); return err == nil })
	for i := range 2 {
		m := nats.NewMsg("s.x")
		m.Header.Set("Nats-Batch-Id", fmt.Sprint("unfinished", i))
		m.Header.Set("Nats-Batch-Sequence", "1")
		must1[*nats.Msg](t)(nc.RequestMsgWithContext(within(t), m))
	}
	var full *jetstream.APIError
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := jetstreamext.PublishAtomic(ctx, js, batchOf(3, "early")...); !errors.As(err, &full) || full.ErrorCode != 10210 {
		t.Errorf("a full server: %v", err)
	}
	ack := must1[*jetstreamext.BatchAck](t)(jetstreamext.PublishAtomic(within(t), js, batchOf(3, "late")...))
	if ack.Sequence != 3 || ack.Count != 3 {
		t.Errorf("%+v", ack)
	}
	alone := batchOf(1, "alone")
	if ack := must1[*jetstreamext.BatchAck](t)(jetstreamext.PublishAtomic(within(t), js, alone...)); ack.Sequence != 4 {
		t.Errorf("%+v", ack)
	}
}

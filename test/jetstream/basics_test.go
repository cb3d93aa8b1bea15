package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

func TestAStreamIsMadeChangedFoundAndRemoved(t *testing.T) {
	t.Parallel()
	_, _, js, st := single(t)
	ctx := within(t)
	fill(t, js, 3)
	info := must1[*jetstream.StreamInfo](t)(st.Info(ctx, jetstream.WithSubjectFilter(">")))
	if info.State.Msgs != 3 || len(info.State.Subjects) != 3 {
		t.Errorf("got %+v", info.State)
	}
	if kept := st.CachedInfo().State; kept.Msgs != 3 || kept.Subjects != nil {
		t.Errorf("without the subjects that were asked for it has %+v", kept)
	}
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"other"}}); err != jetstream.ErrStreamNameAlreadyInUse {
		t.Errorf("a second one: %v", err)
	}
	must1[jetstream.Stream](t)(js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>", "t.>"}}))
	must1[jetstream.Stream](t)(js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "T", Subjects: []string{"u"}}))
	if _, err := js.UpdateStream(ctx, jetstream.StreamConfig{Name: "none"}); !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("an update of none: %v", err)
	}
	if name := must1[string](t)(js.StreamNameBySubject(ctx, "t.x")); name != "S" {
		t.Errorf("t.x is stored by %q", name)
	}
	must(t, js.DeleteStream(ctx, "T"))
	if _, err := js.Stream(ctx, "T"); err != jetstream.ErrStreamNotFound {
		t.Errorf("after it is deleted: %v", err)
	}
}

func TestStoredMessagesAreReadAndRemoved(t *testing.T) {
	t.Parallel()
	for _, direct := range []bool{false, true} {
		t.Run(fmt.Sprint("direct=", direct), func(t *testing.T) {
			_, _, js, _ := single(t)
			ctx := within(t)
			st := must1[jetstream.Stream](t)(js.UpdateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, AllowDirect: direct}))
			fill(t, js, 5)
			m := nats.NewMsg("s.h")
			m.Header.Set("K", "v")
			must1[*jetstream.PubAck](t)(js.PublishMsg(ctx, m))
			raw := must1[*jetstream.RawStreamMsg](t)(st.GetMsg(ctx, 3))
			if raw.Subject != "s.2" || string(raw.Data) != "2" || raw.Sequence != 3 || time.Since(raw.Time) > time.Minute {
				t.Errorf("got %+v", raw)
			}
			raw = must1[*jetstream.RawStreamMsg](t)(st.GetLastMsgForSubject(ctx, "s.h"))
			if raw.Header.Get("K") != "v" || raw.Sequence != 6 {
				t.Errorf("got %+v", raw)
			}
			raw = must1[*jetstream.RawStreamMsg](t)(st.GetMsg(ctx, 1, jetstream.WithGetMsgSubject("s.4")))
			if raw.Sequence != 5 {
				t.Errorf("got %+v", raw)
			}
			must(t, st.DeleteMsg(ctx, 3))
			must(t, st.SecureDeleteMsg(ctx, 4))
			for _, seq := range []uint64{3, 4, 99} {
				if _, err := st.GetMsg(ctx, seq); err != jetstream.ErrMsgNotFound {
					t.Errorf("message %d: %v", seq, err)
				}
			}
			must(t, st.Purge(ctx, jetstream.WithPurgeSubject("s.0")))
			must(t, st.Purge(ctx, jetstream.WithPurgeKeep(1)))
			if info := must1[*jetstream.StreamInfo](t)(st.Info(ctx)); info.State.Msgs != 1 {
				t.Errorf("%d messages are left", info.State.Msgs)
			}
		})
	}
}

func TestListsAreWholeOverManyPages(t *testing.T) {
	t.Parallel()
	_, _, js, st := single(t)
	ctx := within(t)
	const n = 300 // more than a page of infos has
	for i := range n {
		must1[jetstream.Consumer](t)(st.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: fmt.Sprint("c", i), MemoryStorage: true}))
	}
	infos, names := 0, 0
	l := st.ListConsumers(ctx)
	for range l.Info() {
		infos++
	}
	nl := st.ConsumerNames(ctx)
	for range nl.Name() {
		names++
	}
	if infos != n || names != n || l.Err() != nil || nl.Err() != nil {
		t.Errorf("%d infos (%v), %d names (%v)", infos, l.Err(), names, nl.Err())
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	for _, err := range []error{js.ListStreams(done).Err(), js.StreamNames(done).Err(), st.ListConsumers(done).Err(), st.ConsumerNames(done).Err()} {
		if err == nil {
			t.Error("a list that couldn't be fetched is no error")
		}
	}
}

func TestConsumersAreMadeChangedPausedAndRemoved(t *testing.T) {
	t.Parallel()
	_, _, js, st := single(t)
	ctx := within(t)
	cfg := jetstream.ConsumerConfig{Durable: "C"}
	if _, err := st.UpdateConsumer(ctx, cfg); !errors.Is(err, jetstream.ErrConsumerDoesNotExist) {
		t.Errorf("an update of none: %v", err)
	}
	c := must1[jetstream.Consumer](t)(st.CreateConsumer(ctx, cfg))
	if c.CachedInfo().Name != "C" || c.CachedInfo().Stream != "S" {
		t.Errorf("got %+v", c.CachedInfo())
	}
	cfg.MaxAckPending = 7
	if _, err := st.CreateConsumer(ctx, cfg); !errors.Is(err, jetstream.ErrConsumerExists) {
		t.Errorf("another of the same name: %v", err)
	}
	c = must1[jetstream.Consumer](t)(st.CreateOrUpdateConsumer(ctx, cfg))
	if info := must1[*jetstream.ConsumerInfo](t)(c.Info(ctx)); info.Config.MaxAckPending != 7 {
		t.Errorf("got %+v", info.Config)
	}
	p := must1[*jetstream.ConsumerPauseResponse](t)(st.PauseConsumer(ctx, "C", time.Now().Add(time.Hour)))
	if !p.Paused || p.PauseRemaining < time.Minute {
		t.Errorf("got %+v", p)
	}
	p = must1[*jetstream.ConsumerPauseResponse](t)(st.ResumeConsumer(ctx, "C"))
	if p.Paused {
		t.Errorf("got %+v", p)
	}
	must(t, st.DeleteConsumer(ctx, "C"))
	if _, err := st.Consumer(ctx, "C"); err != jetstream.ErrConsumerNotFound {
		t.Errorf("after it is deleted: %v", err)
	}
	eph := must1[jetstream.Consumer](t)(js.CreateConsumer(ctx, "S", jetstream.ConsumerConfig{}))
	if eph.CachedInfo().Config.Durable != "" {
		t.Errorf("got %+v", eph.CachedInfo().Config)
	}
}

func consumerOf(t *testing.T, st jetstream.Stream, cfg ...jetstream.ConsumerConfig) jetstream.Consumer {
	t.Helper()
	c := jetstream.ConsumerConfig{Durable: "C"}
	if len(cfg) > 0 {
		c = cfg[0]
	}
	return must1[jetstream.Consumer](t)(st.CreateOrUpdateConsumer(within(t), c))
}

func TestEachWayToConsumeGetsAllInOrder(t *testing.T) {
	t.Parallel()
	const n = 1200
	for name, get := range map[string]func(*testing.T, jetstream.Consumer, func(jetstream.Msg)){
		"consume": func(t *testing.T, c jetstream.Consumer, f func(jetstream.Msg)) {
			cc := must1[jetstream.ConsumeContext](t)(c.Consume(f, jetstream.StopAfter(n)))
			select {
			case <-cc.Closed():
			case <-within(t).Done():
				t.Fatal("it doesn't stop after its number")
			}
		},
		"consume by bytes": func(t *testing.T, c jetstream.Consumer, f func(jetstream.Msg)) {
			cc := must1[jetstream.ConsumeContext](t)(c.Consume(f, jetstream.StopAfter(n), jetstream.PullMaxBytes(2000)))
			select {
			case <-cc.Closed():
			case <-within(t).Done():
				t.Fatal("it doesn't stop after its number")
			}
		},
		"messages": func(t *testing.T, c jetstream.Consumer, f func(jetstream.Msg)) {
			it := must1[jetstream.MessagesContext](t)(c.Messages(jetstream.PullMaxMessages(100)))
			defer it.Stop()
			for range n {
				f(must1[jetstream.Msg](t)(it.Next(jetstream.NextContext(within(t)))))
			}
		},
		"fetch": func(t *testing.T, c jetstream.Consumer, f func(jetstream.Msg)) {
			for range n / 100 {
				b := must1[jetstream.MessageBatch](t)(c.Fetch(100))
				for m := range b.Messages() {
					f(m)
				}
				must(t, b.Error())
			}
		},
		"fetch bytes": func(t *testing.T, c jetstream.Consumer, f func(jetstream.Msg)) {
			for got := 0; got < n; {
				b := must1[jetstream.MessageBatch](t)(c.FetchBytes(10_000, jetstream.FetchMaxWait(time.Second)))
				k := 0
				for m := range b.Messages() {
					f(m)
					k++
				}
				must(t, b.Error())
				if got += k; k == 0 {
					t.Fatal("nothing came")
				}
			}
		},
		"fetch without waiting": func(t *testing.T, c jetstream.Consumer, f func(jetstream.Msg)) {
			b := must1[jetstream.MessageBatch](t)(c.FetchNoWait(2 * n))
			for m := range b.Messages() {
				f(m)
			}
			must(t, b.Error())
		},
		"next": func(t *testing.T, c jetstream.Consumer, f func(jetstream.Msg)) {
			for range n {
				f(must1[jetstream.Msg](t)(c.Next()))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, js, st := single(t)
			for i := range n {
				must1[jetstream.PubAckFuture](t)(js.PublishAsync("s.x", []byte(fmt.Sprint(i))))
			}
			<-js.PublishAsyncComplete()
			got := 0
			get(t, consumerOf(t, st, jetstream.ConsumerConfig{Durable: "C", MaxAckPending: 5000}), func(m jetstream.Msg) {
				if string(m.Data()) != fmt.Sprint(got) {
					t.Errorf("message %d is %s", got, m.Data())
				}
				got++
				must(t, m.Ack())
			})
			if got != n {
				t.Errorf("got %d of %d", got, n)
			}
		})
	}
}

func TestTheWordsOnAMessage(t *testing.T) {
	_, _, js, st := single(t)
	fill(t, js, 1)
	c := consumerOf(t, st)
	ctx := within(t)
	m := must1[jetstream.Msg](t)(c.Next())
	meta := must1[*jetstream.MsgMetadata](t)(m.Metadata())
	if meta.Stream != "S" || meta.Consumer != "C" || meta.Sequence.Stream != 1 || meta.NumDelivered != 1 || meta.Domain != "" {
		t.Errorf("got %+v", meta)
	}
	must(t, m.InProgress())
	must(t, m.Nak())
	if err := m.Ack(); err != jetstream.ErrMsgAlreadyAckd {
		t.Errorf("the second word: %v", err)
	}
	begin := time.Now()
	m = must1[jetstream.Msg](t)(c.Next())
	must(t, m.NakWithDelay(300*time.Millisecond))
	m = must1[jetstream.Msg](t)(c.Next())
	if d := time.Since(begin); d < 250*time.Millisecond {
		t.Errorf("it came after %v", d)
	}
	must(t, m.DoubleAck(ctx))
	if info := must1[*jetstream.ConsumerInfo](t)(c.Info(ctx)); info.AckFloor.Stream != 1 {
		t.Errorf("got %+v", info.AckFloor)
	}
	fill(t, js, 2)
	must(t, must1[jetstream.Msg](t)(c.Next()).Term())
	must(t, must1[jetstream.Msg](t)(c.Next()).TermWithReason("because"))
	if _, err := c.Next(jetstream.FetchMaxWait(50 * time.Millisecond)); err != nats.ErrTimeout {
		t.Errorf("with nothing left: %v", err)
	}
}

func TestPublishOptionsAreObeyed(t *testing.T) {
	_, _, js, _ := single(t)
	ctx := within(t)
	a := must1[*jetstream.PubAck](t)(js.Publish(ctx, "s.a", nil, jetstream.WithMsgID("1"), jetstream.WithExpectStream("S")))
	b := must1[*jetstream.PubAck](t)(js.Publish(ctx, "s.a", nil, jetstream.WithMsgID("1")))
	if a.Sequence != 1 || b.Sequence != 1 || a.Duplicate || !b.Duplicate || a.Stream != "S" {
		t.Errorf("got %+v and %+v", a, b)
	}
	var wrong *jetstream.APIError
	if _, err := js.Publish(ctx, "s.a", nil, jetstream.WithExpectLastSequence(7)); !errors.As(err, &wrong) || wrong.ErrorCode != jetstream.JSErrCodeStreamWrongLastSequence {
		t.Errorf("a wrong sequence: %v", err)
	}
	must1[*jetstream.PubAck](t)(js.Publish(ctx, "s.a", nil, jetstream.WithExpectLastSequencePerSubject(1)))
	must1[*jetstream.PubAck](t)(js.Publish(ctx, "s.b", nil, jetstream.WithExpectLastSequenceForSubject(2, "s.a")))
	if _, err := js.Publish(ctx, "s.a", nil, jetstream.WithExpectLastMsgID("x")); err == nil {
		t.Error("a wrong id was taken")
	}
	begin := time.Now()
	if _, err := js.Publish(ctx, "nobody", nil); err != jetstream.ErrNoStreamResponse {
		t.Errorf("without a stream: %v", err)
	}
	if d := time.Since(begin); d < 450*time.Millisecond || d > 3*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestTheNumberOfUnacknowledgedMessagesIsBounded(t *testing.T) {
	s := start(t)
	nc := connect(t, s.url())
	// Nobody acknowledges.
	sub, err := nc.SubscribeSync("quiet")
	must(t, err)
	js := newJS(t, nc, jetstream.WithPublishAsyncMaxPending(10), jetstream.WithPublishAsyncTimeout(500*time.Millisecond))
	var futures []jetstream.PubAckFuture
	for range 10 {
		futures = append(futures, must1[jetstream.PubAckFuture](t)(js.PublishAsync("quiet", nil)))
	}
	begin := time.Now()
	if _, err := js.PublishAsync("quiet", nil, jetstream.WithStallWait(50*time.Millisecond)); err != jetstream.ErrTooManyStalledMsgs {
		t.Errorf("one too many: %v", err)
	}
	if d := time.Since(begin); d < 50*time.Millisecond {
		t.Errorf("it waited %v", d)
	}
	var most atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			js.PublishAsync("quiet", nil, jetstream.WithStallWait(20*time.Second))
			for n := int64(js.PublishAsyncPending()); n > most.Load(); {
				most.Store(n)
			}
		})
	}
	for _, f := range futures {
		if err := <-f.Err(); err != jetstream.ErrAsyncPublishTimeout {
			t.Errorf("nobody acknowledged: %v", err)
		}
	}
	wg.Wait()
	if most.Load() > 10 {
		t.Errorf("%d were unacknowledged at once", most.Load())
	}
	<-js.PublishAsyncComplete()
	if n, _, _ := sub.Pending(); n != 60 {
		t.Errorf("%d were sent", n)
	}
}

func TestCleanupGivesUpWhatIsUnacknowledged(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	_, err := nc.SubscribeSync("quiet")
	must(t, err)
	told := make(chan error, 1)
	js := newJS(t, nc, jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, m *nats.Msg, err error) { told <- err }))
	f := must1[jetstream.PubAckFuture](t)(js.PublishAsync("quiet", []byte("x")))
	done := js.PublishAsyncComplete()
	js.CleanupPublisher()
	if err := <-f.Err(); err != jetstream.ErrJetStreamPublisherClosed {
		t.Errorf("got %v", err)
	}
	if err := <-told; err != jetstream.ErrJetStreamPublisherClosed {
		t.Errorf("the handler got %v", err)
	}
	<-done
	must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}))
	f = must1[jetstream.PubAckFuture](t)(js.PublishAsync("s.x", nil))
	if ack := <-f.Ok(); ack.Sequence != 1 {
		t.Errorf("the next one: %+v", ack)
	}
}

// A request of a context without a deadline ends after the default timeout, as if the
// context had it; and at once for one that is done.
func TestARequestWithoutADeadlineHasTheDefaultOne(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	js := must1[jetstream.JetStream](t)(jetstream.NewWithAPIPrefix(nc, "silent", jetstream.WithDefaultTimeout(50*time.Millisecond)))
	must1[*nats.Subscription](t)(nc.SubscribeSync("silent.>"))
	cancelled, cancel := context.WithCancel(context.Background())
	if _, err := js.AccountInfo(cancelled); err != context.DeadlineExceeded {
		t.Errorf("%v of a context that can end", err)
	}
	if _, err := js.AccountInfo(context.Background()); err != context.DeadlineExceeded {
		t.Errorf("%v of one that can't", err)
	}
	cancel()
	if _, err := js.AccountInfo(cancelled); err != context.Canceled {
		t.Errorf("%v of one that has", err)
	}
}

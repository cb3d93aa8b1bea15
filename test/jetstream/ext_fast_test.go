package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

// fast is a stream S of subjects s.> that takes fast ingest.
func fast(t testing.TB, opts ...nats.Option) (*srv, *nats.Conn, jetstream.JetStream, jetstream.Stream) {
	t.Helper()
	s := start(t)
	nc := connect(t, s.url(), opts...)
	js := newJS(t, nc)
	st := must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{
		Name: "S", Subjects: []string{"s.>"}, AllowBatchPublish: true, AllowDirect: true,
	}))
	return s, nc, js, st
}

func newFast(t testing.TB, js jetstream.JetStream, opts ...jetstreamext.FastPublisherOpt) *jetstreamext.FastPublisher {
	t.Helper()
	return must1[*jetstreamext.FastPublisher](t)(jetstreamext.NewFastPublisher(js, opts...))
}

// storedInOrder expects messages that begin with 0, 1, 2 … n-1, and no other.
func storedInOrder(t testing.TB, js jetstream.JetStream, n int) {
	t.Helper()
	i := 0
	for m, err := range jetstreamext.GetBatch(within(t), js, "S", n+1000) {
		if errors.Is(err, jetstream.ErrMsgNotFound) && n == 0 {
			break
		}
		must(t, err)
		if text, _, _ := strings.Cut(string(m.Data), " "); text != fmt.Sprint(i) {
			t.Fatalf("message %d is %.20q, want %d", m.Sequence, m.Data, i)
		}
		i++
	}
	if i != n {
		t.Errorf("%d messages are stored, want %d", i, n)
	}
}

func TestFastIngestStoresAll(t *testing.T) {
	t.Parallel()
	_, _, js, _ := fast(t)
	p := newFast(t, js)
	const n = 5000
	for i := range n {
		if got := must1[uint64](t)(p.Publish(within(t), "s.a", []byte(fmt.Sprint(i)))); got != uint64(i)+1 {
			t.Fatalf("message %d is number %d", i, got)
		}
	}
	if s := p.Stored(); s == 0 || s < n-1000 {
		t.Errorf("%d are known to be stored of %d, with 1,000 under way at most", s, n)
	}
	ack := must1[*jetstreamext.FastAck](t)(p.Flush(within(t)))
	if want := (jetstreamext.FastAck{Stream: "S", Sequence: n, Stored: n}); *ack != want {
		t.Errorf("%+v, want %+v", *ack, want)
	}
	storedInOrder(t, js, n)
	// It goes on behind a flush, and a flush of nothing says the same.
	must1[uint64](t)(p.Publish(within(t), "s.b", []byte(fmt.Sprint(n))))
	for range 2 {
		ack = must1[*jetstreamext.FastAck](t)(p.Flush(within(t)))
		if ack.Stored != n+1 || ack.Sequence != n+1 {
			t.Errorf("%+v", *ack)
		}
	}
	storedInOrder(t, js, n+1)
}

// What isn't flushed is known to be stored soon all the same, and nothing is left to do then.
func TestFastIngestRests(t *testing.T) {
	t.Parallel()
	_, nc, js, _ := fast(t)
	before := nc.NumSubscriptions()
	p := newFast(t, js)
	for i := range 7 {
		must1[uint64](t)(p.Publish(within(t), "s.a", []byte(fmt.Sprint(i))))
	}
	until(t, "all are known to be stored", func() bool { return p.Stored() == 7 })
	until(t, "the subscription is over", func() bool { return nc.NumSubscriptions() == before })
	must1[uint64](t)(p.Publish(within(t), "s.a", []byte("7")))
	must1[*jetstreamext.FastAck](t)(p.Flush(within(t)))
	storedInOrder(t, js, 8)
}

// Links are lost in the middle of it: what had left and wasn't stored, and what was queued,
// is stored once, in order.
func TestFastIngestOverLostLinks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		conn []nats.Option
		opts []jetstreamext.FastPublisherOpt
		slow bool // it sends most messages more than once
	}{
		"with ids":      {opts: []jetstreamext.FastPublisherOpt{jetstreamext.FastMsgIDs()}},
		"AtLeastOnce":   {conn: []nats.Option{nats.AtLeastOnce()}},
		"little buffer": {conn: []nats.Option{nats.ReconnectBufSize(64 << 10)}, opts: []jetstreamext.FastPublisherOpt{jetstreamext.FastMsgIDs()}},
		"the oldest go": {conn: []nats.Option{nats.ReconnectBufSize(64 << 10), nats.OutboundFull(nats.DropOldest)}, opts: []jetstreamext.FastPublisherOpt{jetstreamext.FastMsgIDs(), jetstreamext.FastFlow(100)}, slow: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, nc, js, _ := fast(t, c.conn...)
			p := newFast(t, js, c.opts...)
			n := more(4000, 50_000)
			if c.slow {
				n /= 4
			}
			payload := strings.Repeat("x", 500)
			for i := range n {
				must1[uint64](t)(p.Publish(within(t), "s.a", []byte(fmt.Sprint(i, " ", payload))))
				if i%1000 == 700 {
					must(t, nc.ForceReconnect())
				}
			}
			ack := must1[*jetstreamext.FastAck](t)(p.Flush(within(t)))
			if ack.Stored != uint64(n) {
				t.Errorf("%+v", ack)
			}
			storedInOrder(t, js, n)
		})
	}
}

// Without ids it ends with the truth when that can't be: what it says is stored is, in
// order, and only what it says may be is beside that.
func TestFastIngestOverLostLinksWithoutIDs(t *testing.T) {
	t.Parallel()
	_, nc, js, st := fast(t)
	whole := 0
	for range more(6, 100) {
		must(t, st.Purge(within(t)))
		p := newFast(t, js)
		n := 4000
		var err error
		for i := 0; i < n && err == nil; i++ {
			_, err = p.Publish(within(t), "s.a", []byte(fmt.Sprint(i)))
			if i%1500 == 800 {
				must(t, nc.ForceReconnect())
			}
		}
		if err == nil {
			_, err = p.Flush(within(t))
		}
		if err == nil {
			whole++
			storedInOrder(t, js, n)
			continue
		}
		told(t, js, st, err)
	}
	t.Logf("%d times all was stored", whole)
	if whole == 0 {
		t.Error("it never got through")
	}
}

// told checks what a FastError says against the stream.
func told(t *testing.T, js jetstream.JetStream, st jetstream.Stream, err error) {
	t.Helper()
	var fe *jetstreamext.FastError
	if !errors.As(err, &fe) {
		t.Fatal(err)
	}
	// Servers that elect a leader may still have some to store.
	there, since := uint64(0), time.Now()
	until(t, "the servers to be at rest", func() bool {
		if info, err := st.Info(moment(t)); err != nil || info.State.Msgs != there {
			since = time.Now()
			if err == nil {
				there = info.State.Msgs
			}
		}
		return time.Since(since) > 300*time.Millisecond
	})
	doubt := errors.Is(err, nats.ErrInDoubt)
	t.Logf("%v; %d are there", err, there)
	if there < fe.Stored || there > fe.Published || !doubt && there != fe.Stored {
		t.Errorf("%v, and %d are there", err, there)
	}
	storedInOrder(t, js, int(there))
}

// A server that is started again knows no batch. Messages with ids go on.
func TestFastIngestOverARestart(t *testing.T) {
	t.Parallel()
	for _, ids := range []bool{false, true} {
		t.Run(fmt.Sprint("ids=", ids), func(t *testing.T) {
			s, _, js, st := fast(t)
			var opts []jetstreamext.FastPublisherOpt
			if ids {
				opts = append(opts, jetstreamext.FastMsgIDs())
			}
			p := newFast(t, js, opts...)
			const n = 3000
			var err error
			for i := 0; i < n && err == nil; i++ {
				_, err = p.Publish(within(t), "s.a", []byte(fmt.Sprint(i)))
				if i == 1234 {
					s.down()
					s.up()
				}
			}
			if err == nil {
				_, err = p.Flush(within(t))
			}
			switch {
			case ids:
				must(t, err)
				storedInOrder(t, js, n)
			case err == nil:
				storedInOrder(t, js, n)
			default:
				if !errors.Is(err, jetstreamext.ErrFastUnknown) {
					t.Error(err)
				}
				told(t, js, st, err)
			}
		})
	}
}

// A message that the stream refuses ends it, behind those before, and that is known.
func TestFastIngestEndsWithARefusal(t *testing.T) {
	t.Parallel()
	_, _, js, st := fast(t)
	for _, at := range []int{0, 1, 30, 700} {
		must(t, st.Purge(within(t)))
		p := newFast(t, js)
		var err error
		for i := 0; i < 2000 && err == nil; i++ {
			m := &nats.Msg{Subject: "s.a", Data: []byte(fmt.Sprint(i))}
			if i == at {
				m.Header = nats.Header{jetstream.ExpectedLastSeqHeader: {"999999"}}
			}
			_, err = p.PublishMsg(within(t), m)
		}
		if err == nil {
			_, err = p.Flush(within(t))
		}
		var fe *jetstreamext.FastError
		var ae *jetstream.APIError
		if !errors.As(err, &fe) || !errors.As(err, &ae) || ae.ErrorCode != 10071 || fe.Stored != uint64(at) || errors.Is(err, nats.ErrInDoubt) {
			t.Fatalf("refused at %d: %v", at, err)
		}
		told(t, js, st, err)
		if _, again := p.Publish(within(t), "s.a", nil); again != err {
			t.Errorf("%v behind the end", again)
		}
	}
}

func TestFastIngestSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	_, nc, js, _ := fast(t)
	must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "N", Subjects: []string{"n"}}))
	fail := func(subject string, opts ...jetstreamext.FastPublisherOpt) error {
		p := newFast(t, js, opts...)
		must1[uint64](t)(p.Publish(within(t), subject, nil))
		_, err := p.Flush(within(t))
		var fe *jetstreamext.FastError
		if !errors.As(err, &fe) || fe.Stored != 0 || fe.Published != 1 || errors.Is(err, nats.ErrInDoubt) {
			t.Errorf("%s: %v", subject, err)
		}
		return err
	}
	if err := fail("n"); !errors.Is(err, jetstreamext.ErrFastDisabled) {
		t.Error(err)
	}
	if err := fail("nobody", jetstreamext.FastPatience(300*time.Millisecond)); !errors.Is(err, jetstream.ErrNoStreamResponse) {
		t.Error(err)
	}
	for _, o := range []jetstreamext.FastPublisherOpt{
		jetstreamext.FastFlow(0), jetstreamext.FastFlow(1 << 16), jetstreamext.FastOutstanding(4), jetstreamext.FastOutstanding(0), jetstreamext.FastPatience(0),
	} {
		if _, err := jetstreamext.NewFastPublisher(js, o); !errors.Is(err, jetstream.ErrInvalidOption) {
			t.Error(err)
		}
	}
	p := newFast(t, js)
	if _, err := p.PublishMsg(within(t), nil); err != nats.ErrInvalidMsg {
		t.Error(err)
	}
	if _, err := p.PublishMsg(within(t), &nats.Msg{Subject: "s.a", Reply: "r"}); err != jetstream.ErrAsyncPublishReplySubjectSet {
		t.Error(err)
	}
	if _, err := p.Publish(within(t), "s a", nil); !errors.Is(err, nats.ErrBadSubject) {
		t.Error(err)
	}
	if _, err := p.Publish(within(t), "s.a", make([]byte, 2<<20)); err != nats.ErrMaxPayload {
		t.Error(err)
	}
	must1[uint64](t)(p.Publish(within(t), "s.a", []byte("0")))
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Flush(done); err != nil && err != context.Canceled {
		t.Error(err)
	}
	must1[*jetstreamext.FastAck](t)(p.Flush(within(t)))
	storedInOrder(t, js, 1)
	nc.Close()
	if _, err := p.Publish(within(t), "s.a", nil); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Error(err)
	}
}

// Who publishes from many goroutines has each one's order, and many publishers share a
// stream.
func TestFastIngestOfMany(t *testing.T) {
	t.Parallel()
	_, _, js, st := fast(t)
	var wg sync.WaitGroup
	const publishers, goroutines, each = 3, 4, 500
	for k := range publishers {
		p := newFast(t, js, jetstreamext.FastFlow(50))
		wg.Go(func() {
			var inner sync.WaitGroup
			for g := range goroutines {
				inner.Go(func() {
					for i := range each {
						if _, err := p.Publish(within(t), fmt.Sprintf("s.%d.%d", k, g), []byte(fmt.Sprint(i))); err != nil {
							t.Error(err)
							return
						}
						if i%100 == 50 {
							if _, err := p.Flush(within(t)); err != nil {
								t.Error(err)
							}
						}
					}
				})
			}
			inner.Wait()
			if ack, err := p.Flush(within(t)); err != nil || ack.Stored != goroutines*each {
				t.Errorf("%+v, %v", ack, err)
			}
		})
	}
	wg.Wait()
	if n := must1[*jetstream.StreamInfo](t)(st.Info(within(t))).State.Msgs; n != publishers*goroutines*each {
		t.Errorf("%d messages", n)
	}
	next := map[string]int{}
	for m, err := range jetstreamext.GetBatch(within(t), js, "S", 100_000) {
		must(t, err)
		if string(m.Data) != fmt.Sprint(next[m.Subject]) {
			t.Fatalf("%s has %s, want %d", m.Subject, m.Data, next[m.Subject])
		}
		next[m.Subject]++
	}
}

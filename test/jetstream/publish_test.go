package jetstream

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// What was published with ids over lost links is stored once and in order, and each
// future says so.
func TestAsyncPublishingWithIDsSurvivesLostLinks(t *testing.T) {
	t.Parallel()
	s, nc, js, st := single(t)
	const n = 4000
	var futures []jetstream.PubAckFuture
	stop := make(chan struct{})
	var losses atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(30 * time.Millisecond):
			}
			if i == 3 {
				s.down()
				s.up()
			} else {
				nc.ForceReconnect()
			}
			losses.Add(1)
			until(t, "the link", nc.IsConnected)
		}
	})
	for i := range n {
		f, err := js.PublishAsync("s.x", []byte(fmt.Sprint(i)), jetstream.WithMsgID(fmt.Sprint("id", i)), jetstream.WithStallWait(patience))
		must(t, err)
		futures = append(futures, f)
		if i%40 == 0 {
			time.Sleep(3 * time.Millisecond) // so that it takes long enough for some losses
		}
	}
	close(stop)
	wg.Wait()
	receive(t, "all acknowledgements", js.PublishAsyncComplete())
	dups := 0
	for i, f := range futures {
		select {
		case ack := <-f.Ok():
			if ack.Sequence != uint64(i+1) {
				t.Fatalf("message %d has number %d", i, ack.Sequence)
			}
			if ack.Duplicate {
				dups++
			}
		case err := <-f.Err():
			t.Fatalf("message %d: %v", i, err)
		}
	}
	t.Logf("%d losses, %d were stored already when they were sent again", losses.Load(), dups)
	if info := must1[*jetstream.StreamInfo](t)(st.Info(within(t))); info.State.Msgs != n {
		t.Errorf("%d are stored", info.State.Msgs)
	}
}

// Without an id nobody can know, and that is said.
func TestAsyncPublishingWithoutIDsSaysWhatIsInDoubt(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	_, err := nc.SubscribeSync("quiet") // nobody acknowledges
	must(t, err)
	for _, id := range []bool{false, true} {
		js := newJS(t, nc)
		var opts []jetstream.PublishOpt
		if id {
			opts = append(opts, jetstream.WithMsgID("x"))
		}
		f := must1[jetstream.PubAckFuture](t)(js.PublishAsync("quiet", nil, opts...))
		must(t, nc.Flush())
		must(t, nc.ForceReconnect())
		until(t, "the link", nc.IsConnected)
		if id {
			must(t, nc.FlushTimeout(patience))
			select {
			case err := <-f.Err():
				t.Errorf("with an id: %v", err)
			default:
			}
			js.CleanupPublisher()
			continue
		}
		if err := receive(t, "the doubt", f.Err()); !errors.Is(err, nats.ErrInDoubt) || !errors.Is(err, nats.ErrDisconnected) {
			t.Errorf("without an id: %v", err)
		}
	}
	js := newJS(t, nc, jetstream.WithPublishAsyncFailOnDisconnect())
	f := must1[jetstream.PubAckFuture](t)(js.PublishAsync("quiet", nil, jetstream.WithMsgID("y")))
	must(t, nc.Flush()) // one that hasn't left goes out on the next link
	must(t, nc.ForceReconnect())
	if err := receive(t, "the failure", f.Err()); err != nats.ErrDisconnected {
		t.Errorf("as nats.go does it: %v", err)
	}
}

// A payload that the program uses again is stored as it was, even if it is sent twice.
func TestWhatIsSentAgainIsWhatWasPublished(t *testing.T) {
	t.Parallel()
	_, nc, js, st := single(t)
	buf := []byte("00")
	for i := range 50 {
		copy(buf, fmt.Sprintf("%02d", i))
		must1[jetstream.PubAckFuture](t)(js.PublishAsync("s.x", buf, jetstream.WithMsgID(fmt.Sprint(i))))
		if i%10 == 5 {
			nc.ForceReconnect()
		}
	}
	receive(t, "all acknowledgements", js.PublishAsyncComplete())
	for i := range 50 {
		if m := must1[*jetstream.RawStreamMsg](t)(st.GetMsg(within(t), uint64(i+1))); string(m.Data) != fmt.Sprintf("%02d", i) {
			t.Errorf("message %d is %s", i, m.Data)
		}
	}
}

func TestASyncPublishWithAnIDSurvivesALostLink(t *testing.T) {
	t.Parallel()
	s, nc, js, _ := single(t)
	for i := range 3 {
		s.down()
		until(t, "the loss", func() bool { return !nc.IsConnected() })
		got := make(chan *jetstream.PubAck, 1)
		go func() {
			ack, err := js.Publish(within(t), "s.x", nil, jetstream.WithMsgID(fmt.Sprint(i)))
			if err != nil {
				t.Error(err)
			}
			got <- ack
		}()
		s.up()
		if ack := receive(t, "the acknowledgement", got); ack == nil || ack.Sequence != uint64(i+1) {
			t.Errorf("got %+v", ack)
		}
	}
}

// The first copy is lost with the link, and the second comes at once.
func TestASyncPublishWithAnIDIsSentAgainOnTheNextLink(t *testing.T) {
	s := start(t)
	nc := connect(t, s.url())
	js := newJS(t, nc)
	stream := connect(t, s.url())
	seen := make(chan string, 10)
	_, err := stream.Subscribe("s.x", func(m *nats.Msg) {
		seen <- m.Header.Get("Nats-Msg-Id")
		if len(seen) > 1 {
			m.Respond([]byte(`{"stream":"S","seq":7}`))
		}
	})
	must(t, err)
	must(t, stream.Flush())
	got := make(chan error, 1)
	begin := time.Now()
	go func() {
		ack, err := js.Publish(within(t), "s.x", nil, jetstream.WithMsgID("id"))
		if err == nil && ack.Sequence != 7 {
			err = fmt.Errorf("it got %+v", ack)
		}
		got <- err
	}()
	until(t, "the first copy", func() bool { return len(seen) == 1 })
	must(t, nc.ForceReconnect())
	must(t, receive(t, "the acknowledgement", got))
	if d := time.Since(begin); d > 1500*time.Millisecond {
		t.Errorf("it took %v", d)
	}
	for range 2 {
		if id := <-seen; id != "id" {
			t.Errorf("a copy has the id %q", id)
		}
	}
}

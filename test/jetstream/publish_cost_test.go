package jetstream

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
)

// alone is a server in a process of its own, so that what is counted here is the
// client's.
func alone(t testing.TB) *cluster.Server {
	t.Helper()
	c, err := cluster.Start(within(t), cluster.Config{
		Servers: 1, Standalone: true,
		Config: fmt.Sprintf("jetstream { store_dir: %q, max_mem: 1GB }\n", filepath.ToSlash(t.TempDir())),
	})
	must(t, err)
	t.Cleanup(c.Close)
	return c.Server(0)
}

// A message that is published asynchronously costs less than an object, from the call to the
// future's end: shares of a run of futures, of their bytes, and of what came in.
func TestAnAsynchronousPublishMakesFewObjects(t *testing.T) {
	js := newJS(t, connect(t, alone(t).URL()))
	must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Storage: jetstream.MemoryStorage, MaxMsgs: 1000}))
	opts := []jetstream.PublishOpt{jetstream.WithStallWait(patience)}
	data := make([]byte, 128)
	publish := func(n int) {
		for range n {
			must1[jetstream.PubAckFuture](t)(js.PublishAsync("s", data, opts...))
		}
		receive(t, "all acknowledgements", js.PublishAsyncComplete())
	}
	publish(10_000) // what is kept is made
	const n = 50_000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	publish(n)
	runtime.ReadMemStats(&after)
	got := float64(after.Mallocs-before.Mallocs) / n
	t.Logf("%.2f objects a message", got)
	most := 1.0
	if raceDetector {
		most = 3 // pools forget at random
	}
	if got > most {
		t.Errorf("%.2f objects a message", got)
	}
}

// Where the oldest are to be given up for the newest, they are, and their futures say
// so; the newest are stored.
func TestAFullBufferGivesUpTheOldestAsynchronousMessages(t *testing.T) {
	s := start(t)
	nc := connect(t, s.url(), nats.OutboundFull(nats.DropOldest), nats.ReconnectBufSize(64<<10))
	js := newJS(t, nc)
	must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}))
	must1[jetstream.PubAckFuture](t)(js.PublishAsync("s", nil))
	receive(t, "its acknowledgement", js.PublishAsyncComplete())
	s.down()
	until(t, "the loss", func() bool { return !nc.IsConnected() })
	const n = 300
	var futures []jetstream.PubAckFuture
	for i := range n {
		f, err := js.PublishAsync("s", make([]byte, 1024), jetstream.WithMsgID(fmt.Sprint(i)))
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		futures = append(futures, f)
	}
	s.up()
	receive(t, "the end of all", js.PublishAsyncComplete())
	dropped, stored := 0, 0
	for i, f := range futures {
		select {
		case <-f.Ok():
			stored++
		case err := <-f.Err():
			if dropped++; !errors.Is(err, nats.ErrMessageDropped) || stored > 0 {
				t.Fatalf("message %d, behind %d that are stored: %v", i, stored, err)
			}
		}
	}
	t.Logf("%d are given up, %d stored", dropped, stored)
	if dropped == 0 || stored < 20 {
		t.Errorf("%d are given up, %d stored", dropped, stored)
	}
}

// Who publishes faster than the socket takes waits for it, as with the core's Publish: a
// buffer that is full for a moment is no error.
func TestAsynchronousPublishingWaitsForTheSocket(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url(), nats.ReconnectBufSize(64<<10))
	js := newJS(t, nc)
	older := must1[nats.JetStreamContext](t)(nc.JetStream())
	st := must1[jetstream.Stream](t)(js.CreateStream(within(t), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}))
	data := make([]byte, 10_000)
	for range 1000 {
		must1[jetstream.PubAckFuture](t)(js.PublishAsync("s", data))
		must1[nats.PubAckFuture](t)(older.PublishAsync("s", data))
	}
	receive(t, "all acknowledgements", js.PublishAsyncComplete())
	receive(t, "all acknowledgements of the older API", older.PublishAsyncComplete())
	if n := must1[*jetstream.StreamInfo](t)(st.Info(within(t))).State.Msgs; n != 2000 {
		t.Errorf("%d are stored", n)
	}
}

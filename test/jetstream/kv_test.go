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
	"github.com/evernats/nats/jetstream/jetstreamext"
	reference "github.com/nats-io/nats.go"
	referencejs "github.com/nats-io/nats.go/jetstream"
)

// bucketOf makes the bucket B.
func bucketOf(t testing.TB, js jetstream.JetStream, cfg ...jetstream.KeyValueConfig) jetstream.KeyValue {
	t.Helper()
	c := jetstream.KeyValueConfig{}
	if len(cfg) > 0 {
		c = cfg[0]
	}
	c.Bucket = "B"
	return must1[jetstream.KeyValue](t)(js.CreateKeyValue(within(t), c))
}

// store is a server with a bucket B, and a handle of it on a connection of its own for
// writing.
func store(t testing.TB, cfg ...jetstream.KeyValueConfig) (s *srv, nc *nats.Conn, kv, writer jetstream.KeyValue) {
	t.Helper()
	s = start(t)
	nc = connect(t, s.url())
	kv = bucketOf(t, newJS(t, nc), cfg...)
	return s, nc, kv, open(t, s)
}

func open(t testing.TB, s *srv, opts ...jetstream.JetStreamOpt) jetstream.KeyValue {
	t.Helper()
	return must1[jetstream.KeyValue](t)(newJS(t, connect(t, s.url()), opts...).KeyValue(within(t), "B"))
}

// theirs is the same bucket by nats.go.
func theirs(t testing.TB, url string) (*reference.Conn, referencejs.KeyValue) {
	t.Helper()
	nc, err := reference.Connect(url, reference.MaxReconnects(-1), reference.ReconnectWait(50*time.Millisecond),
		reference.ErrorHandler(func(*reference.Conn, *reference.Subscription, error) {}))
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := referencejs.New(nc)
	must(t, err)
	kv, err := js.KeyValue(within(t), "B")
	must(t, err)
	return nc, kv
}

func put(t testing.TB, kv jetstream.KeyValue, key, value string) uint64 {
	t.Helper()
	return must1[uint64](t)(kv.PutString(within(t), key, value))
}

// many writes keys k.0, k.1 … quickly, the value of each is its number.
func many(t testing.TB, js jetstream.JetStream, n, times int) {
	t.Helper()
	manyOf(t, js, n, times, 0)
}

// manyOf writes values with so many bytes more.
func manyOf(t testing.TB, js jetstream.JetStream, n, times, size int) {
	t.Helper()
	for range times {
		for i := range n {
			_, err := js.PublishAsync(fmt.Sprint("$KV.B.k.", i), fmt.Appendf(nil, "%d%*s", i, size, ""), jetstream.WithStallWait(patience))
			must(t, err)
		}
	}
	receive(t, "all acknowledgements", js.PublishAsyncComplete())
}

// consumers are those of the bucket.
func consumers(t testing.TB, js jetstream.JetStream) (names []string) {
	t.Helper()
	st := must1[jetstream.Stream](t)(js.Stream(within(t), "KV_B"))
	l := st.ConsumerNames(within(t))
	for n := range l.Name() {
		names = append(names, n)
	}
	must(t, l.Err())
	return names
}

// watching gives the entries of a watch that is always read.
func watching(t testing.TB, w jetstream.KeyWatcher) chan jetstream.KeyValueEntry {
	t.Helper()
	ch := make(chan jetstream.KeyValueEntry, 100_000)
	go func() {
		for e := range w.Updates() {
			ch <- e
		}
		close(ch)
	}()
	return ch
}

// Each update comes once and in order, whatever happens: the link is lost, the consumer
// is deleted, the server restarts and has forgotten it.
func TestAWatchGivesEachUpdateOnceInOrder(t *testing.T) {
	t.Parallel()
	s, nc, kv, writer := store(t)
	js := newJS(t, connect(t, s.url()))
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	var got atomic.Int64
	var last, marks uint64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e := range w.Updates() {
			if e == nil {
				marks++
				continue
			}
			if e.Revision() != last+1 || string(e.Value()) != fmt.Sprint(e.Revision()) {
				t.Errorf("revision %d came behind %d", e.Revision(), last)
			}
			last = e.Revision()
			got.Add(1)
		}
	}()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var written uint64
	wg.Go(func() {
		for i := uint64(1); ; i++ {
			select {
			case <-stop:
				written = i - 1
				return
			case <-time.After(time.Millisecond):
			}
			// A value is written once, though its answer may be lost.
			for {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				n, err := writer.Create(ctx, fmt.Sprint("k.", i), []byte(fmt.Sprint(i)))
				cancel()
				if err == nil && n == i {
					break
				}
				if err == nil || !errors.Is(err, jetstream.ErrNoStreamResponse) {
					t.Errorf("%d: written as %d, %v", i, n, err)
					return
				}
			}
		}
	})
	for i := range 9 {
		at := got.Load()
		until(t, "some more", func() bool { return got.Load() > at+50 })
		switch i % 3 {
		case 0:
			must(t, nc.ForceReconnect())
		case 1:
			for _, name := range consumers(t, js) {
				must(t, js.DeleteConsumer(within(t), "KV_B", name))
			}
		case 2:
			s.down()
			s.up()
		}
	}
	close(stop)
	wg.Wait()
	until(t, "all updates", func() bool { return uint64(got.Load()) == written })
	must(t, w.Stop())
	receive(t, "the end", done)
	if marks != 1 {
		t.Errorf("%d marks", marks)
	}
	// Of all consumers none is left.
	until(t, "the consumers' removal", func() bool { return len(consumers(t, js)) == 0 })
	t.Logf("%d updates", written)
}

// A watch that is idle goes on as soon as its server is back, though the server has
// forgotten the consumer.
func TestAnIdleWatchGoesOnAtOnceAfterARestart(t *testing.T) {
	s, nc, kv, _ := store(t)
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	ours := watching(t, w)
	receive(t, "the marker", ours)
	_, rkv := theirs(t, s.url())
	rw, err := rkv.WatchAll(within(t))
	must(t, err)
	<-rw.Updates()

	back := make(chan time.Time, 1)
	nc.SetReconnectHandler(func(*nats.Conn) { back <- time.Now() })
	s.down()
	s.up()
	at := receive(t, "the reconnect", back)
	writer := open(t, s)
	put(t, writer, "k", "v")
	if now := time.Now(); now.After(at) {
		at = now
	}
	receive(t, "the update", ours)
	soon(t, "the update", time.Since(at))
	must(t, w.Stop())
	select {
	case <-rw.Updates():
		t.Logf("nats.go gives it after %v", time.Since(at))
	case <-time.After(6 * time.Second):
		t.Logf("nats.go hasn't given it after %v", time.Since(at))
	}
	rw.Stop()
}

// The values that are there come each once, with the last value, when the consumer is
// lost in the middle of them.
func TestAWatchThatIsLostInItsFirstPartGivesLastValues(t *testing.T) {
	t.Parallel()
	s, nc, kv, _ := store(t, jetstream.KeyValueConfig{History: 5})
	js := newJS(t, connect(t, s.url()))
	const n = 3000
	many(t, js, n, 3)
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	seen := map[string]bool{}
	for i := 0; ; i++ {
		e := receive(t, "an entry", w.Updates())
		if e == nil {
			break
		}
		if seen[e.Key()] || e.Revision() <= 2*n {
			t.Fatalf("%s came twice, or as an old revision: %d", e.Key(), e.Revision())
		}
		seen[e.Key()] = true
		switch i {
		case 100, 1400:
			for _, name := range consumers(t, js) {
				must(t, js.DeleteConsumer(within(t), "KV_B", name))
			}
		case 700:
			must(t, nc.ForceReconnect())
		case 2100:
			s.down()
			s.up()
		}
	}
	if len(seen) != n {
		t.Errorf("%d keys of %d", len(seen), n)
	}
	must(t, w.Stop())
}

// What was to come in the first part may be removed before it comes; the marker comes
// nonetheless.
func TestTheMarkerComesWhenValuesAreRemoved(t *testing.T) {
	t.Parallel()
	s, _, kv, _ := store(t)
	js := newJS(t, connect(t, s.url()))
	manyOf(t, js, 3000, 1, 2<<10) // more than a server sends before the first of it is handled
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	// The rest waits until it is read.
	delivered := full(t, js, w).Delivered.Stream
	st := must1[jetstream.Stream](t)(js.Stream(within(t), "KV_B"))
	for i := delivered; i < 3000; i++ { // k.0 has revision 1
		must(t, st.Purge(within(t), jetstream.WithPurgeSubject(fmt.Sprint("$KV.B.k.", i))))
	}
	n := uint64(0)
	for {
		e := receive(t, "the marker", w.Updates())
		if e == nil {
			break
		}
		if n++; e.Delta() == 0 {
			t.Error("nothing was behind one that came before the removal")
		}
	}
	if n != delivered {
		t.Errorf("%d came of %d", n, delivered)
	}
	must(t, w.Stop())
}

// full waits until a watch that nobody reads asks the bucket's one consumer for no more.
func full(t testing.TB, js jetstream.JetStream, w jetstream.KeyWatcher) (info *jetstream.ConsumerInfo) {
	t.Helper()
	var before uint64
	until(t, "the room to be full", func() bool {
		names := consumers(t, js)
		if len(names) != 1 {
			return false
		}
		c, err := js.PushConsumer(moment(t), "KV_B", names[0])
		if err != nil {
			return false
		}
		info = c.CachedInfo()
		if len(w.Updates()) < cap(w.Updates()) || info.Delivered.Stream != before {
			before = info.Delivered.Stream
			time.Sleep(50 * time.Millisecond)
			return false
		}
		return info.NumPending > 0
	})
	return info
}

// A bucket in the memory of a server that restarts is gone with it. One that the program
// makes in its place at once begins again with low numbers, which come nonetheless.
func TestAWatchOfABucketThatIsMadeAnew(t *testing.T) {
	t.Parallel()
	s, _, kv, writer := store(t, jetstream.KeyValueConfig{Storage: jetstream.MemoryStorage})
	for i := range 10 {
		put(t, writer, fmt.Sprint("old", i), "v")
	}
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t), jetstream.UpdatesOnly()))
	v := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	values := watching(t, v)
	for range 11 {
		receive(t, "a value", values)
	}
	s.down()
	s.up()
	writer = bucketOf(t, newJS(t, connect(t, s.url())), jetstream.KeyValueConfig{Storage: jetstream.MemoryStorage})
	for i := range 15 { // more than before
		if n := put(t, writer, fmt.Sprint("new", i), "v"); n != uint64(i+1) {
			t.Fatalf("the bucket went on with %d", n)
		}
	}
	for _, ch := range []<-chan jetstream.KeyValueEntry{w.Updates(), values} {
		for i := range 15 {
			if e := receive(t, "an update", ch); e == nil || e.Key() != fmt.Sprint("new", i) {
				t.Errorf("got %v, want new%d", e, i)
			}
		}
	}
	must(t, w.Stop())
	must(t, v.Stop())
}

// The end of the bucket is told; one that is made anew at once is watched.
func TestAWatchEndsWithItsBucket(t *testing.T) {
	t.Parallel()
	s, nc, kv, writer := store(t)
	js := newJS(t, connect(t, s.url()))
	put(t, writer, "k", "v")
	w := must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	ch := watching(t, w)
	receive(t, "the value", ch)
	receive(t, "the marker", ch)
	if err := jetstreamext.WatchError(w); err != nil {
		t.Errorf("a watch at work: %v", err)
	}
	must(t, js.DeleteKeyValue(within(t), "B"))
	if e, ok := <-ch; ok {
		t.Errorf("got %v", e)
	}
	if err := jetstreamext.WatchError(w); !errors.Is(err, jetstream.ErrBucketNotFound) {
		t.Errorf("the end: %v", err)
	}
	if err := w.Stop(); err != nats.ErrBadSubscription {
		t.Errorf("stop: %v", err)
	}

	kv = bucketOf(t, newJS(t, nc))
	w = must1[jetstream.KeyWatcher](t)(kv.WatchAll(within(t)))
	ch = watching(t, w)
	receive(t, "the marker", ch)
	for i := range 5 {
		put(t, kv, fmt.Sprint(i), "v")
		receive(t, "an update", ch)
	}
	// While the link is away it is deleted and made anew, with fewer messages.
	must(t, nc.ForceReconnect())
	must(t, js.DeleteKeyValue(within(t), "B"))
	writer = bucketOf(t, js)
	put(t, writer, "new", "v")
	if e, ok := <-ch; ok && (e == nil || e.Key() != "new") {
		t.Errorf("got %v", e)
	} else if !ok {
		t.Logf("it was away for too long: %v", jetstreamext.WatchError(w))
	}
	w.Stop()
}

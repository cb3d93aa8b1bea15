package jetstream

import (
	"context"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	referencejs "github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
)

// replicated makes the bucket B on all three servers.
func (x *three) replicated(js jetstream.JetStream) (b jetstream.ObjectStore) {
	x.Helper()
	until(x, "the bucket", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		var err error
		b, err = js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "B", Replicas: 3})
		return err == nil
	})
	return b
}

// leads waits for the server that leads the bucket's stream.
func (x *three) leads() (led *cluster.Server) {
	x.Helper()
	until(x, "a leader", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s, err := x.js.Stream(ctx, "OBJ_B")
		if err == nil && s.CachedInfo().Cluster != nil {
			led = x.named(s.CachedInfo().Cluster.Leader)
		}
		return led != nil
	})
	return led
}

// While 32 MiB are put (64 with -long) into a replicated bucket no more than 16 MiB are held, whatever
// the stream's pace.
func TestALargeObjectTakesLittleMemory(t *testing.T) {
	x := startThree(t)
	js := newJS(t, connect(t, x.Server(0).URL()))
	b := x.replicated(js)
	n := more(32, 64) * mib
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
	defer cancel()
	put := held(t, func() {
		must1[*jetstream.ObjectInfo](t)(b.Put(ctx, jetstream.ObjectMeta{Name: "x"}, newSource(1, n, nil)))
	})
	get := held(t, func() {
		r := must1[jetstream.ObjectResult](t)(b.Get(ctx, "x"))
		must1[int64](t)(io.Copy(io.Discard, r))
	})
	t.Logf("put holds %.1f MiB, get %.1f", put, get)
	if put > 16 || get > 16 {
		t.Errorf("put holds %.1f MiB, get %.1f", put, get)
	}
	must(t, b.Delete(ctx, "x"))
	if raceDetector {
		return // which finds what nats.go does with its one buffer
	}
	_, rb := theirObjects(t, x.Server(0).URL(), 3)
	var err error
	ref := held(t, func() {
		_, err = rb.Put(ctx, referencejs.ObjectMeta{Name: "x"}, newSource(1, n, nil))
	})
	t.Logf("nats.go's put holds %.1f MiB, and says %v", ref, err)
}

// held is how many MiB are live at most while something is done.
func held(t *testing.T, do func()) float64 {
	t.Helper()
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	base := live()
	var most atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			most.Store(max(most.Load(), live()))
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	do()
	close(stop)
	<-done
	return float64(int64(most.Load())-int64(base)) / mib
}

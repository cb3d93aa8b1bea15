package jetstream

import (
	"fmt"
	"testing"

	"github.com/evernats/nats"
)

func olderBucket(t *testing.T, js nats.JetStreamContext) nats.KeyValue {
	t.Helper()
	return must1[nats.KeyValue](t)(js.CreateKeyValue(&nats.KeyValueConfig{Bucket: "B", History: 5}))
}

// entry is what an entry says, in short.
func olderEntry(e nats.KeyValueEntry) string {
	if e == nil {
		return "nil"
	}
	return fmt.Sprintf("%s=%s #%d", e.Key(), e.Value(), e.Revision())
}

// A watch of the older API gives each update once, over lost links and restarts.
func TestAnOlderWatchGoesOn(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	kv := olderBucket(t, older(t, nc))
	must1[uint64](t)(kv.PutString("a", "0"))
	w := must1[nats.KeyWatcher](t)(kv.WatchAll())
	for _, want := range []string{"a=0 #1", "nil"} {
		if got := olderEntry(receive(t, "an entry", w.Updates())); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for i := 2; i < 12; i++ {
		switch i % 3 {
		case 0:
			must(t, nc.ForceReconnect())
		case 1:
			s.down()
			s.up()
		}
		kv2 := must1[nats.JetStreamContext](t)(connect(t, s.url()).JetStream())
		var b nats.KeyValue
		until(t, "the bucket", func() bool { var err error; b, err = kv2.KeyValue("B"); return err == nil })
		until(t, "the write", func() bool { _, err := b.Update("a", []byte(fmt.Sprint(i)), uint64(i-1)); return err == nil })
		want := fmt.Sprintf("a=%d #%d", i, i)
		if got := olderEntry(receive(t, "an update", w.Updates())); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	must(t, w.Stop())
}

// A bucket that is made anew while the link is away begins anew with low numbers.
func TestAnOlderWatchOfABucketThatIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	kv := olderBucket(t, older(t, nc))
	for range 5 {
		must1[uint64](t)(kv.PutString("a", "old"))
	}
	w := must1[nats.KeyWatcher](t)(kv.WatchAll())
	for _, want := range []string{"a=old #5", "nil"} {
		if got := olderEntry(receive(t, "an entry", w.Updates())); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	other := older(t, connect(t, s.url()))
	must(t, other.DeleteKeyValue("B"))
	b := olderBucket(t, other)
	must1[uint64](t)(b.PutString("a", "new"))
	select {
	case e, open := <-w.Updates():
		if !open {
			return // it saw the bucket go, which is its end
		}
		if got := olderEntry(e); got != "a=new #1" {
			t.Errorf("got %s, want the new bucket's", got)
		}
	case <-within(t).Done():
		t.Error("nothing of the new bucket")
	}
	must(t, w.Stop())
}

// The end of a bucket ends its watches, and says so.
func TestAnOlderWatchEndsWithItsBucket(t *testing.T) {
	t.Parallel()
	s := start(t)
	js := older(t, connect(t, s.url()))
	kv := olderBucket(t, js)
	w := must1[nats.KeyWatcher](t)(kv.WatchAll())
	if e := receive(t, "the marker", w.Updates()); e != nil {
		t.Errorf("got %s, want the marker", olderEntry(e))
	}
	must(t, js.DeleteKeyValue("B"))
	for e := range w.Updates() {
		t.Errorf("got %s of no bucket", olderEntry(e))
	}
	if err := receive(t, "the error", w.Error()); err == nil {
		t.Error("it doesn't say why")
	}
}

// A program that reads slowly gets all of a large bucket, once and in order.
func TestAnOlderWatchOfALargeBucket(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := connect(t, s.url())
	kv := olderBucket(t, older(t, nc))
	const n = 3000
	for i := range n {
		must1[uint64](t)(kv.PutString(fmt.Sprintf("k.%04d", i), "v"))
	}
	w := must1[nats.KeyWatcher](t)(kv.WatchAll())
	for i := range n {
		if i == n/2 {
			must(t, nc.ForceReconnect())
		}
		e := receive(t, "an entry", w.Updates())
		if e == nil {
			t.Fatalf("the marker came behind %d of %d", i, n)
		}
		if want := fmt.Sprintf("k.%04d", i); e.Key() != want {
			t.Fatalf("got %s, want %s", e.Key(), want)
		}
	}
	if e := receive(t, "the marker", w.Updates()); e != nil {
		t.Errorf("behind the last came %s", olderEntry(e))
	}
	must(t, w.Stop())
	keys := must1[[]string](t)(kv.Keys())
	if len(keys) != n {
		t.Errorf("%d keys, want %d", len(keys), n)
	}
}

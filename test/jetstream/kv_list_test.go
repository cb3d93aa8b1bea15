package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
	"github.com/evernats/nats/jetstream/jetstreamext"
)

// A list ends with all that there is, or with an error.
func TestListsAreWholeOrAnError(t *testing.T) {
	t.Parallel()
	s, nc, _, _ := store(t, jetstream.KeyValueConfig{History: 5})
	n := more(2000, 5000)
	admin := newJS(t, connect(t, s.url()))
	many(t, admin, n, 2)
	var cancelAt atomic.Pointer[context.CancelFunc]
	kv := must1[jetstream.KeyValue](t)(newJS(t, nc, jetstream.WithClientTrace(&jetstream.ClientTrace{
		ResponseReceived: func(subj string, _ []byte, _ nats.Header) {
			if c := cancelAt.Load(); c != nil && strings.Contains(subj, "CONSUMER.CREATE") {
				(*c)()
			}
		},
	})).KeyValue(within(t), "B"))

	// The context ends when the consumer is there and nothing has come.
	lists := map[string]func(context.Context) (int, error){
		"keys": func(ctx context.Context) (int, error) { l, err := kv.Keys(ctx); return len(l), err },
		"history": func(ctx context.Context) (int, error) {
			l, err := kv.History(ctx, ">")
			return len(l) / 2, err
		},
		"list": func(ctx context.Context) (int, error) {
			l, err := kv.ListKeys(ctx)
			if err != nil {
				return 0, err
			}
			k := 0
			for range l.Keys() {
				k++
			}
			if err := jetstreamext.ListError(l); (err == nil) != (k == n) {
				t.Errorf("%d keys, and %v", k, err)
			}
			return k, l.Stop()
		},
		"range": func(ctx context.Context) (k int, err error) {
			for _, e := range jetstreamext.Keys(ctx, kv) {
				if err = e; err == nil {
					k++
				}
			}
			return k, err
		},
		"range of history": func(ctx context.Context) (k int, err error) {
			for _, e := range jetstreamext.History(ctx, kv, ">") {
				if err = e; err == nil {
					k++
				}
			}
			return k / 2, err
		},
	}
	for name, list := range lists {
		ctx, cancel := context.WithCancel(within(t))
		cancelAt.Store(&cancel)
		if k, err := list(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %d of %d and %v", name, k, n, err)
		}
		cancelAt.Store(nil)
	}

	// Links are lost and consumers deleted all the time.
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(40 * time.Millisecond):
			}
			if i%5 == 0 {
				nc.ForceReconnect()
				continue
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			if st, err := admin.Stream(ctx, "KV_B"); err == nil {
				l := st.ConsumerNames(ctx)
				for name := range l.Name() {
					st.DeleteConsumer(ctx, name)
				}
			}
			cancel()
		}
	})
	whole, tried := 0, more(1, 5)*len(lists)
	for range more(1, 5) {
		for name, list := range lists {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(more(2, 3))*time.Second)
			k, err := list(ctx)
			cancel()
			if err == nil && k != n {
				t.Errorf("%s: %d of %d, without an error", name, k, n)
			}
			if err == nil {
				whole++
			}
		}
	}
	close(stop)
	wg.Wait()
	t.Logf("%d lists of %d were whole in spite of all", whole, tried)
	for name, list := range lists {
		if k, err := list(within(t)); k != n || err != nil {
			t.Errorf("%s: %d of %d, %v", name, k, n, err)
		}
	}

	// nats.go gives a part of the keys without an error.
	_, rkv := theirs(t, s.url())
	part := 0
	for us := 200; us < 40_000 && part == 0; us += 200 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(us)*time.Microsecond)
		if l, err := rkv.Keys(ctx); err == nil && len(l) < n {
			part = len(l)
		}
		cancel()
	}
	t.Logf("nats.go gave %d of %d keys and nil", part, n)
}

// Keys are listed once, though they are written all the time.
func TestNoKeyIsListedTwice(t *testing.T) {
	t.Parallel()
	s, _, kv, writer := store(t, jetstream.KeyValueConfig{History: 3})
	const n = 2000
	many(t, newJS(t, connect(t, s.url())), n, 1)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				put(t, writer, fmt.Sprint("k.", i*7%n), "w")
			}
		}
	})
	for range 5 {
		var keys []string
		l := must1[jetstream.KeyLister](t)(kv.ListKeys(within(t)))
		for k := range l.Keys() {
			keys = append(keys, k)
		}
		must(t, l.Stop())
		for _, keys := range [][]string{keys, must1[[]string](t)(kv.Keys(within(t)))} {
			slices.Sort(keys)
			if all := len(keys); all != n || len(slices.Compact(keys)) != n {
				t.Errorf("%d keys, %d of them different", all, len(slices.Compact(keys)))
			}
		}
	}
	close(stop)
	wg.Wait()
}

// What is written to a key whose marker is being removed stays.
func TestPurgeDeletesKeepsWhatIsWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	s, nc, _, writer := store(t)
	var hook atomic.Pointer[func()]
	kv := must1[jetstream.KeyValue](t)(newJS(t, nc, jetstream.WithClientTrace(&jetstream.ClientTrace{
		RequestSent: func(subj string, _ []byte) {
			if f := hook.Load(); f != nil && strings.Contains(subj, "STREAM.PURGE") {
				(*f)()
			}
		},
	})).KeyValue(within(t), "B"))
	put(t, writer, "k", "old")
	must(t, writer.Delete(within(t), "k"))
	f := func() { put(t, writer, "k", "new") }
	hook.Store(&f)
	must(t, kv.PurgeDeletes(within(t), jetstream.DeleteMarkersOlderThan(-1)))
	hook.Store(nil)
	e := must1[jetstream.KeyValueEntry](t)(kv.Get(within(t), "k"))
	if string(e.Value()) != "new" {
		t.Errorf("%s", e.Value())
	}
	st := must1[jetstream.Stream](t)(newJS(t, connect(t, s.url())).Stream(within(t), "KV_B"))
	if n := st.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d messages", n)
	}
}

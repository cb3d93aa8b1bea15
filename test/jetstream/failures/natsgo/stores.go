package stories

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/evernats/nats/internal/natstest"

	. "github.com/evernats/nats/test/jetstream/failures"
)

func stores() []Row {
	return []Row{
		{Number: 21, Name: "Keys gives a part, and no error", Play: partOfTheKeys},
		{Number: 22, Name: "the outcome of a write that depends on a revision is unknown", Play: unknownOutcome},
		{Number: 23, Name: "reads are older than writes", Three: true, Long: true, Play: staleReads},
	}
}

// The context ends while keys come, over a link that takes a second for all of them.
func partOfTheKeys(w *World) Outcome {
	w.Buckets()
	const n = 1000
	for i := range n {
		_, err := w.JS.PublishAsync(fmt.Sprint("$KV.B.k.", i), nil)
		w.Must(err)
	}
	<-w.JS.PublishAsyncComplete()
	kv, err := open(w, connect(w, w.Proxy.URL())).KeyValue(w.Context(), "B")
	w.Must(err)
	w.Proxy.Slow(natstest.ToClient, 200_000)
	parts, least, tries := 0, n, 0
	for ms := 250; ms <= 650; ms += 100 {
		tries++
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(ms)*time.Millisecond)
		keys, err := kv.Keys(ctx)
		cancel()
		if err == nil && len(keys) < n {
			parts++
			least = min(least, len(keys))
		}
	}
	return Judge(parts > 0, "of %d lists of %d keys whose context ended %d gave a part and nil, the least had %d keys", tries, n, parts, least)
}

// The write is stored, and its answer is lost.
func unknownOutcome(w *World) Outcome {
	w.Buckets()
	nc := connect(w, w.Proxy.URL())
	kv, err := open(w, nc).KeyValue(w.Context(), "B")
	w.Must(err)
	var told texts
	var longest time.Duration
	write := func(revision uint64, do func(ctx context.Context) (uint64, error)) {
		w.Proxy.BlackHole(natstest.ToClient)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		end := make(chan error, 1)
		go func() {
			got, err := do(ctx)
			if err == nil && got != revision {
				err = errors.New("another revision")
			}
			end <- err
		}()
		w.Until("the write", func() bool { return w.Stored("KV_B") == revision })
		w.Proxy.Cut()
		w.Proxy.Heal()
		begin := time.Now()
		if err := <-end; err != nil {
			told.add(err)
		}
		longest = max(longest, time.Since(begin))
		w.Until("the link", nc.IsConnected)
	}
	write(1, func(ctx context.Context) (uint64, error) { return kv.Create(ctx, "k", []byte("1")) })
	write(2, func(ctx context.Context) (uint64, error) { return kv.Update(ctx, "k", []byte("2"), 1) })
	return Judge(told.count() > 0, "of a Create and an Update that were stored %d failed: %v; the slowest took %s", told.count(), &told, Round(longest))
}

// Whoever writes and reads is connected to a server that doesn't lead.
func staleReads(w *World) Outcome {
	w.Buckets()
	led := w.Leader("KV_B", "")
	js := open(w, connect(w, w.Elsewhere(led).URL()), monotonic...)
	kv, err := js.KeyValue(w.Context(), "B")
	w.Must(err)
	stale, missing := 0, 0
	const n = 3000
	for i := range n {
		key := fmt.Sprint("k", i)
		if i%2 == 0 {
			key = "same"
		}
		revision, err := kv.Put(w.Context(), key, nil)
		w.Must(err)
		e, err := kv.Get(w.Context(), key)
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			missing++
		case err != nil:
			w.Fatal(err)
		case e.Revision() < revision:
			stale++
		}
	}
	return Judge(stale+missing > 0, "of %d reads of what was just written %d gave an older value, %d none", n, stale, missing)
}

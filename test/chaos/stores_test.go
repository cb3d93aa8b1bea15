package chaos

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

const (
	counters = 3
	// storePatience is how long a write may take. One whose answer is lost, and that can't be
	// sent again, takes all of it.
	storePatience = 6 * time.Second
)

func (r *run) bucket(who string) (kv jetstream.KeyValue) {
	r.Helper()
	js := r.js(who)
	r.until("the bucket of "+who, func(ctx context.Context) (err error) {
		kv, err = js.KeyValue(ctx, "CHAOS")
		return err
	})
	return kv
}

// watch writes down what a watch gives, until it has given the last of every key.
func (r *run) watch() (finish func()) {
	kv := r.bucket("the watcher")
	w, err := kv.WatchAll(context.Background())
	must(r.T, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for e := range w.Updates() {
			if e != nil {
				r.h.do(func(at time.Duration) {
					u := update{key: e.Key(), value: string(e.Value()), rev: e.Revision(), gone: e.Operation() != jetstream.KeyValuePut, at: at}
					r.h.watched = append(r.h.watched, u)
				})
			}
		}
	}()
	return func() {
		var newest uint64
		for _, u := range r.h.bucket {
			newest = max(newest, u.rev)
		}
		r.reaches("the watch", func() bool {
			n := len(r.h.watched)
			return n > 0 && r.h.watched[n-1].rev >= newest
		})
		must(r.T, w.Stop())
		<-ended
	}
}

// writers count with writes that depend on revisions, each against the others, and put
// and delete keys whatever is there.
func (r *run) writers() {
	for i := range 3 {
		who := fmt.Sprint("counting writer ", i)
		kv, rng := r.bucket(who), r.random(100+uint64(i))
		r.every(20*time.Millisecond, func(int) { r.increment(kv, who, fmt.Sprint("counter.", rng.IntN(counters))) })
	}
	kv, rng := r.bucket("the putting writer"), r.random(200)
	r.every(20*time.Millisecond, func(n int) {
		ctx, cancel := context.WithTimeout(context.Background(), storePatience)
		defer cancel()
		key := fmt.Sprint("key.", rng.IntN(20))
		var err error
		if rng.IntN(4) == 0 {
			err = kv.Delete(ctx, key)
		} else {
			_, err = kv.PutString(ctx, key, fmt.Sprint(n))
		}
		if err != nil {
			r.h.event("the putting writer: %s: %v", key, err)
		}
	})
}

// increment adds 1 to a counter, or fails.
func (r *run) increment(kv jetstream.KeyValue, who, key string) {
	ctx, cancel := context.WithTimeout(context.Background(), storePatience)
	defer cancel()
	e, err := kv.Get(ctx, key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		_, err = kv.Create(ctx, key, []byte("1"))
	case err != nil:
		r.h.event("%s: reading %s: %v", who, key, err)
		return
	default:
		n, _ := strconv.Atoi(string(e.Value()))
		_, err = kv.Update(ctx, key, []byte(strconv.Itoa(n+1)), e.Revision())
	}
	switch {
	case err == nil:
		r.h.count(key, 1, 0)
	case errors.Is(err, nats.ErrInDoubt), ctx.Err() != nil:
		r.h.count(key, 0, 1)
		r.h.event("%s: writing %s: %v", who, key, err)
	case errors.Is(err, jetstream.ErrKeyRevisionMismatch), errors.Is(err, jetstream.ErrKeyExists):
		r.h.count(key, 0, 0)
	default:
		r.h.event("%s: writing %s: %v", who, key, err)
	}
}

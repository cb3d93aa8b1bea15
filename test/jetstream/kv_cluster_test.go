package jetstream

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/jetstream"
)

// replicated makes the bucket B of three replicas.
func (x *three) bucket(t *testing.T) jetstream.KeyValue {
	t.Helper()
	var kv jetstream.KeyValue
	until(t, "the bucket", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		var err error
		kv, err = x.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "B", Replicas: 3})
		return err == nil
	})
	return kv
}

// led is the server that leads the bucket's stream.
func (x *three) led(t *testing.T) (led *cluster.Server) {
	t.Helper()
	until(t, "a leader", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s, err := x.js.Stream(ctx, "KV_B")
		if err != nil || s.CachedInfo().Cluster == nil {
			return false
		}
		led = x.named(s.CachedInfo().Cluster.Leader)
		return led != nil
	})
	return led
}

// answers waits for the leader of all, which makes consumers.
func (x *three) answers(t *testing.T) {
	t.Helper()
	until(t, "the API", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, err := x.js.StreamNameBySubject(ctx, "s.x")
		return err == nil
	})
}

// keysOf gives the keys of a watch of either API.
func keysOf[E interface {
	comparable
	Key() string
}](updates <-chan E) func(func(key string)) {
	return func(take func(key string)) {
		var marker E
		for e := range updates {
			if e != marker {
				take(e.Key())
			}
		}
	}
}

// The leader of the bucket dies, with the watch's consumer or without: the watch goes on
// as soon as there is a leader, and gives every update once and in order; one of the older
// API, too.
func TestAWatchGoesOnWhenTheLeaderDies(t *testing.T) {
	t.Parallel()
	x := startThree(t)
	x.bucket(t)
	for round := range more(1, 2) {
		led := x.led(t)
		at := x.elsewhere(led)
		nc := connect(t, at.URL())
		kv := must1[jetstream.KeyValue](t)(newJS(t, nc).KeyValue(within(t), "B"))
		olderJS := older(t, nc)
		olderKV := must1[nats.KeyValue](t)(olderJS.KeyValue("B"))
		ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
		defer cancel()
		prefix := fmt.Sprint("r", round, ".")
		// A watch whose consumer is on the leader, and one whose isn't.
		type one struct {
			face  string
			on    string
			got   []string
			each  func(func(key string))
			stop  func() error
			mu    sync.Mutex
			times []time.Time
		}
		var watches []*one
		for range 6 {
			before := consumers(t, x.js)
			o := &one{face: "jetstream"}
			if len(watches)%2 == 0 {
				w := must1[jetstream.KeyWatcher](t)(kv.Watch(ctx, prefix+">"))
				o.each, o.stop = keysOf(w.Updates()), w.Stop
			} else {
				w := must1[nats.KeyWatcher](t)(olderKV.Watch(prefix+">", nats.Context(ctx)))
				o.face, o.each, o.stop = "older", keysOf(w.Updates()), w.Stop
			}
			for _, name := range consumers(t, x.js) {
				if !slices.Contains(before, name) {
					if info, err := olderJS.ConsumerInfo("KV_B", name); err == nil && info.Cluster != nil {
						o.on = info.Cluster.Leader
					}
				}
			}
			watches = append(watches, o)
		}
		for _, o := range watches {
			go func() {
				o.each(func(key string) {
					o.mu.Lock()
					o.got = append(o.got, key)
					o.times = append(o.times, time.Now())
					o.mu.Unlock()
				})
			}()
		}
		writer := must1[jetstream.KeyValue](t)(newJS(t, connect(t, strings.Join(x.URLs(), ","))).KeyValue(within(t), "B"))
		elected := make(chan time.Time, 10)
		look := connect(t, at.URL())
		sub := must1[*nats.Subscription](t)(look.Subscribe("$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.KV_B", func(*nats.Msg) { elected <- time.Now() }))
		must(t, look.Flush())

		var stored atomic.Int64 // when the first update behind the election was written
		var again atomic.Bool
		stop := func() func() int {
			done := make(chan struct{})
			var wg sync.WaitGroup
			n := 0
			wg.Go(func() {
				for {
					select {
					case <-done:
						return
					case <-time.After(2 * time.Millisecond):
					}
					for try := 0; ; try++ {
						c, cancel := context.WithTimeout(context.Background(), patience)
						_, err := writer.Create(c, fmt.Sprint(prefix, n), nil)
						cancel()
						if err == nil {
							break
						}
						if try > 20 {
							t.Errorf("key %d: %v", n, err)
							return
						}
					}
					if again.Load() {
						stored.CompareAndSwap(0, time.Now().UnixNano())
					}
					n++
				}
			})
			return func() int { close(done); wg.Wait(); return n }
		}()
		until(t, "updates", func() bool {
			for _, o := range watches {
				o.mu.Lock()
				n := len(o.got)
				o.mu.Unlock()
				if n < 20 {
					return false
				}
			}
			return true
		})
		killed := time.Now()
		must(t, led.Kill())
		was := receive(t, "the election", elected)
		again.Store(true)
		until(t, "a write", func() bool { return stored.Load() > 0 })
		wrote := time.Unix(0, stored.Load())
		x.answers(t)
		known := time.Now()
		for _, o := range watches {
			var first time.Time
			until(t, "the next update", func() bool {
				o.mu.Lock()
				defer o.mu.Unlock()
				for _, at := range o.times {
					if at.After(wrote) {
						first = at
						return true
					}
				}
				return false
			})
			where := "elsewhere"
			if o.on == led.Name() {
				where = "on the leader"
			}
			t.Logf("%s, consumer %s: the next update came %v after the election", o.face, where, first.Sub(was).Round(time.Millisecond))
			from := wrote
			if o.face == "older" {
				// A push consumer is known to be dead by two heartbeats that are missed, and made
				// anew by the leader of all.
				from = slices.MaxFunc([]time.Time{wrote, known, killed.Add(2 * time.Second)}, time.Time.Compare)
			}
			if d := first.Sub(from); d > 4*500*time.Millisecond {
				t.Errorf("%s, consumer %s: an update came %v after it could be written", o.face, where, d)
			}
		}
		n := stop()
		for _, o := range watches {
			until(t, "all updates", func() bool { o.mu.Lock(); defer o.mu.Unlock(); return len(o.got) >= n })
			must(t, o.stop())
			for i, key := range o.got {
				if key != fmt.Sprint(prefix, i) {
					t.Fatalf("%s: update %d is %s", o.face, i, key)
				}
			}
		}
		t.Logf("%d updates", n)
		sub.Unsubscribe()
		must(t, led.Restart(within(t)))
		until(t, "three current servers", func() bool {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			s, err := x.js.Stream(ctx, "KV_B")
			if err != nil || len(s.CachedInfo().Cluster.Replicas) != 2 {
				return false
			}
			return !slices.ContainsFunc(s.CachedInfo().Cluster.Replicas, func(p *jetstream.PeerInfo) bool { return !p.Current })
		})
	}
}
